"""What one listing changes."""
from datetime import timedelta

from attrs import evolve
from hypothesis import assume, example, given
from hypothesis import strategies as st

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
    nothing_hidden,
    settled,
    situations,
    stamp,
)

PLACES = ("created", "refreshed", "reactivated", "recreated", "filtered", "system", "unstorable")
any_names = strategies.names | strategies.unstorable_names


def places(change):
    return {place: getattr(change, place) for place in PLACES}


@given(situations())
def test_a_second_run_with_the_same_rows_creates_reactivates_and_deactivates_nothing_and_tells_nothing(situation):
    again = situation.then().change

    assert (again.created, again.reactivated, again.recreated, again.renamed) == ((), (), (), {})
    assert (again.deactivated, again.events) == ({}, ())
    assert again.active == situation.change.active


@given(situations())
def test_a_second_run_with_the_same_rows_writes_what_is_written_already(situation):
    assert situation.then().written == situation.written


@given(situations(name=any_names, known=st.just([])) | situations())
def test_every_observed_name_ends_up_in_exactly_one_place(situation):
    ended = [name for names in places(situation.change).values() for name in names]

    assert sorted(ended) == sorted({row.name for row in situation.listing})


@given(situations())
def test_active_afterwards_is_what_was_observed_without_filtered_and_system_plus_what_is_held(situation):
    change = situation.change
    systems = {row.name for row in situation.listing if row.is_system and not situation.include_system}
    observed = {row.name for row in situation.listing} - situation.hidden - systems

    assert set(change.active) == observed | set(change.held)
    assert not observed & set(change.held)
    assert set(change.active) == {k.name for k in situation.written.values() if k.is_active}


@given(situations())
def test_held_are_active_databases_that_are_neither_listed_nor_hidden_nor_gone(situation):
    change = situation.change
    active = {k.name for k in situation.known if k.is_active}
    listed = {row.name for row in situation.listing}

    assert set(change.held) == active - listed - set(change.deactivated)
    assert not set(change.held) & situation.hidden


@given(situations(), st.data())
def test_order_and_duplicates_of_rows_do_not_matter(situation, data):
    rows = data.draw(st.permutations([*situation.listing.rows, *situation.listing.rows[:2]]))
    shuffled = evolve(situation, listing=evolve(situation.listing, rows=rows))

    assert shuffled.change == situation.change


@given(situations(), st.data())
def test_the_order_of_what_is_known_changes_only_the_order_of_what_is_written(situation, data):
    identities = [k.identity for k in situation.known if k.identity]
    assume(len(identities) == len(set(identities)))
    shuffled = evolve(situation, known=data.draw(st.permutations(situation.known)))

    assert evolve(shuffled.change, after=()) == evolve(situation.change, after=())
    assert shuffled.written == situation.written


@given(situations(), strategies.colliding_listings)
def test_first_seen_never_moves(situation, later):
    before = {k.name: k.first_seen for k in situation.known}
    written = situation.written
    third = situation.then(later, days=1).written

    assert {name: k.first_seen for name, k in written.items() if name in before} == before
    assert {name: third[name].first_seen for name in written} == {name: k.first_seen for name, k in written.items()}


@given(situations(listing=strategies.listings(max_size=20), known=st.just([]), hidden=nothing_hidden,
                  include_system=st.just(True)))
def test_names_survive_unchanged(situation):
    given_ = sorted({row.name for row in situation.listing})

    assert [list(situation.change.created), sorted(situation.written)] == [given_, given_]
    assert [event.database_name for event in situation.change.events] == given_


@given(st.lists(st.sampled_from(["x", "X", "x ", " x", "é", "e\u0301"]), unique=True))
def test_names_that_a_careless_collation_would_merge_stay_apart(names):
    assert settled(*names).change.active == tuple(sorted(names))


@given(situations())
def test_no_active_database_is_lost_or_written_twice(situation):
    change = situation.change
    written = [k.name for k in change.after]

    assert len(written) == len(set(written))
    assert {k.name for k in situation.known if k.is_active} <= set(change.active) | set(change.deactivated)
    assert not set(change.active) & set(change.deactivated)


@given(situations())
def test_what_is_written_is_active_or_deleted_never_both(situation):
    for row in situation.change.after:
        assert row.is_active == (row.deleted_at is None)
        assert row.absent_since is None or row.name in situation.change.held


@given(situations())
def test_a_listed_database_was_seen_today_and_any_other_when_it_was(situation):
    before = {k.name: k for k in situation.known}
    for row in situation.change.after:
        listed = row.is_active and row.name not in situation.change.held
        assert row.last_seen == (situation.day if listed else before[row.name].last_seen)


@given(situations())
def test_each_change_of_life_is_told_once(situation):
    change = situation.change
    told = [(kind, name) for kind, name, _ in events(change)]

    assert len(told) == len(set(told))
    assert told == sorted(told, key=lambda event: (event[1], event[0]))
    for kind in ("created", "reactivated", "recreated"):
        assert tuple(name for of, name in told if of == kind) == getattr(change, kind)
    assert {name: detail for _, name, detail in events(change, "deactivated")} == {
        name: why.value for name, why in change.deactivated.items()}
    assert {name: old for _, name, old in events(change, "renamed")} == change.renamed


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
