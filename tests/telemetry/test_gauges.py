"""Which figures are published. What is not known has no sample."""
from datetime import UTC, date, datetime, timedelta

from attrs import evolve

from capacity_sync.adapters.telemetry.gauges import families
from capacity_sync.domain.capacity import InstanceFacts, InstanceTotal, StoredSize
from capacity_sync.domain.history import LastOutcome, Owner, SizeOfDay, TotalOfDay
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.domain.standing import Standing
from capacity_sync.domain.sync_report import InstanceRun, RunRecord, Status

DAY = date(2026, 3, 1)
AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
SECONDS = AT.timestamp()
ORDERS = Owner(1, "orders", "postgresql")
WHOLE = InstanceRun("orders", "postgresql", Status.COMPLETED, None, (), (), (), {"unmeasured": 0}, 1.5)
KEY, DATABASE = ("orders", "postgresql"), ("orders", "postgresql", "shop")


def samples(**now):
    return {family.name: dict(family.samples) for family in families(Standing(**now)) if family.samples}


def size(**known):
    return SizeOfDay(ORDERS, StoredSize("shop", DAY, AT, size_mb=0, **known))


def test_nothing_known_is_nothing_said():
    assert samples() == {}


def test_a_size_and_what_is_known_beside_it():
    assert samples(sizes=[size(size_bytes=7, log_bytes=0)]) == {
        "database_size_bytes": {DATABASE: 7}, "database_log_bytes": {DATABASE: 0},
        "database_measured_timestamp_seconds": {DATABASE: SECONDS}}
    assert samples(sizes=[size(size_bytes=7, max_bytes=9)])["database_limit_bytes"] == {DATABASE: 9}


def test_a_legacy_row_without_bytes_has_no_size():
    assert set(samples(sizes=[size()])) == {"database_measured_timestamp_seconds"}


def test_a_total_says_how_many_databases_are_in_it():
    total = InstanceTotal(1, 10, 2, 3, InstanceFacts(None, 4))

    assert samples(totals=[TotalOfDay(ORDERS, DAY, AT, total)]) == {
        "instance_size_bytes": {KEY: 10}, "instance_databases_measured": {KEY: 2},
        "instance_databases_expected": {KEY: 3}, "instance_log_bytes": {KEY: 4},
        "instance_measured_timestamp_seconds": {KEY: SECONDS}}


def test_a_sync_that_lacked_nothing():
    assert samples(outcomes=[LastOutcome(WHOLE, AT, AT)]) == {
        "instance_last_sync_timestamp_seconds": {KEY: SECONDS},
        "instance_last_success_timestamp_seconds": {KEY: SECONDS},
        "instance_last_sync_duration_seconds": {KEY: 1.5}, "instance_databases_unmeasured": {KEY: 0},
        "instance_databases_held": {KEY: 0}, "instance_last_sync_outcome": {(*KEY, "completed", ""): 1},
        "instances": {("completed",): 1}}


def test_an_instance_that_was_not_reached_has_no_counts_and_keeps_its_last_success():
    failure = Failure(Category.NETWORK, "refused")
    failed = evolve(WHOLE, status=Status.FAILED, error=failure, counts={})
    found = samples(outcomes=[LastOutcome(failed, AT + timedelta(days=1), AT)])

    assert found["instance_last_success_timestamp_seconds"] == {KEY: SECONDS}
    assert found["instance_last_sync_outcome"] == {(*KEY, "failed", "network"): 1}
    assert not {"instance_databases_unmeasured", "instance_databases_held"} & set(found)


def test_one_that_never_succeeded_has_no_last_success():
    assert "instance_last_success_timestamp_seconds" not in samples(outcomes=[LastOutcome(WHOLE, AT, None)])


def test_instances_are_counted_by_outcome():
    statuses = [Status.COMPLETED, Status.FAILED, Status.COMPLETED]
    outcomes = [LastOutcome(evolve(WHOLE, name=str(n), status=status), AT, None) for n, status in enumerate(statuses)]

    assert samples(outcomes=outcomes)["instances"] == {("completed",): 2, ("failed",): 1}


def test_a_run_that_goes_on_has_no_duration():
    running = RunRecord("run", Status.RUNNING, AT, DAY)
    ended = evolve(running, status=Status.PARTIAL, finished_at=AT + timedelta(seconds=9))

    assert samples(last_run=running) == {"last_run_timestamp_seconds": {("running",): SECONDS}}
    assert samples(last_run=ended)["last_run_duration_seconds"] == {("partial",): 9}
