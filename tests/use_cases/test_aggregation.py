"""Which periods are computed, and when."""
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve, field, mutable

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.domain.calculation import LONGEST_RUN, Level
from capacity_sync.domain.capacity import InstanceTotal, StoredSize
from capacity_sync.domain.growth import Comparison
from capacity_sync.domain.history import Choice, Cut
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.stamp import Stamp
from capacity_sync.use_cases.aggregation import Aggregation
from capacity_sync.use_cases.history import HistoryReader

DAILY, WEEKLY, MONTHLY, QUARTERLY = PeriodKind
MONDAY = date(2026, 3, 2)
TOMORROW = MONDAY + timedelta(days=1)


@mutable
class Clock:
    at: datetime = datetime(2026, 3, 2, 4, tzinfo=UTC)
    zone: tzinfo = UTC

    def stamp(self):
        return Stamp.of(self.at, self.zone)

    def monotonic(self):
        raise AssertionError("nothing is timed here")


@mutable
class Fleet:
    """Two instances with one database each; sizes are written with the stamp of the clock, or an older one."""

    store: InMemoryUnitOfWork = field(factory=InMemoryUnitOfWork)
    clock: Clock = field(factory=Clock)
    ids: dict = field(factory=dict)

    def __attrs_post_init__(self):
        with self.store as work:
            self.ids = dict(work.instances.register([Instance(name, "scripted") for name in "ab"], self.clock.at))
            work.commit()

    @property
    def aggregation(self):
        return Aggregation(lambda: self.store, self.clock)

    def measure(self, name, day, size_mb=1, at=None):
        at = at or self.clock.at
        with self.store as work:
            work.sizes.save(self.ids[name], [StoredSize("shop", day, at, size_mb, size_bytes=size_mb * 2**20)])
            work.sizes.save_total(self.ids[name], InstanceTotal(size_mb, size_mb * 2**20, 1, 1), Stamp(at, day))
            work.commit()

    def pass_time(self, **how_long):
        self.clock.at += timedelta(**how_long)

    def due(self, *kinds):
        """(kind, start, written, right already) of the databases' level."""
        report = self.aggregation.due(kinds or tuple(PeriodKind))
        return [(one.period.kind, one.period.start, one.computed, one.unchanged) for one in report.computed
                if one.level is Level.DATABASES]

    def all(self, kind):
        with self.store as work:
            return work.aggregates.databases(kind, Choice(), Cut(999)).items


@pytest.fixture
def fleet():
    return Fleet()


def test_the_first_time_everything_is_computed(fleet):
    for n in range(3):
        fleet.measure("a", date(2025, 12, 31) + timedelta(days=n), at=fleet.clock.at - timedelta(days=90 - n))

    assert fleet.due() == [
        (DAILY, date(2025, 12, 31), 1, 0), (DAILY, date(2026, 1, 1), 1, 0), (DAILY, date(2026, 1, 2), 1, 0),
        (WEEKLY, date(2025, 12, 29), 1, 0), (MONTHLY, date(2025, 12, 1), 1, 0), (MONTHLY, date(2026, 1, 1), 1, 0),
        (QUARTERLY, date(2025, 10, 1), 1, 0), (QUARTERLY, date(2026, 1, 1), 1, 0)]


@pytest.mark.parametrize("age", [timedelta(0), timedelta(hours=30), LONGEST_RUN, timedelta(days=90)])
def test_nothing_is_done_when_nothing_was_touched(fleet, age):
    fleet.measure("a", MONDAY, at=fleet.clock.at - age)
    fleet.due()
    before = fleet.all(DAILY)

    for how_long in (timedelta(0), timedelta(days=1), timedelta(days=100)):
        fleet.clock.at += how_long
        assert fleet.due() == []
    assert fleet.all(DAILY) == before


def test_an_empty_store_has_nothing_due(fleet):
    assert fleet.due() == []
    fleet.measure("a", MONDAY)
    assert len(fleet.due()) == 4


