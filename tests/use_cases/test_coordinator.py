"""One instance, two phases: the cases by name."""
import pytest

from capacity_sync.domain.capacity import InstanceFacts
from capacity_sync.domain.guard import GuardMode, GuardPolicy
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import Completeness, InventoryRow, Listing
from capacity_sync.domain.outcomes import (
    AuthenticationFailed,
    Category,
    Failure,
    PermissionMissing,
    ServerUnreachable,
    TimedOut,
)
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import HIDDEN, Raises

DENIED = Failure(Category.PERMISSION, "no CONNECT on b", code="42501", remedy="GRANT CONNECT ON DATABASE b TO monitor")


def test_a_first_sync_creates_and_measures_everything(world):
    world.server(a=10, b=20)
    report = world.sync_one()

    assert (report.status, report.inventory.created, report.capacity.saved) == (Status.COMPLETED, 2, 2)
    assert (world.active(), world.sizes(), report.capacity.total_bytes) == (["a", "b"], {"a": 10, "b": 20}, 30)


def test_a_second_sync_of_the_same_day_changes_nothing(world):
    world.server(a=10, b=20)
    world.sync_one()
    before = (world.known(), world.sizes(), world.total(), world.events())
    report = world.sync_one()

    assert (report.inventory.created, report.inventory.refreshed, report.inventory.deactivated) == (0, 2, 0)
    assert (world.known(), world.sizes(), world.total(), world.events()) == before


def test_no_active_database_is_a_success_without_size_rows(world):
    server = world.server()
    report = world.sync_one()

    assert (report.status, report.capacity.saved, report.capacity.total_bytes) == (Status.COMPLETED, 0, None)
    assert (world.sizes(), world.total()) == ({}, None)
    assert "fetch_capacity" not in server.calls


def test_a_failure_of_the_sizes_keeps_the_inventory_and_names_every_target(world):
    server = world.server(a=10, b=20)
    server.script["fetch_capacity"] = [Raises(TimedOut("statement timeout", code="57014"))]
    report = world.sync_one()

    assert (report.status, report.error.category) == (Status.FAILED, Category.TIMEOUT)
    assert (report.inventory.created, world.active()) == (2, ["a", "b"])
    assert [u.database_name for u in report.capacity.unmeasured] == ["a", "b"]
    assert (report.capacity.saved, world.sizes()) == (0, {})


def test_a_failure_of_the_listing_touches_nothing(world):
    server = world.server(a=10)
    world.sync_one()
    before = (world.known(), world.sizes(), world.events())
    server.script["fetch_inventory"] = [Raises(PermissionMissing("denied", remedy="GRANT SEE TO me"))]
    report = world.sync_one()

    assert (report.status, report.inventory, report.capacity) == (Status.FAILED, None, None)
    assert (report.error.category, report.error.remedy) == (Category.PERMISSION, "GRANT SEE TO me")
    assert (world.known(), world.sizes(), world.events()) == before


@pytest.mark.parametrize("error", [AuthenticationFailed("wrong password"), ServerUnreachable("refused")])
def test_an_instance_that_cannot_be_entered_fails_with_the_reason(world, error):
    world.server(a=10).script["connect"] = [Raises(error)]
    report = world.sync_one()

    assert (report.status, report.error.category, report.server_version) == (Status.FAILED, error.category, None)


def test_an_engine_that_is_not_installed_fails_the_instance(world):
    report = world.coordinator().collect_and_save(Instance("one", "no-such-engine"))

    assert (report.status, report.error.category) == (Status.FAILED, Category.UNSUPPORTED)


def test_a_denied_database_costs_only_itself(world):
    server = world.server(a=10, b=20, c=30)
    server.lost["b"] = DENIED
    report = world.sync_one()

    assert report.status is Status.PARTIAL
    assert (world.sizes(), report.capacity.total_bytes) == ({"a": 10, "c": 30}, 40)
    assert [(u.database_name, u.failure) for u in report.capacity.unmeasured] == [("b", DENIED)]
    assert (world.total().measured_count, world.total().expected_count) == (2, 3)


def test_when_no_target_could_be_measured_the_instance_failed_with_a_reason(world):
    server = world.server(b=20)
    server.lost["b"] = DENIED
    report = world.sync_one()

    assert (report.status, report.error) == (Status.FAILED, DENIED)
    assert report.capacity.total_bytes is None


