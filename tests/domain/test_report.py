"""Growth as it is told."""
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from capacity_sync.domain.capacity import MIB
from capacity_sync.domain.forecast import Evidence, Refusal, Refused
from capacity_sync.domain.growth import (
    Change,
    Comparison,
    DatabaseAggregate,
    InstanceAggregate,
    Observed,
    Spread,
    Trend,
)
from capacity_sync.domain.history import Owner
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.report import (
    UNKNOWN,
    Coverage,
    Growth,
    Report,
    ReportLine,
    Subject,
    added_up,
    fastest_first,
    growth_of,
    measured,
    together,
)
from capacity_sync.domain.series import Point

DAY = date(2026, 3, 29)
WEEK = Period.containing(PeriodKind.WEEKLY, DAY)
AT = datetime(2026, 3, 30, tzinfo=UTC)
OWNER = Owner(1, "orders", "scripted")
SEVEN = Observed(Spread(100, 110, 90), 90, 110, 20, Comparison.COMPARED, 7, 7)
SHOP = DatabaseAggregate(OWNER, "shop", WEEK, Spread(5, 5, 5), 7, Change(1, Decimal("25.00")), AT, observed=SEVEN)
ORDERS = InstanceAggregate(OWNER, WEEK, Spread(5, 5, 5), Spread(2, 2, 2), 7, Change(1, Decimal("25.00")), Change(),
                           Trend.GROWING, AT, SEVEN)
GROWTH = Growth(100, 110, 20, Decimal("25.00"), Comparison.COMPARED, Coverage(7, 7), False)


class TestOneRow:
    @pytest.mark.parametrize("row", [SHOP, ORDERS])
    def test_all_that_is_known(self, row):
        assert growth_of(row, DAY) == GROWTH

    def test_percent_are_of_exact_bytes(self):
        """A database of less than a megabyte grows, too."""
        small = evolve(SHOP, megabytes=Spread(0, 0, 0), change=Change())

        assert growth_of(small, DAY).percent == Decimal("25.00")
        assert growth_of(evolve(small, observed=evolve(SEVEN, change_bytes=100)), DAY).percent is None
        assert growth_of(evolve(small, observed=evolve(SEVEN, comparison=Comparison.RECREATED)), DAY).percent is None

    def test_the_old_service_knew_megabytes(self):
        assert growth_of(evolve(SHOP, observed=Observed()), DAY) == Growth(
            5 * MIB, None, None, None, None, Coverage(), False)

    @pytest.mark.parametrize(("today", "partial"), [(DAY - timedelta(1), False), (DAY, True)])
    def test_a_day_is_missing_once_it_has_come(self, today, partial):
        assert growth_of(evolve(SHOP, observed=evolve(SEVEN, days_observed=6)), today).partial is partial

    def test_an_instance_is_partial_when_databases_were_missing(self):
        row = evolve(ORDERS, observed=evolve(SEVEN, days_observed=6, days_expected=6))

        assert growth_of(row, DAY).partial
        assert not growth_of(evolve(row, data_count=6), DAY).partial

    @pytest.mark.parametrize(("databases", "partial"), [(None, False), ((3, 3), False), ((2, 3), True)])
    def test_the_databases_of_the_last_day(self, databases, partial):
        found = measured(GROWTH, databases)

        assert found.partial is partial
        assert (found.coverage.measured, found.coverage.expected) == (databases or (None, None))
        assert measured(evolve(GROWTH, partial=True), (3, 3)).partial


class TestGroups:
    def test_all_members_have_all(self):
        one = measured(GROWTH, (2, 2))

        assert together([one, one]) == Growth(
            200, 220, 40, Decimal("25.00"), None, Coverage(7, 7, 4, 4, 2, 2), False)

    def test_what_is_not_known_of_a_member_is_not_known_of_the_group(self):
        new = evolve(GROWTH, last=None, change=None, percent=None, coverage=Coverage())

        assert together([GROWTH, new]) == Growth(
            200, None, 20, Decimal("25.00"), None, Coverage(compared=1, instances=2), True)

    def test_nothing_known_is_no_zero(self):
        assert together([evolve(GROWTH, change=None)]) == Growth(
            100, 110, None, None, None, Coverage(7, 7, compared=0, instances=1), True)

    def test_a_member_without_a_row_makes_no_sum_smaller(self):
        assert together([GROWTH, UNKNOWN]) == Growth(
            None, None, 20, Decimal("25.00"), None, Coverage(compared=1, instances=2), True)

    def test_from_nothing_has_no_percentage(self):
        assert together([evolve(GROWTH, average=20)]).percent is None

    def test_the_worst_member_tells_the_days(self):
        late = evolve(GROWTH, coverage=Coverage(3, 5), partial=True)

        assert together([GROWTH, late, evolve(GROWTH, coverage=Coverage(4, 5))]).coverage.days_observed == 3
        assert together([GROWTH, late]).partial

    def test_percent_is_rounded_half_up(self):
        assert together([Growth(1_001, 0, 1, None, None, Coverage(), False)]).percent == Decimal("0.10")
        assert together([Growth(80_005, 0, 5, None, None, Coverage(), False)]).percent == Decimal("0.01")

    def test_days_that_all_have_are_added_up(self):
        one, two = {DAY: 5, DAY - timedelta(1): 4}, {DAY: 10, DAY - timedelta(2): 9}

        assert added_up([one, two]) == (Point(DAY, 15),)
        assert [p.bytes for p in added_up([one])] == [4, 5]
        assert added_up([]) == ()


def test_the_fastest_first_and_what_is_not_known_last_by_size():
    def line(name, change, last=110, average=100):
        return ReportLine(Subject(name), evolve(GROWTH, change=change, last=last, average=average), (),
                          Refused(Refusal.NO_LIMIT, Evidence(0, 0, None)))

    unknown = [line("unknown small", None, 7, 999), line("unknown", None, None, 30), line("unknown large", None, 99)]
    lines = [*unknown, line("shrunk", -5), line("b", 7), line("a", 7), line("fast", 9), line("same", 0)]
    assert [one.subject.instance for one in fastest_first(lines)] == [
        "fast", "a", "b", "same", "shrunk", "unknown large", "unknown", "unknown small"]


def test_a_report_of_nothing():
    assert Report(None, DAY) == Report(None, DAY, (), 0, 0)
