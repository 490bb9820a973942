"""A known identity under another name: renamed, not gone. Another identity under a known name: recreated."""
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.guard import Accept, GuardMode, GuardPolicy, Why
from capacity_sync.domain.inventory import Completeness, same_incarnation
from capacity_sync.testing import strategies
from tests.domain.situations import DAY, Situation, events, known, listing, settled, situations

servers = st.dictionaries(st.sampled_from("abcd"), st.sampled_from("1234"), min_size=1).map(
    lambda names: {name: identity for identity, name in {v: k for k, v in names.items()}.items()})
"""What a server contains at one time: identity by name, each identity once."""


def by_identity(server):
    return {identity: name for name, identity in server.items()}


@given(servers, servers, strategies.completeness)
def test_a_renamed_database_is_never_held_and_leaves_its_old_name(before, after, completeness):
    change = settled(**before).then(listing(**after, completeness=completeness)).change
    moved = {name: by_identity(after)[identity] for name, identity in before.items()
             if identity in after.values() and after.get(name) != identity}

    assert change.renamed == {new: old for old, new in moved.items()}
    assert not set(change.held) & set(moved)
    assert {name for name, why in change.deactivated.items() if why is Why.RENAMED} == set(moved) - set(after)


@given(servers, servers, strategies.completeness)
def test_no_rename_however_entangled_loses_a_database(before, after, completeness):
    first = settled(**before)
    second = first.then(listing(**after, completeness=completeness))

    assert set(after) <= set(second.change.active)
    assert {k.name: k.identity for k in second.written.values() if k.name in after} == after
    assert second.then().change.events == ()
    assert set(before) == {name for name in second.written if first.written.get(name)}


@given(servers, servers)
def test_another_identity_under_a_known_name_is_a_recreation(before, after):
    change = settled(**before).then(listing(**after)).change

    assert set(change.recreated) == {name for name in before if name in after and before[name] != after[name]}
    assert [name for _, name, _ in events(change, "recreated")] == list(change.recreated)


def test_a_rename_counts_as_one_deactivated_one_created_and_one_renamed():
    change = settled(old="1").then(listing(new="1")).change

    assert (change.created, change.deactivated, change.renamed) == (("new",), {"old": Why.RENAMED}, {"new": "old"})
    assert events(change) == [("created", "new", None), ("renamed", "new", "old"), ("deactivated", "old", "renamed")]
    assert (change.active, change.held) == (("new",), ())


@pytest.mark.parametrize("completeness", Completeness)
def test_a_rename_of_everything_needs_no_decision(completeness):
    change = settled(a="1", b="2", c="3", d="4", e="5").then(
        listing(v="1", w="2", x="3", y="4", z="5", completeness=completeness)).change

    assert (change.held, len(change.renamed), change.active) == ((), 5, ("v", "w", "x", "y", "z"))


def test_a_rename_makes_no_absence_beside_it_doubtful():
    """Four of six have a new name and two are gone: two absences of six."""
    change = settled(a="1", b="2", c="3", d="4", e="5", f="6").then(listing(v="1", w="2", x="3", y="4")).change

    assert (change.held, change.deactivated["e"], change.deactivated["f"]) == ((), Why.DROPPED, Why.DROPPED)


def test_names_that_were_swapped_are_both_recreated_and_renamed():
    change = settled(a="1", b="2").then(listing(a="2", b="1")).change

    assert (change.recreated, change.renamed, change.deactivated) == (("a", "b"), {"a": "b", "b": "a"}, {})
    assert change.active == ("a", "b")


def test_a_chain_of_renames_moves_each_database_by_one_name():
    change = settled(a="1", b="2").then(listing(b="1", c="2")).change

    assert (change.renamed, change.deactivated) == ({"b": "a", "c": "b"}, {"a": Why.RENAMED})
    assert (change.recreated, change.created) == (("b",), ("c",))


def test_a_new_database_under_the_name_that_a_rename_freed_is_a_recreation():
    change = settled(a="1").then(listing(a="2", b="1")).change

    assert (change.recreated, change.created, change.renamed) == (("a",), ("b",), {"b": "a"})