def test_a_later_failure_of_the_day_keeps_the_good_value(world):
    server = world.server(a=10, b=20)
    world.sync_one()
    server.lost["b"] = DENIED
    server.sizes["a"] = 11
    report = world.sync_one()

    assert world.sizes() == {"a": 11, "b": 20}
    assert (report.status, report.capacity.total_bytes, report.capacity.saved) == (Status.PARTIAL, 31, 1)


def test_an_estimate_for_lack_of_a_privilege_is_partial_and_never_replaces_the_days_better_value(world):
    server = world.server(a=10)
    world.sync_one()
    server.sizes["a"] = 9
    server.estimated = {"a"}
    report = world.sync_one()

    assert (report.status, report.capacity.saved) == (Status.PARTIAL, 0)
    assert world.sizes() == {"a": 10}
    world.clock.pass_days(1)
    assert (world.sync_one().capacity.saved, world.sizes()) == (1, {"a": 9})


def test_new_stopped_and_restored_databases(world):
    server = world.server(a=10, b=20)
    world.sync_one()
    del server.sizes["b"]
    server.sizes["c"] = 30
    world.clock.pass_days(1)
    stopped = world.sync_one()
    server.sizes["b"] = 25
    world.clock.pass_days(1)
    restored = world.sync_one()

    assert (stopped.inventory.created, stopped.inventory.deactivated) == (1, 1)
    assert (restored.inventory.reactivated, restored.inventory.refreshed) == (1, 2)
    assert world.known()["b"].first_seen.day == 1
    assert world.events()[2:] == [("deactivated", "b", "dropped"), ("created", "c", None), ("reactivated", "b", None)]


def test_a_dropped_database_leaves_the_days_total(world):
    server = world.server(a=10, b=20, c=30)
    world.sync_one()
    del server.sizes["c"]
    report = world.sync_one()

    assert report.capacity.total_bytes == 30
    assert (world.total().measured_count, world.total().expected_count) == (2, 2)


def test_when_the_last_database_is_let_go_the_days_total_is_withdrawn(world):
    server = world.server(a=10)
    world.sync_one()
    server.sizes.clear()
    report = world.sync_one(accept=["a"])

    assert (report.status, report.capacity.total_bytes, world.total()) == (Status.COMPLETED, None, None)


def test_an_emptied_listing_is_held_and_nothing_is_measured(world):
    server = world.server(a=10, b=20)
    world.sync_one()
    server.sizes.clear()
    world.clock.pass_days(1)
    report = world.sync_one()

    assert (report.status, report.inventory.held, report.inventory.deactivated) == (Status.HELD, ("a", "b"), 0)
    assert (report.capacity.saved, report.capacity.total_bytes, world.active()) == (0, None, ["a", "b"])


def test_what_is_left_of_a_held_instance_is_measured_all_the_same(world):
    server = world.server(**dict.fromkeys("abcdef", 1))
    world.sync_one()
    for name in "bcdef":
        del server.sizes[name]
    world.clock.pass_days(1)
    report = world.sync_one()

    assert (report.status, report.inventory.held) == (Status.HELD, tuple("bcdef"))
    assert (report.capacity.saved, world.total().measured_count, world.total().expected_count) == (1, 1, 6)


def test_a_visible_only_listing_holds_and_its_witness_is_a_warning(world):
    server = world.server(a=10, b=20, c=30)
    world.sync_one()
    del server.sizes["c"]
    server.completeness = Completeness.VISIBLE_ONLY
    report = world.sync_one()

    assert (report.status, report.inventory.held) == (Status.HELD, ("c",))
    assert report.warnings == (HIDDEN,)


def test_trust_believes_an_empty_listing(world):
    world.settings = {"guard": GuardPolicy(GuardMode.TRUST)}
    server = world.server(a=10)
    world.sync_one()
    server.sizes.clear()

    assert (world.sync_one().inventory.deactivated, world.active()) == (1, [])


def test_filtered_and_system_databases_are_left_out_and_said(world):
    server = world.server(app=10, tmp_x=20, sys=30)
    server.system = {"sys"}
    world.exclude("tmp%")
    report = world.sync_one()

    assert (report.inventory.active_databases, report.inventory.filtered_databases) == (("app",), ("tmp_x",))


def test_system_databases_are_kept_when_the_instance_says_so(world):
    world.settings = {"include_system": True}
    server = world.server(app=10, sys=30)
    server.system = {"sys"}

    assert world.sync_one().inventory.active_databases == ("app", "sys")


