"""Days, weeks, months and quarters."""
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.periods import FIRST_DAY, LAST_DAY, Period, PeriodKind, periods

kinds = st.sampled_from(PeriodKind)
days = st.dates(FIRST_DAY, LAST_DAY)
DAILY, WEEKLY, MONTHLY, QUARTERLY = PeriodKind


@pytest.mark.parametrize(("kind", "day", "start", "end"), [
    (DAILY, "2024-02-29", "2024-02-29", "2024-02-29"),
    (WEEKLY, "2026-02-23", "2026-02-23", "2026-03-01"),
    (WEEKLY, "2027-01-03", "2026-12-28", "2027-01-03"),  # ISO week 53 of 2026
    (WEEKLY, "2024-12-31", "2024-12-30", "2025-01-05"),
    (MONTHLY, "2024-02-29", "2024-02-01", "2024-02-29"),
    (MONTHLY, "2023-02-01", "2023-02-01", "2023-02-28"),
    (MONTHLY, "2026-12-31", "2026-12-01", "2026-12-31"),
    (QUARTERLY, "2026-06-30", "2026-04-01", "2026-06-30"),
    (QUARTERLY, "2024-02-29", "2024-01-01", "2024-03-31"),
    (QUARTERLY, "2026-10-01", "2026-10-01", "2026-12-31"),
])
def test_the_period_that_contains_a_day(kind, day, start, end):
    period = Period.containing(kind, date.fromisoformat(day))

    assert (period.start, period.end) == (date.fromisoformat(start), date.fromisoformat(end))


def test_the_quarter_before_has_all_its_three_months():
    before = Period(QUARTERLY, date(2026, 4, 1)).previous

    assert (before.start, before.end, before.days) == (date(2026, 1, 1), date(2026, 3, 31), 90)


@given(kinds, days)
def test_periods_lie_side_by_side_without_gap_or_overlap(kind, day):
    period = Period.containing(kind, day)

    assert day in period
    assert period.previous.end + timedelta(days=1) == period.start
    assert period.next.start == period.end + timedelta(days=1)
    assert period.next.previous == period.previous.next == period
    assert period.days == (period.end - period.start).days + 1
    assert (period.start - timedelta(days=1) in period, period.next.start in period) == (False, False)


@given(days)
def test_periods_are_those_of_the_calendar(day):
    week, month, quarter = (Period.containing(kind, day) for kind in (WEEKLY, MONTHLY, QUARTERLY))

    assert (week.start.isocalendar()[:2], week.start.isoweekday(), week.days) == (day.isocalendar()[:2], 1, 7)
    assert (month.start.year, month.start.month, month.start.day) == (day.year, day.month, 1)
    assert month.end.month == day.month
    assert (quarter.start.month, quarter.end.month) in {(1, 3), (4, 6), (7, 9), (10, 12)}
    assert 90 <= quarter.days <= 92


@given(kinds, days, st.integers(0, 200))
def test_the_periods_of_a_range_are_those_of_its_days(kind, first, length):
    last = min(first + timedelta(days=length), LAST_DAY)
    of_days = {Period.containing(kind, first + timedelta(days=n)) for n in range((last - first).days + 1)}

    assert list(periods(kind, first, last)) == sorted(of_days)


def test_a_range_that_ends_before_it_begins_has_none():
    assert list(periods(MONTHLY, date(2026, 1, 2), date(2026, 1, 1))) == []


def test_periods_come_by_kind_and_day():
    week, day = Period(WEEKLY, date(2026, 1, 5)), Period(DAILY, date(2026, 1, 6))

    assert sorted([week.next, week, day]) == [day, week, week.next]


@pytest.mark.parametrize(("kind", "start"), [
    (WEEKLY, "2026-01-06"), (MONTHLY, "2026-01-02"), (QUARTERLY, "2026-02-01")])
def test_a_period_begins_where_the_calendar_says(kind, start):
    with pytest.raises(ValueError, match=f"no {kind.value} period begins on {start}"):
        Period(kind, date.fromisoformat(start))


@pytest.mark.parametrize("day", [date.min, FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1), date.max])
def test_there_are_no_periods_at_the_ends_of_the_calendar(day):
    with pytest.raises(ValueError, match=f"{day} is not between"):
        Period.containing(DAILY, day)
