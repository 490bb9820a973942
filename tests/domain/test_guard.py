"""When the absence of databases is believed, and when it waits for a decision."""
import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from capacity_sync.domain.guard import Accept, GuardMode, GuardPolicy, Hold, Why
from capacity_sync.domain.inventory import Completeness
from capacity_sync.testing import strategies
from tests.domain.situations import (
    COMPLETE,
    TEN,
    UNKNOWN,
    VISIBLE_ONLY,
    events,
    holding,
    incomplete,
    listing,
    nothing_accepted,
    settled,
    situations,
    trusting,
)


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


@incomplete
def test_an_incomplete_listing_holds_even_one_of_many(completeness):
    change = settled(*TEN).then(listing(*TEN[1:], completeness=completeness)).change

    assert (change.held, change.deactivated) == (("db0",), {})
    assert change.active == tuple(TEN)


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
