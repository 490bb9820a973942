"""How long is kept, and from which day on."""
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.retention import Keep, Span

days = st.dates(date(1, 1, 1), date(2400, 12, 31))


@pytest.mark.parametrize(("text", "keep"), [
    ("90d", Keep(90, Span.DAYS)), ("13mo", Keep(13, Span.MONTHS)), (" 2y ", Keep(2, Span.YEARS)),
    ("1d", Keep(1, Span.DAYS)), ("999999999d", Keep(999_999_999, Span.DAYS)),
])
def test_days_months_and_years_are_read(text, keep):
    assert Keep.parse(text) == keep


@pytest.mark.parametrize("text", ["", "13", "mo", "0d", "-1d", "+1d", "1.5y", "013mo", "13m", "13MO", "1 d", "1d2mo",
                                  "90d\n1", "1234567890d", "\uff11d"])
def test_anything_else_is_refused_with_what_would_do(text):
    with pytest.raises(ValueError, match="such as 90d, 13mo or 2y"):
        Keep.parse(text)


def test_nothing_at_all_is_no_time_to_keep():
    with pytest.raises(ValueError, match="count"):
        Keep(0, Span.DAYS)


@pytest.mark.parametrize(("text", "today", "horizon"), [
    ("1d", date(2026, 3, 1), date(2026, 2, 28)),
    ("1mo", date(2026, 3, 31), date(2026, 2, 28)),
    ("1mo", date(2024, 3, 31), date(2024, 2, 29)),
    ("13mo", date(2026, 1, 15), date(2024, 12, 15)),
    ("12mo", date(2026, 12, 1), date(2025, 12, 1)),
    ("1y", date(2024, 2, 29), date(2023, 2, 28)),
    ("2y", date(2026, 11, 24), date(2024, 11, 24)),
    ("2025y", date(2026, 11, 24), date(1, 11, 24)),
    ("2026y", date(2026, 11, 24), date.min),
    ("999999999d", date(2026, 11, 24), date.min),
])
def test_the_horizon_is_the_first_day_that_is_kept(text, today, horizon):
    assert Keep.parse(text).horizon(today) == horizon


@given(days, st.integers(1, 3000))
def test_so_many_days_are_kept_besides_today(today, count):
    horizon = Keep(count, Span.DAYS).horizon(today)

    assert horizon == date.min or today - horizon == timedelta(days=count)


@given(days, st.integers(1, 600))
def test_months_are_counted_back_one_by_one(today, count):
    """The reference goes from the last day of one month to the last of the one before."""
    day, changes = today, 0
    while changes < count and day > date.min:
        before = day
        if day.replace(day=1) == date.min:
            break
        day -= timedelta(days=day.day)   # the last of the month before
        changes += before.month != day.month
    expected = day.replace(day=min(today.day, day.day)) if changes == count else date.min

    assert Keep(count, Span.MONTHS).horizon(today) == expected


@given(days, st.integers(1, 400))
def test_a_year_is_twelve_months(today, count):
    assert Keep(count, Span.YEARS).horizon(today) == Keep(count * 12, Span.MONTHS).horizon(today)


@given(days, st.integers(1, 500), st.sampled_from(Span))
def test_the_longer_one_keeps_the_earlier_it_begins(today, count, span):
    assert Keep(count + 1, span).horizon(today) <= Keep(count, span).horizon(today) < today or today == date.min
