"""When the absence of databases is believed, and when it waits for a decision."""
from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from capacity_sync.domain.guard import Accept, Accepted, GuardMode, GuardPolicy, Hold, Why
from capacity_sync.domain.inventory import Completeness
from capacity_sync.testing import strategies
from tests.domain.situations import (
    COMPLETE,
    DAY,
    UNKNOWN,
    VISIBLE_ONLY,
    Situation,
    events,
    holding,
    known,
    listing,
    nothing_accepted,
    settled,
    situations,
    trusting,
)

incomplete = pytest.mark.parametrize("completeness", [VISIBLE_ONLY, UNKNOWN])
TEN = [f"db{n}" for n in range(10)]


def absences(change):
    """Deactivated for being absent: not for a rule, and not for a new name."""
    return {name: why for name, why in change.deactivated.items()
            if why not in (Why.FILTERED, Why.SYSTEM, Why.RENAMED)}


def fresh_absences(situation):
    """As `absences`, without what was held before."""
    before = {k.name: k for k in situation.known}
    return {name for name in absences(situation.change) if before[name].absent_since is None}


@given(situations(policy=holding, accepted=nothing_accepted), strategies.completeness)
def test_an_incomplete_listing_never_deactivates_at_once(situation, completeness):
    assume(completeness is not COMPLETE)
    situation = evolve(situation, listing=evolve(situation.listing, completeness=completeness))

    assert not fresh_absences(situation)


@given(situations(listing=strategies.listings(max_size=0), policy=holding, accepted=nothing_accepted))
def test_an_empty_listing_never_deactivates_at_once(situation):
    assert not fresh_absences(situation)


@given(st.integers(1, 14), st.data())
def test_a_complete_listing_is_believed_unless_it_lacks_all_or_more_than_half_of_five_or_more(active, data):
    lost = data.draw(st.integers(0, active))
    names = [str(n) for n in range(active)]
    change = settled(*names).then(listing(*names[lost:])).change
    doubtful = lost == active or (active >= 5 and 2 * lost > active)

    assert change.held == (tuple(sorted(names[:lost])) if doubtful else ())
    assert change.deactivated == ({} if doubtful else dict.fromkeys(names[:lost], Why.DROPPED))


@pytest.mark.parametrize(("active", "lost", "held"), [
    (1, 1, True), (2, 1, False), (2, 2, True), (4, 3, False), (4, 4, True), (5, 2, False), (5, 3, True), (6, 3, False),
    (6, 4, True), (10, 5, False), (10, 6, True),
])
def test_the_limits_of_doubt(active, lost, held):
    change = settled(*TEN[:active]).then(listing(*TEN[lost:active])).change

    assert bool(change.held) is held
    assert len(change.held if held else change.deactivated) == lost


@pytest.mark.parametrize(("policy", "lost", "held"), [
    (GuardPolicy(min_active=10), 6, True), (GuardPolicy(min_active=11), 6, False),
    (GuardPolicy(max_lost=0.2), 2, False), (GuardPolicy(max_lost=0.2), 3, True), (GuardPolicy(max_lost=1), 9, False),
    (GuardPolicy(max_lost=0), 1, True),
])
def test_the_limits_of_doubt_are_settings(policy, lost, held):
    assert bool(settled(*TEN).then(listing(*TEN[lost:]), policy=policy).change.held) is held


@given(st.integers(1, 5))
def test_a_held_change_is_held_on_the_same_day_again_and_again(times):
    situation = settled(*TEN).then(listing(), days=1)
    held = situation.change.held
    for _ in range(times):
        situation = situation.then()

        assert situation.change.held == held == tuple(TEN)
        assert not situation.change.events


def test_what_was_held_today_is_not_released_today_by_a_listing_without_doubt():
    held = settled(*TEN).then(listing(*TEN[6:]))
    later = held.then(listing(*TEN[1:]))

    assert (later.change.held, later.change.deactivated) == (("db0",), {})


@pytest.mark.parametrize("listed", [TEN[6:], []])
def test_a_complete_listing_of_a_later_day_releases_what_it_still_lacks(listed):
    held = settled(*TEN).then(listing(*TEN[6:]))
    released = held.then(listing(*listed), days=1)

    assert released.change.deactivated == dict.fromkeys(TEN[:6], Why.DROPPED)
    assert released.change.held == tuple(sorted(set(TEN[6:]) - set(listed)))


