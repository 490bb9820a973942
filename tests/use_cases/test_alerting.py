"""The alert rules over a store: which databases they are asked about, and with what."""
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve

from capacity_sync.domain.alerts import AlertPolicy, Finding, Rule
from capacity_sync.domain.capacity import MIB
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.volume import Volume
from capacity_sync.use_cases.alerting import AlertReader, Watch
from tests.use_cases.ledger import NOW, TODAY, Ledger

POLICY = AlertPolicy(growth_bytes=100 * MIB)
WATCH = Watch(Stamp(NOW, TODAY), TODAY, POLICY)


@pytest.fixture
def ledger():
    return Ledger()


def found(ledger, **more):
    return [(f.instance, f.database, f.rule.value)
            for f in AlertReader(ledger.unit_of_work).findings(evolve(WATCH, **more))]


def test_nothing_is_found_in_a_quiet_store(ledger):
    ledger.sizes("orders", "shop", *[1_000] * 20, max_bytes=10_000 * MIB)
    ledger.total()

    assert found(ledger, limits={"orders": 10_000 * MIB}) == []


def test_growth_is_told_by_the_database_and_by_no_other_of_its_instance(ledger):
    ledger.sizes("orders", "shop", 1_000, 1_100, 1_200, 1_300)
    ledger.sizes("orders", "audit", *[1_000] * 4)

    assert found(ledger) == [("orders", "shop", "growth")]
    assert found(ledger, policy=evolve(POLICY, growth_bytes=301 * MIB)) == []


def test_growth_goes_on_over_a_rename(ledger):
    ledger.sizes("orders", "old", 1_000, 1_000, last=TODAY - timedelta(2), identity="7")
    ledger.database("orders", "old", identity="7", is_active=False)
    ledger.sizes("orders", "new", 1_100, 1_400, identity="7")

    assert found(ledger) == [("orders", "new", "growth")]


def test_growth_before_the_days_is_none_of_it(ledger):
    ledger.sizes("orders", "shop", 1_000, 1_400, 1_400, 1_400, 1_400)

    assert found(ledger) == []
    assert found(ledger, day=TODAY - timedelta(1)) == [("orders", "shop", "growth")]


def test_nearly_full_by_share_and_by_days(ledger):
    ledger.sizes("orders", "share", 950, max_bytes=1_000 * MIB)
    ledger.sizes("orders", "days", *range(500, 600, 5), max_bytes=660 * MIB)
    ledger.sizes("orders", "half", *range(500, 600, 5), max_bytes=1_191 * MIB)
    ledger.sizes("orders", "open", 950)

    assert found(ledger) == [("orders", "days", "nearly_full"), ("orders", "share", "nearly_full")]
    longer = AlertPolicy(growth_bytes=MIB, growth_days=10, full_days=500)
    assert ("orders", "half", "nearly_full") not in found(ledger, policy=longer)


def test_a_database_that_is_half_full_is_asked_when_it_will_be_full(ledger):
    ledger.sizes("orders", "half", *range(500, 600, 5), max_bytes=1_190 * MIB)

    assert found(ledger, policy=evolve(POLICY, full_days=500)) == [("orders", "half", "nearly_full")]


def test_an_instance_is_nearly_full_by_the_limit_of_the_fleet_file(ledger):
    ledger.sizes("orders", "shop", *[600] * 8)
    ledger.sizes("orders", "audit", *[350] * 8)
    ledger.sizes("billing", "shop", *[900] * 8)
    ledger.total()

    assert found(ledger, limits={"orders": 1_000 * MIB, "stranger": 1}) == [("orders", None, "nearly_full")]


SAN = Volume("san1", 1_000 * MIB, {"orders", "billing"})


def test_a_volume_is_nearly_full_by_all_that_lies_on_it(ledger):
    ledger.sizes("orders", "shop", *[600] * 8)
    ledger.sizes("billing", "shop", *[350] * 8)
    ledger.sizes("stock", "shop", *[900] * 8)
    ledger.total()
    volumes = [SAN, Volume("disk", 1_000 * MIB, {"stock"}), Volume("roomy", 5_000 * MIB, {"stock"})]

    disk, san = AlertReader(ledger.unit_of_work).findings(evolve(WATCH, volumes=volumes))
    assert san == Finding(None, None, Rule.NEARLY_FULL, TODAY, 950 * MIB, limit_bytes=1_000 * MIB, volume="san1")
    assert disk.volume == "disk"


def test_a_volume_stays_whole_when_one_of_its_instances_is_chosen(ledger):
    ledger.instance("billing", "other")
    ledger.sizes("orders", "shop", *[600] * 8)
    ledger.sizes("billing", "shop", *[350] * 8)
    ledger.total()

    full = [(None, None, "nearly_full")]
    assert found(ledger, volumes=[SAN], instances=frozenset({"orders"})) == full
    assert found(ledger, volumes=[SAN], engine="other") == full
    assert found(ledger, volumes=[SAN], instances=frozenset({"stranger"})) == []
    assert found(ledger, volumes=[SAN], engine="third") == []


def test_a_volume_of_which_a_part_was_not_measured_is_seen_by_its_last_whole_day(ledger):
    ledger.sizes("orders", "shop", *[600] * 8)
    ledger.sizes("billing", "shop", *[350] * 7, None)
    ledger.total()

    assert found(ledger, volumes=[SAN]) == [(None, None, "nearly_full")]
    assert found(ledger, volumes=[evolve(SAN, instances={"orders", "billing", "never synced"}, limit=1)]) == []


def test_stale_is_what_is_active_and_was_not_measured(ledger):
    ledger.sizes("orders", "shop", 1, last=TODAY - timedelta(2))
    ledger.sizes("orders", "fresh", 1)
    ledger.database("orders", "never")
    ledger.sizes("orders", "gone", 1, last=TODAY - timedelta(9))
    ledger.database("orders", "gone", is_active=False)

    assert found(ledger) == [("orders", "never", "stale"), ("orders", "shop", "stale")]


@pytest.mark.parametrize("hours", [72, 10**9])
def test_nothing_is_stale_before_its_time(ledger, hours):
    ledger.sizes("orders", "shop", 1, last=TODAY - timedelta(2))

    assert found(ledger, policy=evolve(POLICY, stale_hours=hours)) == []


def test_a_day_that_has_passed_is_looked_at_from_its_end(ledger):
    ledger.sizes("orders", "shop", 1, None, None, 1)
    second = TODAY - timedelta(2)

    [stale] = AlertReader(ledger.unit_of_work).findings(evolve(WATCH, day=second))
    assert (stale.day, stale.hours, stale.rule) == (second, 45, Rule.STALE)
    assert evolve(WATCH, day=second).at == datetime(2026, 3, 30, tzinfo=UTC)
    assert WATCH.at == NOW
    assert evolve(WATCH, now=Stamp(NOW, date(2026, 4, 1))).at == NOW


def test_instances_and_engines_narrow_it(ledger):
    ledger.instance("billing", "other")
    for name in ("orders", "billing"):
        ledger.sizes(name, "shop", 1_000, 2_000)

    assert found(ledger, instances=frozenset({"orders"})) == [("orders", "shop", "growth")]
    assert found(ledger, engine="other") == [("billing", "shop", "growth")]
    assert found(ledger, instances=frozenset({"orders"}), engine="other") == []


def test_a_row_of_the_old_service_is_not_full_and_did_not_grow(ledger):
    ledger.sizes("orders", "shop", 1, 900, size_bytes=None, max_bytes=1)

    assert found(ledger) == []