def test_a_new_day_computes_its_periods_for_the_instances_that_were_measured(fleet):
    fleet.measure("a", MONDAY)
    fleet.measure("b", MONDAY)
    fleet.due()
    fleet.pass_time(days=3)
    fleet.measure("a", TOMORROW, 2)

    assert fleet.due() == [
        (DAILY, TOMORROW, 1, 0), (WEEKLY, MONDAY, 1, 0), (MONTHLY, date(2026, 3, 1), 1, 0),
        (QUARTERLY, date(2026, 1, 1), 1, 0)]
    assert [one.change.amount for one in fleet.all(DAILY)] == [1, 0, 0]


def test_a_correction_reaches_the_change_of_the_next_period(fleet):
    for n, size in enumerate((10, 20, 30)):
        fleet.measure("a", MONDAY + timedelta(days=n), size)
    fleet.pass_time(days=2)
    fleet.due()
    fleet.pass_time(days=30)
    fleet.measure("a", MONDAY, 15)

    assert fleet.due(DAILY) == [(DAILY, MONDAY, 1, 0), (DAILY, TOMORROW, 1, 0)]
    assert [one.change.amount for one in fleet.all(DAILY)] == [10, 5, 0]


def test_rows_that_a_long_run_commits_late_are_found(fleet):
    """They carry the stamp of the run's beginning, older than what is aggregated already."""
    began = fleet.clock.at
    fleet.pass_time(hours=20)
    fleet.measure("a", MONDAY)
    fleet.due()
    fleet.measure("b", MONDAY, at=began)

    assert fleet.due(DAILY) == [(DAILY, MONDAY, 1, 1)]
    assert fleet.due(DAILY) == []


def test_a_row_replaced_by_one_with_an_older_stamp_is_found(fleet):
    fleet.measure("a", MONDAY, 1)
    fleet.measure("b", MONDAY, 1)
    fleet.due()
    fleet.measure("a", MONDAY, 2, at=fleet.clock.at - timedelta(hours=1))

    assert fleet.due(DAILY) == [(DAILY, MONDAY, 1, 1)]


def test_a_stamp_from_the_future_hides_nothing(fleet):
    fleet.measure("a", MONDAY, at=fleet.clock.at + timedelta(days=5000))
    fleet.due()
    fleet.pass_time(days=1)
    fleet.measure("b", TOMORROW)

    assert fleet.due(DAILY) == [(DAILY, MONDAY, 0, 1), (DAILY, TOMORROW, 1, 0)]
    assert fleet.due() != []
    assert fleet.due() == []


def test_a_day_that_began_further_east_is_computed(fleet):
    fleet.due()
    fleet.measure("a", TOMORROW)

    assert fleet.due(DAILY) == [(DAILY, TOMORROW, 1, 0)]


def test_kinds_are_due_on_their_own(fleet):
    fleet.measure("a", MONDAY)
    fleet.due(MONTHLY)

    assert fleet.due(MONTHLY) == []
    assert [row[0] for row in fleet.due()] == [DAILY, WEEKLY, QUARTERLY]


def test_days_outside_the_calendar_of_periods_are_passed_over(fleet):
    fleet.measure("a", date(9999, 12, 31))
    fleet.measure("a", MONDAY)

    assert fleet.due(DAILY) == [(DAILY, MONDAY, 1, 0)]


def test_a_range_is_computed_touched_or_not(fleet):
    for n in range(3):
        fleet.measure("a", MONDAY + timedelta(days=n))
    fleet.due()

    report = fleet.aggregation.between([WEEKLY, DAILY], TOMORROW, TOMORROW + timedelta(days=9))
    assert [(one.period, one.level, one.computed, one.unchanged, one.skipped) for one in report.computed] == [
        (Period(kind, start), level, 0, 1, 1) for kind, start in (
            (DAILY, TOMORROW), (DAILY, TOMORROW + timedelta(days=1)), (WEEKLY, MONDAY))
        for level in Level]
    assert fleet.due() == []


