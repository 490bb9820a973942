"""The life of a database, by example: new, stopped, restored, hidden, a system's own, not storable."""
from datetime import timedelta

from attrs import evolve
from hypothesis import example, given

from capacity_sync.domain.guard import Accept
from capacity_sync.domain.inventory import InventoryRow, Listing, storable
from capacity_sync.domain.reconciliation import reconcile
from capacity_sync.testing import strategies
from tests.domain.situations import (
    DAY,
    Situation,
    events,
    known,
    listing,
    settled,
    stamp,
)


def test_a_new_database_is_created_with_both_dates_of_the_run():
    created = settled(a="1").written["a"]

    assert (created.first_seen, created.last_seen, created.is_active, created.identity) == (DAY, DAY, True, "1")


def test_a_stopped_database_keeps_the_day_it_was_seen_and_gets_the_instant_of_its_end():
    stopped = settled("a", "b").then(listing("b"), days=1)

    assert stopped.change.deactivated.keys() == {"a"}
    assert stopped.written["a"] == evolve(settled("a", "b").written["a"], is_active=False,
                                          deleted_at=stamp(DAY + timedelta(1)).at)


def test_a_restored_database_is_reactivated_with_its_first_day():
    restored = settled("a", "b").then(listing("b"), days=1).then(listing("a", "b"), days=1)

    assert (restored.change.reactivated, restored.change.refreshed) == (("a",), ("b",))
    assert restored.written["a"] == evolve(settled("a").written["a"], last_seen=DAY + timedelta(2))
    assert events(restored.change) == [("reactivated", "a", None)]


def test_a_database_that_comes_under_a_rule_is_deactivated_as_filtered():
    filtered = settled("a", "b").then(hidden={"a"})

    assert (filtered.change.filtered, filtered.change.active, filtered.change.held) == (("a",), ("b",), ())
    assert events(filtered.change) == [("deactivated", "a", "filtered")]


def test_a_filtered_database_that_also_left_the_listing_is_no_absence():
    filtered = settled("a").then(listing(), hidden={"a"})

    assert (filtered.change.filtered, filtered.change.held) == ((), ())
    assert events(filtered.change) == [("deactivated", "a", "filtered")]


def test_a_database_that_turns_out_to_be_a_system_one_is_deactivated_as_such():
    system = settled("a", "b").then(Listing([InventoryRow("a", is_system=True), InventoryRow("b")]), hidden={"a"})

    assert (system.change.system, system.change.filtered, system.change.active) == (("a",), (), ("b",))
    assert events(system.change) == [("deactivated", "a", "system")]


def test_system_databases_are_inventoried_where_they_are_wanted():
    wanted = Situation(listing=Listing([InventoryRow("a", is_system=True)]), include_system=True)

    assert (wanted.change.system, wanted.change.created) == ((), ("a",))


def test_a_row_that_says_system_outweighs_one_that_does_not():
    both = Situation(listing=Listing([InventoryRow("a", is_system=True), InventoryRow("a", "2")]))

    assert (both.change.system, both.change.created) == (("a",), ())


@given(strategies.unstorable_names, strategies.names)
def test_a_name_that_cannot_be_stored_costs_no_other(bad, good):
    change = Situation(listing=listing(bad, good), hidden={bad}).change

    assert not storable(bad)
    assert (change.unstorable, change.created, change.active) == ((bad,), (good,), (good,))


@given(strategies.unstorable_names)
def test_a_known_name_that_cannot_be_stored_any_more_stays(name):
    """An adopted table may hold what we would not write."""
    change = Situation([known(name)], listing(name)).change

    assert (change.unstorable, change.active, change.deactivated) == ((name,), (name,), {})


def test_the_state_is_the_one_of_the_last_listing_that_has_the_database():
    restoring = Situation(listing=Listing([InventoryRow("a", state="RESTORING"), InventoryRow("b")]))
    online = restoring.then(Listing([InventoryRow("a"), InventoryRow("b", state="ONLINE")]))

    assert (restoring.written["a"].state, online.written["a"].state) == ("RESTORING", None)
    assert (restoring.written["b"].state, online.written["b"].state) == (None, "ONLINE")


@example(Listing())
@given(strategies.listings())
def test_the_change_says_how_complete_its_listing_was(listed):
    assert Situation(listing=listed).change.completeness is listed.completeness


def test_a_database_that_the_decision_does_not_mention_is_held_without_a_reason():
    change = reconcile([known("a")], listing(), Accept(), stamp(DAY), excluded=lambda _: False, include_system=False)

    assert (change.held, events(change)) == (("a",), [("held", "a", None)])