def test_a_rename_is_one_deactivated_one_created_one_renamed(world):
    server = world.server(old=10, other=20)
    server.identities = {"old": "16384"}
    world.sync_one()
    server.sizes["new"] = server.sizes.pop("old")
    server.identities = {"new": "16384"}
    inventory = world.sync_one().inventory

    assert (inventory.deactivated, inventory.created, inventory.renamed) == (1, 1, 1)
    assert ("renamed", "new", "old") in world.events()


def test_a_name_that_cannot_be_stored_is_a_warning_and_the_rest_goes_on(world):
    world.server(**{"a": 10, "x" * 256: 20})
    report = world.sync_one()

    assert (world.active(), report.status) == (["a"], Status.COMPLETED)
    assert "x" * 256 in report.warnings[0].message


class Babelfish:
    """A listing that says of one database that no size can exist."""

    REASON = Failure(Category.UNSUPPORTED, "this database has no files of its own")

    def __init__(self, adapter, only=False):
        self.adapter, self.only = adapter, only

    def __getattr__(self, name):
        return getattr(self.adapter, name)

    def fetch_inventory(self, connection):
        rows = () if self.only else self.adapter.fetch_inventory(connection).rows
        return Listing((*rows, InventoryRow("virtual", unmeasurable=self.REASON)))


@pytest.mark.parametrize(("only", "saved"), [(False, 1), (True, 0)])
def test_a_database_without_a_possible_size_is_no_target_and_makes_the_instance_partial(world, only, saved):
    world.server(a=10)
    world.adapted = lambda adapter: Babelfish(adapter, only)
    report = world.sync_one()

    assert (report.status, report.capacity.saved) == (Status.PARTIAL, saved)
    assert [(u.database_name, u.failure) for u in report.capacity.unmeasured] == [("virtual", Babelfish.REASON)]


def test_an_error_while_closing_is_a_warning(world):
    world.server(a=10).script["close"] = [Raises(OSError("bad file descriptor"))]
    report = world.sync_one()

    assert (report.status, report.warnings[0].message) == (Status.COMPLETED, "OSError: bad file descriptor")


def test_the_facts_of_the_instance_are_reported_and_a_later_gap_keeps_them(world):
    server = world.server(a=10)
    server.facts = InstanceFacts(overhead_bytes=7, log_bytes=5)
    assert world.sync_one().facts == InstanceFacts(7, 5)
    server.facts = InstanceFacts(overhead_bytes=8)
    world.sync_one()

    assert world.total().facts == InstanceFacts(8, 5)


def test_one_connection_per_instance_and_run_and_it_is_closed(world):
    server = world.server(a=10)
    world.sync_one()

    assert server.calls == ["connect", "fetch_inventory", "fetch_capacity", "close"]
    assert server.open_connections == 0


def test_durations_come_from_the_monotonic_clock(world):
    world.server(a=10)
    world.clock.pace = 0.0
    assert world.sync_one().duration_s == 0.0
    world.clock.pace = 7.0
    duration = world.sync_one().duration_s

    assert (duration > 0, duration % 7) == (True, 0)


def test_phase_one_alone_measures_nothing(world):
    server = world.server(a=10)
    report = world.coordinator().synchronize_inventory(world.instance())

    assert (report.inventory.created, report.capacity, world.active()) == (1, None, ["a"])
    assert "fetch_capacity" not in server.calls


def test_phase_two_alone_measures_the_active_databases_or_the_named_ones(world):
    world.server(a=10, b=20, tmp=30)
    world.exclude(names=["tmp"])
    world.coordinator().synchronize_inventory(world.instance())
    named = world.coordinator().collect_capacity(world.instance(), ["b", "tmp"])
    everything = world.coordinator().collect_capacity(world.instance())

    assert (named.inventory, [row.database_name for row in named.capacity.databases]) == (None, ["b"])
    assert (everything.status, everything.capacity.total_bytes) == (Status.COMPLETED, 30)


def test_an_empty_list_of_targets_asks_nothing(world):
    server = world.server(a=10)
    world.coordinator().synchronize_inventory(world.instance())
    report = world.coordinator().collect_capacity(world.instance(), [])

    assert (report.status, report.capacity.saved) == (Status.COMPLETED, 0)
    assert "fetch_capacity" not in server.calls