def test_a_range_ends_today_unless_told(fleet):
    for n in range(3):
        fleet.measure("a", MONDAY + timedelta(days=n - 1))

    assert [one.period.start for one in fleet.aggregation.between([DAILY], MONDAY).computed] == [MONDAY] * 2
    assert [one.period.start for one in fleet.aggregation.between([DAILY], TOMORROW).computed] == [TOMORROW] * 2


def test_a_range_does_not_count_as_caught_up(fleet):
    fleet.measure("a", MONDAY)
    fleet.aggregation.between([DAILY], MONDAY, MONDAY)

    assert fleet.due(DAILY) == [(DAILY, MONDAY, 0, 1)]


def test_a_range_out_of_the_calendar_is_refused(fleet):
    with pytest.raises(ValueError, match="is not between"):
        fleet.aggregation.between([DAILY], date.min, MONDAY)


def test_the_current_periods_are_those_of_today(fleet):
    fleet.measure("a", MONDAY)
    fleet.measure("a", MONDAY - timedelta(days=1))

    report = fleet.aggregation.current()
    assert (report.calculated_at, {one.period for one in report.computed}) == (
        fleet.clock.at, {Period.containing(kind, MONDAY) for kind in PeriodKind})
    assert {one.period.kind for one in fleet.aggregation.current([WEEKLY]).computed} == {WEEKLY}


def test_aggregates_are_read_as_pages(fleet):
    fleet.measure("a", MONDAY)
    fleet.measure("b", MONDAY)
    fleet.due()
    reader = HistoryReader(lambda: fleet.store)

    for read in (reader.database_aggregates, reader.instance_aggregates):
        page = read(WEEKLY, Choice(last_day=MONDAY), Cut(1))
        assert (page.total, [one.owner.name for one in page.items]) == (2, ["a"])
        assert read(WEEKLY, Choice(last_day=MONDAY - timedelta(days=1)), Cut(1)).total == 0


@pytest.mark.parametrize(("zone", "day"), [
    ("UTC", date(2026, 12, 31)), ("Asia/Shanghai", date(2027, 1, 1)), ("America/New_York", date(2026, 12, 31))])
def test_the_zone_decides_which_day_and_year_it_is(fleet, zone, day):
    fleet.clock.at, fleet.clock.zone = datetime(2026, 12, 31, 20, tzinfo=UTC), ZoneInfo(zone)
    fleet.measure("a", fleet.clock.stamp().day)

    assert fleet.due() == [(kind, Period.containing(kind, day).start, 1, 0) for kind in PeriodKind]
    assert {one.period for one in fleet.aggregation.current().computed} == {
        Period.containing(kind, day) for kind in PeriodKind}


def test_an_instance_whose_totals_were_withdrawn_has_no_aggregate_any_more(fleet):
    fleet.measure("a", MONDAY)
    fleet.due()
    fleet.pass_time(minutes=1)
    with fleet.store as work:
        work.sizes.save_total(fleet.ids["a"], None, fleet.clock.stamp())
        work.commit()
    fleet.due()

    with fleet.store as work:
        assert work.aggregates.instances(MONTHLY, Choice(), Cut(9)).total == 0


def test_whatever_the_order_of_arrival_the_aggregates_are_those_of_a_rebuild(fleet):
    """Backwards, with a correction, aggregated after each step."""
    for n in (40, 3, 2, 100, 1, 40):
        fleet.pass_time(days=1)
        fleet.measure("a", MONDAY - timedelta(days=n), 200 - n + fleet.clock.at.day)
        fleet.due()
    rebuilt = evolve(fleet)
    rebuilt.store = InMemoryUnitOfWork()
    rebuilt.__attrs_post_init__()
    with fleet.store as work:
        rows = work.history.sizes(Choice(), Cut(99)).items
    for row in rows:
        rebuilt.measure("a", row.size.collected_date, row.size.size_mb)
    rebuilt.due()

    for kind in PeriodKind:
        one, other = ([evolve(row, calculated_at=fleet.clock.at) for row in some.all(kind)]
                      for some in (fleet, rebuilt))
        assert one == other
    assert {row.observed.comparison for row in fleet.all(MONTHLY)} == {Comparison.COMPARED, Comparison.NO_PREVIOUS}