def test_a_later_day_releases_only_what_was_held_before_it():
    released = settled(*TEN).then(listing(*TEN[6:])).then(listing(*TEN[7:]), days=1)

    assert (set(released.change.deactivated), released.change.held) == (set(TEN[:6]), ("db6",))


@incomplete
def test_a_later_incomplete_listing_releases_nothing_that_a_complete_one_held(completeness):
    held = settled(*TEN).then(listing())
    later = held.then(listing(completeness=completeness), days=6)

    assert (later.change.held, later.change.events) == (tuple(TEN), ())


def test_an_earlier_day_releases_nothing():
    assert Situation([known("a", absent_since=DAY)], listing(), day=DAY - timedelta(1)).change.held == ("a",)


@given(situations(policy=holding))
def test_what_is_accepted_and_absent_goes_through_as_accepted(situation):
    change = situation.change
    active = {k.name for k in situation.known if k.is_active}
    absent = active - {row.name for row in situation.listing} - situation.hidden
    through = {name for name in absent if name in situation.accepted}

    assert not through & set(change.held)
    assert {name for name, why in change.deactivated.items() if why is Why.ACCEPTED} == through - set(
        change.renamed.values()) - {name for name, why in change.deactivated.items() if why is Why.RENAMED}


@given(st.sets(st.sampled_from(TEN)))
def test_accepting_lets_exactly_the_named_ones_through(names):
    change = settled(*TEN).then(listing()).then(accepted=Accepted(names=names)).change

    assert change.deactivated == dict.fromkeys(names, Why.ACCEPTED)
    assert set(change.held) == set(TEN) - names
    assert events(change) == sorted(
        ((kind, name, detail) for name in names for kind, detail in (("accepted", None), ("deactivated", "accepted"))),
        key=lambda event: event[1])


@pytest.mark.parametrize("completeness", Completeness)
def test_accepting_an_instance_lets_everything_through(completeness):
    change = settled("a", "b").then(listing(completeness=completeness), accepted=Accepted(everything=True)).change

    assert (change.held, change.deactivated) == ((), {"a": Why.ACCEPTED, "b": Why.ACCEPTED})


@incomplete
def test_accepting_names_ends_the_wait_for_a_complete_listing(completeness):
    hidden = settled("a", "b", "c").then(listing("a", completeness=completeness), accepted=Accepted(names=["b", "a"]))

    assert (hidden.change.held, hidden.change.deactivated) == (("c",), {"b": Why.ACCEPTED})
    assert hidden.change.active == ("a", "c")


@incomplete
def test_an_incomplete_listing_holds_even_one_of_many(completeness):
    change = settled(*TEN).then(listing(*TEN[1:], completeness=completeness)).change

    assert (change.held, change.deactivated) == (("db0",), {})
    assert change.active == tuple(TEN)


@incomplete
@pytest.mark.parametrize("days", [7, 3])
def test_an_absence_from_incomplete_listings_ends_after_the_days_of_the_policy(completeness, days):
    policy = GuardPolicy(visible_only_days=days)
    hidden = settled("a", "b").then(listing("a", completeness=completeness), policy=policy)
    for day in range(1, days):
        assert hidden.then(days=day).change.held == ("b",)

    assert hidden.then(days=days).change.deactivated == {"b": Why.SEVEN_DAYS}
    assert events(hidden.then(days=days).change) == [("deactivated", "b", "seven days")]


@given(st.sets(st.integers(1, 6)))
def test_seven_days_are_counted_from_the_stored_date_whatever_was_run_in_between(days):
    hidden = settled("a", "b").then(listing("a", completeness=VISIBLE_ONLY))
    for day in sorted(days):
        hidden = hidden.then(days=day - (hidden.day - DAY).days)

        assert hidden.written["b"].absent_since == DAY
    assert hidden.then(days=7 - (hidden.day - DAY).days).change.deactivated == {"b": Why.SEVEN_DAYS}


def test_seven_days_end_only_with_a_listing():
    """The guard is stateless: however many failed runs lie between, the next listing decides."""
    assert settled("a", "b").then(listing("a", completeness=UNKNOWN)).then(days=90).change.deactivated == {
        "b": Why.SEVEN_DAYS}


def test_an_absence_held_as_incomplete_is_released_by_a_complete_listing_of_a_later_day_only():
    hidden = settled("a", "b").then(listing("a", completeness=VISIBLE_ONLY))

    assert hidden.then(listing("a")).change.held == ("b",)
    assert hidden.then(listing("a"), days=1).change.deactivated == {"b": Why.DROPPED}


