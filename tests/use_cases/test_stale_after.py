"""Incremental syncs: the inventory always, and only sizes that are missing or too old."""
from datetime import timedelta

import pytest

from capacity_sync.domain.outcomes import ServerUnreachable
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import GONE, Raises

HOUR = 3600


@pytest.fixture
def synced(world):
    """A world in which `a` and `b` were measured an hour ago."""
    world.server(a=1, b=2)
    world.sync_one()
    world.clock.now += timedelta(hours=1)
    world.servers["one"].calls.clear()
    return world


def measured(report):
    return [row.database_name for row in report.capacity.databases]


def test_nothing_old_and_nothing_new_is_skipped_after_a_look_at_the_inventory(synced):
    synced.servers["one"].sizes["a"] = 99
    report = synced.sync(stale_after=2 * HOUR)
    one, = report.instances

    assert (report.status, one.status, one.error, one.capacity) == (Status.COMPLETED, Status.SKIPPED, None, None)
    assert one.inventory.refreshed == 2
    assert synced.servers["one"].calls == ["connect", "fetch_inventory", "close"]
    assert synced.sizes() == {"a": 1, "b": 2}
    assert synced.record(report.run_id).instances[0].status is Status.SKIPPED


def test_what_is_old_is_measured(synced):
    synced.servers["one"].sizes["a"] = 99
    report = synced.sync(stale_after=HOUR - 1).instances[0]

    assert (report.status, measured(report), synced.sizes()) == (Status.COMPLETED, ["a", "b"], {"a": 99, "b": 2})


def test_a_size_of_exactly_that_age_is_fresh(synced):
    assert synced.sync(stale_after=HOUR).instances[0].status is Status.SKIPPED


def test_only_new_databases_are_measured_beside_fresh_ones_and_the_total_counts_all(synced):
    synced.servers["one"].sizes |= {"a": 99, "new": 10}
    report = synced.sync(stale_after=2 * HOUR).instances[0]

    assert (report.status, measured(report), report.inventory.created) == (Status.COMPLETED, ["new"], 1)
    assert synced.sizes() == {"a": 1, "b": 2, "new": 10}
    assert report.capacity.total_bytes == 13


def test_a_recreated_database_is_new(world):
    server = world.server(a=1)
    server.identities["a"] = "1"
    world.sync_one()
    server.identities["a"] = "2"
    report = world.sync(stale_after=HOUR).instances[0]

    assert (report.inventory.recreated, measured(report)) == (1, ["a"])


def test_what_could_not_be_measured_is_measured_now(world):
    server = world.server(a=1, b=2)
    server.lost["b"] = GONE
    world.sync_one()
    server.lost.clear()

    assert measured(world.sync(stale_after=HOUR).instances[0]) == ["b"]


def test_after_a_failure_everything_that_is_missing_is_done(world):
    world.server(a=1).script["fetch_capacity"] = [Raises(ServerUnreachable("gone"))]
    assert world.sync_one().status is Status.FAILED

    assert world.sync(stale_after=HOUR).instances[0].status is Status.COMPLETED


def test_a_database_that_is_gone_is_no_skipped_sync(synced):
    del synced.servers["one"].sizes["b"]
    report = synced.sync(stale_after=2 * HOUR).instances[0]

    assert (report.status, report.inventory.deactivated, report.capacity.total_bytes) == (Status.COMPLETED, 1, 1)
    assert "fetch_capacity" not in synced.servers["one"].calls


def test_what_is_held_is_not_skipped(synced):
    synced.servers["one"].sizes.clear()

    assert synced.sync(stale_after=2 * HOUR).instances[0].status is Status.HELD


def test_an_instance_without_databases_is_completed(world):
    world.server()
    world.sync_one()

    assert world.sync(stale_after=HOUR).instances[0].status is Status.COMPLETED


def test_a_dry_run_plans_the_inventory_all_the_same(synced):
    synced.servers["one"].sizes["new"] = 1
    report = synced.sync(stale_after=2 * HOUR, dry_run=True).instances[0]

    assert (report.status, report.inventory.created, report.capacity) == (Status.COMPLETED, 1, None)
