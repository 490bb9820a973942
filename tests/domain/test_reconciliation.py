"""What one listing changes."""
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from capacity_sync.testing import strategies
from tests.domain.situations import (
    events,
    nothing_hidden,
    settled,
    situations,
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
