"""What an aggregate says, and what it does not."""
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.growth import (
    MOST_PERCENT,
    Change,
    Comparison,
    DatabaseAggregate,
    InstanceAggregate,
    Observed,
    Spread,
    Trend,
    change_of,
    trend_of,
)
from capacity_sync.domain.history import Owner
from capacity_sync.domain.periods import Period, PeriodKind

MIB = 2**20
AT = datetime(2026, 3, 1, 4, tzinfo=UTC)
FEBRUARY = Period(PeriodKind.MONTHLY, date(2026, 2, 1))
OWNER = Owner(1, "orders", "scripted")
KNOWN = Observed(Spread(12 * MIB + 5, 13 * MIB, 11 * MIB), 11 * MIB, 13 * MIB, 2 * MIB + 5, Comparison.COMPARED, 20, 28)
SHOP = DatabaseAggregate(OWNER, "shop", FEBRUARY, Spread(12, 13, 11), 20, change_of(12, 10), AT, observed=KNOWN)
ORDERS = InstanceAggregate(OWNER, FEBRUARY, Spread(12, 13, 11), Spread(3, 3, 3), 20, change_of(12, 10), Change(),
                           Trend.GROWING, AT, KNOWN)
both = pytest.mark.parametrize("aggregate", [SHOP, ORDERS], ids=["database", "instance"])
averages = st.integers(0, 2**43)


@given(averages, st.integers(1, 2**43))
def test_a_percentage_is_rounded_to_two_decimals(now, before):
    exact = Fraction(now - before) * 100 / before
    percent = change_of(now, before).percent

    assert percent.as_tuple().exponent == -2
    assert abs(percent) == MOST_PERCENT or abs(Fraction(percent) - exact) <= Fraction(1, 200)


@pytest.mark.parametrize(("now", "before", "percent"), [
    (12, 10, "20.00"), (8, 10, "-20.00"), (10, 10, "0.00"), (20001, 20000, "0.01"), (19999, 20000, "-0.01"),
    (4, 3, "33.33"), (5, 3, "66.67"), (7, 0, "0.00"), (7, -1, "0.00"), (2**43, 1, "99999999.99"),
])
def test_percentages_by_hand(now, before, percent):
    assert change_of(now, before) == Change(now - before, Decimal(percent))


@pytest.mark.parametrize(("percent", "trend"), [
    ("5.00", Trend.STABLE), ("5.01", Trend.GROWING), ("-5.00", Trend.STABLE), ("-5.01", Trend.SHRINKING)])
def test_a_trend_is_more_than_five_percent(percent, trend):
    assert trend_of(Decimal(percent)) is trend


@both
def test_growth_is_exact_where_bytes_are_known(aggregate):
    assert (aggregate.growth, aggregate.growth_percent) == (2 * MIB + 5, Decimal(20))
    assert evolve(aggregate, observed=evolve(KNOWN, change_bytes=None)).growth == 2 * MIB


@both
@pytest.mark.parametrize("comparison", [None, *(one for one in Comparison if one is not Comparison.COMPARED)])
def test_what_is_not_compared_did_not_grow_by_zero(aggregate, comparison):
    unknown = evolve(aggregate, change=Change(), observed=evolve(KNOWN, change_bytes=None, comparison=comparison))

    assert (unknown.growth, unknown.growth_percent) == (None, None)


@both
def test_growth_from_nothing_has_no_percentage(aggregate):
    from_nothing = evolve(aggregate, change=change_of(12, 0))

    assert from_nothing.growth_percent is None
    assert evolve(aggregate, change=change_of(12, 12)).growth_percent == 0


@pytest.mark.parametrize(("first", "last", "grown"), [(11, 13, 2), (13, 11, -2), (None, 13, None), (11, None, None)])
def test_growth_inside_the_period(first, last, grown):
    assert Observed(first_bytes=first, last_bytes=last).grown_bytes == grown


@both
@pytest.mark.parametrize(("today", "missing"), [
    (date(2026, 3, 9), 8), (date(2026, 2, 28), 8), (date(2026, 2, 27), 7), (date(2026, 2, 20), 0),
    (date(2026, 1, 1), 0)])
def test_days_to_come_are_not_missing(aggregate, today, missing):
    assert aggregate.days_missing(today) == missing


@both
def test_the_old_service_does_not_say_what_is_missing(aggregate):
    assert evolve(aggregate, observed=Observed()).days_missing(date(2026, 3, 9)) is None


def test_an_instance_is_partial_when_a_day_lacked_databases():
    assert not ORDERS.partial
    assert evolve(ORDERS, observed=evolve(KNOWN, days_observed=19)).partial
    assert not evolve(ORDERS, observed=Observed()).partial
