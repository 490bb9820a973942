"""How long an absence waits: held on the day, released by a later one, or after seven."""
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.guard import GuardPolicy, Why
from capacity_sync.testing import strategies
from tests.domain.situations import (
    DAY,
    TEN,
    UNKNOWN,
    VISIBLE_ONLY,
    Situation,
    events,
    incomplete,
    known,
    listing,
    settled,
    situations,
)


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