def test_a_rename_back_reactivates_the_old_name():
    change = settled(a="1").then(listing(b="1"), days=1).then(listing(a="1"), days=1).change

    assert (change.reactivated, change.deactivated, change.renamed) == (("a",), {"b": Why.RENAMED}, {"a": "b"})


def test_a_rename_ends_an_absence():
    held = settled(a="1").then(listing())
    change = held.then(listing(b="1")).change

    assert (held.change.held, change.held, change.deactivated) == (("a",), (), {"a": Why.RENAMED})


def test_a_rename_to_a_hidden_name_deactivates_the_old_one_and_tells_no_new_one():
    change = settled(a="1").then(listing(b="1"), hidden={"b"}).change

    assert (change.filtered, change.deactivated, change.renamed) == (("b",), {"a": Why.RENAMED}, {})
    assert events(change) == [("deactivated", "a", "renamed")]


def test_a_rename_is_one_in_trust_mode_too():
    change = settled(a="1").then(listing(b="1"), policy=GuardPolicy(GuardMode.TRUST)).change

    assert (change.deactivated, change.renamed) == ({"a": Why.RENAMED}, {"b": "a"})


def test_a_rename_is_no_absence_to_the_guard():
    assert settled(a="1").then(listing(b="1")).decision == Accept()


def test_what_was_deactivated_is_not_renamed_but_created():
    gone = settled(a="1", b="2").then(listing(b="2"), days=1)
    change = gone.then(listing(b="2", c="1"), days=1).change

    assert (change.created, change.renamed) == (("c",), {})


def test_a_database_without_identity_is_not_renamed():
    change = settled("a", "x").then(listing("b", "x")).change

    assert (change.created, change.renamed, change.deactivated) == (("b",), {}, {"a": Why.DROPPED})


def test_a_database_still_listed_without_its_identity_stayed():
    change = settled(a="1").then(listing("a", b="1")).change

    assert (change.refreshed, change.created, change.renamed) == (("a",), ("b",), {})


def test_an_identity_under_two_names_one_of_them_known_was_not_renamed():
    change = settled(b="1").then(listing(a="1", b="1")).change

    assert (change.refreshed, change.created, change.renamed) == (("b",), ("a",), {})


def test_of_two_new_names_of_one_identity_the_first_is_the_rename():
    assert settled(z="1").then(listing(b="1", a="1")).change.renamed == {"a": "z"}


@given(situations())
def test_an_identity_never_returns_to_null(situation):
    before = {k.name: k.identity for k in situation.known}
    for row in situation.written.values():
        assert row.identity is not None or before.get(row.name) is None


def test_a_first_identity_is_filled_in_silently():
    change = settled("a").then(listing(a="1")).change

    assert (change.refreshed, change.recreated, change.events) == (("a",), (), ())
    assert change.after[0].identity == "1"


def test_an_identity_that_an_engine_keeps_to_itself_once_is_remembered():
    silent = settled(a="1").then(listing("a"))

    assert (silent.change.refreshed, silent.written["a"].identity) == (("a",), "1")
    assert silent.then(listing(a="2")).change.recreated == ("a",)


def test_a_recreated_database_keeps_the_first_day_of_its_name():
    recreated = settled(a="1").then(listing(a="2"), days=3)

    assert recreated.written["a"].identity == "2"
    assert (recreated.written["a"].first_seen, recreated.written["a"].last_seen) == (DAY, DAY + timedelta(3))
    assert events(recreated.change) == [("recreated", "a", None)]
    assert (recreated.change.deactivated, recreated.change.reactivated) == ({}, ())


def test_a_dropped_database_that_comes_back_as_another_is_recreated_and_active():
    back = Situation([known("a", "1", is_active=False)], listing(a="2"))

    assert (back.change.recreated, back.change.reactivated, back.change.active) == (("a",), (), ("a",))


@given(strategies.colliding_identities, strategies.colliding_identities)
def test_only_two_known_and_different_identities_tell_incarnations_apart(one, other):
    assert same_incarnation(one, other) is not (bool(one) and bool(other) and one != other)
