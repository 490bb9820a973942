"""Many instances, one run record."""
import pytest

from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.outcomes import ServerUnreachable
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import Raises


def test_one_failing_instance_never_stops_the_others(world):
    for name in ("a", "b", "c"):
        world.server(name, db=10)
    world.servers["b"].script["connect"] = [Raises(ServerUnreachable("refused", code="111"))]
    report = world.sync()

    assert [r.status for r in report.instances] == [Status.COMPLETED, Status.FAILED, Status.COMPLETED]
    assert (report.status, world.sizes("a"), world.sizes("c")) == (Status.PARTIAL, {"db": 10}, {"db": 10})


def test_the_run_record_tells_what_the_report_tells(world):
    world.server("a", db=10)
    world.server("b").script["fetch_inventory"] = [Raises(ServerUnreachable("gone"))]
    report = world.sync()
    record = world.record(report.run_id)

    assert (record.status, record.started_at, record.finished_at) == (
        report.status, report.started_at, report.finished_at)
    assert [(r.name, r.status, r.error) for r in record.instances] == [
        (r.name, r.status, r.error) for r in report.instances]
    assert record.instances[0].counts["saved"] == 1


def test_one_reading_of_the_clock_dates_everything(world):
    world.server("a", db=10)
    report = world.sync()
    known = world.known("a")["db"]

    assert (report.started_at, report.collected_date) == (world.clock.now, world.clock.now.date())
    assert (known.first_seen, known.last_seen) == (report.collected_date, report.collected_date)
    assert report.finished_at > report.started_at


def test_a_fleet_without_instances_is_a_completed_run(world):
    assert world.sync().status is Status.COMPLETED


def test_all_failed_is_failed_and_any_held_is_held(world):
    for name in ("a", "b"):
        world.server(name, db=10)
    world.sync()
    world.servers["a"].sizes.clear()
    assert world.sync().status is Status.HELD
    for server in world.servers.values():
        server.script["connect"] = [Raises(ServerUnreachable("refused"))]
    assert world.sync().status is Status.FAILED


def test_accept_is_by_instance(world):
    for name in ("a", "b"):
        world.server(name, db=10)
    world.sync()
    for server in world.servers.values():
        server.sizes.clear()
    report = world.sync(accepted={"b": Accepted(everything=True)})

    assert [r.inventory.held for r in report.instances] == [("db",), ()]
    assert ("accepted", "db", None) in world.events("b")


def test_a_whole_fleet_retires_the_instances_that_left_it(world):
    for name in ("a", "b"):
        world.server(name, db=10)
    world.sync()
    world.sync("a")
    assert {name: i.is_active for name, i in world.store._committed.instances.items()} == {"a": True, "b": True}
    world.sync("a", whole_fleet=True)
    assert {name: i.is_active for name, i in world.store._committed.instances.items()} == {"a": True, "b": False}
    assert world.sizes("b") == {"db": 10}


def test_a_dry_run_tells_the_plan_and_writes_nothing(world):
    server = world.server("a", db=10, old=20)
    world.sync()
    before = world.store._committed.copy()
    del server.sizes["old"]
    server.sizes["new"] = 5
    report = world.sync(dry_run=True, whole_fleet=True)

    assert (report.instances[0].inventory.created, report.instances[0].inventory.deactivated) == (1, 1)
    assert (report.instances[0].capacity, report.status) == (None, Status.COMPLETED)
    assert world.store._committed == before


def test_a_dry_run_over_an_empty_store_plans_to_create_everything(world):
    world.server("a", db=10)
    report = world.sync(dry_run=True)

    assert report.instances[0].inventory.created == 1
    assert world.store._committed.instances == {}


class Deaf:
    """An observer that fails in one of its methods."""

    def __init__(self, method):
        self.method = method

    def __getattr__(self, name):
        def told(*args):
            if name == self.method:
                raise ValueError("no metrics server")
        return told


@pytest.mark.parametrize("method", ["run_started", "instance_started", "instance_finished", "run_finished"])
def test_a_failing_observer_is_a_warning_and_costs_no_sync(world, method):
    world.observer = Deaf(method)
    world.server("a", db=10)
    report = world.sync().instances[0]

    assert (report.status, world.sizes("a")) == (Status.COMPLETED, {"db": 10})
    assert report.warnings[0].message == "an observer failed: ValueError: no metrics server"


def test_runs_are_listed_newest_first(world):
    world.server("a", db=10)
    for _ in range(3):
        world.sync()
        world.clock.pass_days(1)

    assert [run.run_id for run in world.browser().runs(2)] == ["run-3", "run-2"]
    assert world.record("run-9") is None
