"""One reading of the clock."""
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing import strategies


@given(strategies.instants, st.timezones(), st.timezones())
def test_the_day_is_the_calendar_day_of_the_zone_and_the_instant_is_utc(at, zone, read_in):
    stamp = Stamp.of(at.astimezone(read_in), zone)

    assert stamp.at == at
    assert stamp.at.tzinfo is UTC
    assert stamp.day == at.astimezone(zone).date()


@pytest.mark.parametrize(("zone", "day"), [("UTC", 1), ("Asia/Shanghai", 2), ("America/New_York", 1)])
def test_a_day_by_example(zone, day):
    assert Stamp.of(datetime(2026, 3, 1, 16, tzinfo=UTC), ZoneInfo(zone)).day == date(2026, 3, day)


def test_a_time_without_its_zone_is_no_instant():
    with pytest.raises(ValueError, match=r"^a stamp needs a time with its zone$"):
        Stamp.of(datetime(2026, 3, 1), UTC)  # noqa: DTZ001 - the point of the test


def test_the_same_instant_in_another_zone_is_the_same_stamp():
    east = timezone(timedelta(hours=8))

    assert Stamp(datetime(2026, 3, 1, 11, tzinfo=east), date(2026, 3, 1)) == Stamp(
        datetime(2026, 3, 1, 3, tzinfo=UTC), date(2026, 3, 1))


@given(strategies.stamps, strategies.stamps)
def test_stamps_are_ordered_by_instant(one, other):
    assert (one < other) == ((one.at, one.day) < (other.at, other.day))