@given(situations())
def test_a_listing_that_contains_a_database_ends_its_absence(situation):
    for row in situation.listing:
        assert row.name not in situation.change.held
        assert row.name not in situation.written or situation.written[row.name].absent_since is None or (
            row.name not in situation.change.active)


def test_an_absence_is_counted_anew_after_the_database_was_seen():
    hidden = settled("a", "b").then(listing("a", completeness=VISIBLE_ONLY))
    again = hidden.then(listing("a", "b"), days=5).then(listing("a", completeness=VISIBLE_ONLY), days=1)

    assert again.written["b"].absent_since == DAY + timedelta(6)
    assert events(again.change, "held") == [("held", "b", again.decision.reason)]
    assert again.then(days=6).change.held == ("b",)


@given(situations(), strategies.colliding_listings)
def test_held_is_told_once_for_as_long_as_it_lasts(situation, later):
    before = {k.name: k.absent_since for k in situation.known if k.is_active}
    told = [name for _, name, _ in events(situation.change, "held")]

    assert told == [name for name in situation.change.held if before[name] is None]
    assert not {name for _, name, _ in events(situation.then(later, days=1).change, "held")} & set(
        situation.change.held)


@given(situations(policy=trusting))
def test_trust_believes_every_listing_as_the_legacy_service_did(situation):
    assert situation.change.held == ()
    assert set(absences(situation.change).values()) <= {Why.DROPPED}
    assert isinstance(situation.decision, Accept)


@pytest.mark.parametrize("completeness", Completeness)
def test_trust_needs_no_completeness(completeness):
    policy = GuardPolicy(GuardMode.TRUST)
    change = settled("a", "b").then(listing(completeness=completeness), policy=policy).change

    assert change.deactivated == {"a": Why.DROPPED, "b": Why.DROPPED}


@given(st.sets(st.sampled_from(TEN)), strategies.completeness)
def test_a_filter_is_no_absence(hidden, completeness):
    change = settled(*TEN).then(listing(*TEN, completeness=completeness), hidden=hidden).change

    assert change.held == ()
    assert change.deactivated == dict.fromkeys(hidden, Why.FILTERED)
    assert set(change.filtered) == hidden


def test_absence_is_judged_before_filters():
    """Six of ten are hidden by a rule and listed: one absence of ten is no reason for doubt."""
    change = settled(*TEN).then(listing(*TEN[:9]), hidden=TEN[:6]).change

    assert (change.held, change.deactivated["db9"]) == ((), Why.DROPPED)


def test_what_was_deactivated_before_is_no_absence():
    dropped = settled(*TEN).then(listing(*TEN[5:]), days=1).then(listing(*TEN[7:]), days=1)

    assert (dropped.change.held, set(dropped.change.deactivated)) == ((), {"db5", "db6"})


@given(situations())
def test_the_decision_holds_what_it_does_not_let_go(situation):
    decision = situation.decision
    active = {k.name for k in situation.known if k.is_active}

    assert set(decision.gone) <= active
    if isinstance(decision, Hold):
        assert decision.names
        assert decision.names <= active - set(decision.gone)


@pytest.mark.parametrize(("completeness", "reason"), [
    (COMPLETE, "10 of 10 active databases are missing from a listing that says it is complete"),
    (VISIBLE_ONLY, "10 of 10 active databases are missing from a listing that may hide some"),
    (UNKNOWN, "10 of 10 active databases are missing from a listing that may hide some"),
])
def test_the_reason_says_how_many_of_how_many(completeness, reason):
    held = settled(*TEN).then(listing(completeness=completeness))

    assert held.decision == Hold(frozenset(TEN), reason)
    assert events(held.change) == [("held", name, reason) for name in TEN]


@pytest.mark.parametrize("wrong", [
    {"min_active": 0}, {"max_lost": -0.1}, {"max_lost": 1.1}, {"visible_only_days": 0},
])
def test_a_policy_that_makes_no_sense_cannot_be_built(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        GuardPolicy(**wrong)


def test_the_policy_is_five_half_and_seven_unless_configured():
    assert GuardPolicy(GuardMode.HOLD, 5, 0.5, 7) == GuardPolicy()


def test_the_details_of_events_are_those_of_the_store():
    assert [why.value for why in Why] == ["dropped", "filtered", "system", "renamed", "accepted", "seven days"]
