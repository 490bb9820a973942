"""What grew, how far that is known, and until when it fits."""
from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from capacity_sync.domain.capacity import MIB
from capacity_sync.domain.forecast import Full, Refusal
from capacity_sync.domain.growth import Comparison
from capacity_sync.domain.periods import PeriodKind
from capacity_sync.domain.report import Coverage, Grouping, Report, Subject
from capacity_sync.domain.volume import Volume
from capacity_sync.use_cases.reporting import GrowthReporter, Question
from tests.use_cases.ledger import TODAY, Ledger

WEEK_BEFORE = date(2026, 3, 29)
"""A Sunday: TODAY is a Tuesday, so that the week before is the last whole one."""


@pytest.fixture
def ledger():
    return Ledger()


def ask(ledger, **question):
    return GrowthReporter(ledger.unit_of_work).report(Question(TODAY, **question))


def changes(report):
    return [(line.subject.instance, line.subject.database, line.growth.change) for line in report.lines]


def growing(ledger, instance, name, per_day, first=1_000, days=20, **more):
    ledger.sizes(instance, name, *(first + per_day * n for n in range(days)), **more)


class TestByDatabase:
    def test_the_largest_growth_first_and_no_more_than_asked_for(self, ledger):
        growing(ledger, "orders", "shop", 10)
        growing(ledger, "orders", "audit", 30, first=90_000)
        growing(ledger, "billing", "shop", 20)
        ledger.aggregate()

        report = ask(ledger, day=WEEK_BEFORE, top=2)
        assert changes(report) == [("orders", "audit", 210 * MIB), ("billing", "shop", 140 * MIB)]
        assert (report.of, report.period.start, report.day) == (3, date(2026, 3, 23), WEEK_BEFORE)

    def test_the_newest_period_unless_a_day_is_named(self, ledger):
        growing(ledger, "orders", "shop", 10)
        ledger.aggregate()

        newest = ask(ledger)
        assert (newest.period.start, newest.day) == (date(2026, 3, 30), TODAY)
        assert newest.lines[0].growth.coverage == Coverage(2, 7)
        assert not newest.lines[0].growth.partial
        assert ask(ledger, day=TODAY) == newest

    def test_a_day_that_is_missing_makes_it_partial(self, ledger):
        ledger.sizes("orders", "shop", *[10] * 12, None, *[10] * 7)
        ledger.aggregate()

        [line] = ask(ledger, day=WEEK_BEFORE).lines
        assert (line.growth.coverage, line.growth.partial) == (Coverage(6, 7), True)

    def test_a_database_counts_once_whatever_kinds_of_periods_there_are(self, ledger):
        """Known defect 11 of the old service: once per period type."""
        growing(ledger, "orders", "shop", 10)
        for kind in PeriodKind:
            ledger.aggregate(kind)

        for kind in PeriodKind:
            report = ask(ledger, kind=kind, day=WEEK_BEFORE)
            assert (report.of, report.unknown) == (1, kind in (PeriodKind.MONTHLY, PeriodKind.QUARTERLY))
            assert len(report.lines) == 1
        assert ask(ledger, day=WEEK_BEFORE).lines[0].growth.percent == Decimal("6.54")

    def test_two_instances_may_have_a_database_of_one_name(self, ledger):
        """Known defect 12: their series ran into one another."""
        growing(ledger, "orders", "shop", 10)
        growing(ledger, "billing", "shop", 20, first=5)
        ledger.aggregate()

        billing, orders = ask(ledger, day=WEEK_BEFORE).lines
        assert (billing.subject, orders.subject) == (
            Subject("billing", "scripted", "shop"), Subject("orders", "scripted", "shop"))
        assert [len(line.points) for line in (billing, orders)] == [18, 18]
        assert billing.points[0].bytes == 5 * MIB

    def test_the_forecast_runs_against_the_newest_bound_of_the_files(self, ledger):
        growing(ledger, "orders", "shop", 10, max_bytes=1_500 * MIB)
        growing(ledger, "orders", "free", 5)
        ledger.aggregate()

        shop, free = ask(ledger).lines
        assert (shop.limit, shop.forecast.days, shop.forecast.evidence.points) == (1_500 * MIB, 31, 20)
        assert (free.limit, free.forecast.why) == (None, Refusal.NO_LIMIT)

    def test_it_is_the_bound_under_the_present_name(self, ledger):
        """Measured in the morning, enlarged, renamed, and measured again."""
        growing(ledger, "orders", "z", 10, identity="7", max_bytes=5_000 * MIB)
        growing(ledger, "orders", "new", 10, days=9, last=TODAY - timedelta(1), identity="7", max_bytes=1)
        growing(ledger, "orders", "new", 10, days=1, identity="7", max_bytes=9_000 * MIB)
        ledger.aggregate()

        assert {line.subject.database: line.limit for line in ask(ledger).lines}["new"] == 9_000 * MIB

    def test_a_rename_joins_and_a_recreation_does_not(self, ledger):
        growing(ledger, "orders", "old", 10, days=15, last=TODAY - timedelta(5), identity="7")
        ledger.sizes("orders", "new", 1_150, 1_160, 1_170, 1_180, 1_190, identity="7", max_bytes=2_000 * MIB)
        growing(ledger, "orders", "twice", 10, days=30, last=TODAY - timedelta(3), identity="8")
        ledger.sizes("orders", "twice", 5, 6, 7, identity="9")
        ledger.aggregate(days=40)

        lines = {line.subject.database: line for line in ask(ledger).lines}
        assert lines["new"].forecast.evidence.points == 20
        assert isinstance(lines["new"].forecast, Full)
        assert lines["new"].growth.why is Comparison.COMPARED
        assert (lines["twice"].growth.change, lines["twice"].growth.why) == (None, Comparison.RECREATED)
        assert (ask(ledger).of, ask(ledger).unknown) == (2, 1)

    def test_in_a_first_period_every_size_is_told_and_no_growth(self, ledger):
        ledger.sizes("orders", "shop", 700, 800)
        ledger.sizes("orders", "audit", 900, 850)
        ledger.aggregate()

        report = ask(ledger)
        assert [(line.subject.database, line.growth.last) for line in report.lines] == [
            ("audit", 850 * MIB), ("shop", 800 * MIB)]
        assert {(line.growth.change, line.growth.percent, line.growth.why) for line in report.lines} == {
            (None, None, Comparison.NO_PREVIOUS)}
        assert (report.of, report.unknown) == (2, 2)

    def test_unknown_growth_comes_after_all_that_is_known(self, ledger):
        ledger.sizes("orders", "born", 9_000)
        growing(ledger, "orders", "shrinks", -10)
        growing(ledger, "orders", "grows", 10)
        ledger.aggregate()

        assert changes(ask(ledger))[-1] == ("orders", "born", None)
        assert [line.subject.database for line in ask(ledger, top=2).lines] == ["grows", "shrinks"]

    def test_a_forecast_looks_back_ninety_days_however_many_are_read(self, ledger):
        growing(ledger, "orders", "shop", 10, days=120, max_bytes=9_000 * MIB)
        ledger.aggregate()

        [line] = ask(ledger, history_days=100).lines
        assert (len(line.points), line.forecast.evidence.points) == (100, 90)

    def test_what_the_old_service_wrote_is_no_point(self, ledger):
        growing(ledger, "orders", "shop", 10)
        ledger.sizes("orders", "shop", 5, last=TODAY - timedelta(20), size_bytes=None)
        ledger.aggregate()

        assert len(ask(ledger).lines[0].points) == 20


class TestChoice:
    @pytest.fixture
    def three(self, ledger):
        ledger.instance("billing", "other")
        for name in ("orders", "stock"):
            growing(ledger, name, "shop", 10)
        growing(ledger, "billing", "shop", 20)
        ledger.aggregate()
        return ledger

    @pytest.mark.parametrize(("question", "expected"), [
        ({}, ["billing", "orders", "stock"]), ({"instances": frozenset({"orders"})}, ["orders"]),
        ({"engine": "other"}, ["billing"]), ({"engine": "none"}, []),
        ({"instances": frozenset({"orders"}), "engine": "other"}, []), ({"instances": frozenset()}, []),
        ({"instances": frozenset({"stranger"})}, []),
    ])
    @pytest.mark.parametrize("grouping", [Grouping.DATABASE, Grouping.INSTANCE])
    def test_instances_and_engines(self, three, grouping, question, expected):
        report = ask(three, grouping=grouping, **question)

        assert sorted(line.subject.instance for line in report.lines) == expected
        assert report.of == len(expected)

    def test_nothing_was_aggregated(self, ledger):
        ledger.instance("orders")

        assert ask(ledger) == Report(None, TODAY)
        assert ask(ledger, instances=frozenset()) == Report(None, TODAY)


class TestByInstance:
    def test_the_limit_stands_in_the_fleet_file(self, ledger):
        growing(ledger, "orders", "shop", 10)
        growing(ledger, "orders", "audit", 10)
        growing(ledger, "billing", "shop", 5)
        ledger.aggregate()

        orders, billing = ask(ledger, grouping=Grouping.INSTANCE, limits={"orders": 3_000 * MIB}).lines
        assert (orders.subject, orders.growth.last, orders.limit) == (
            Subject("orders", "scripted"), 2_380 * MIB, 3_000 * MIB)
        assert (orders.forecast.days, billing.forecast.why) == (31, Refusal.NO_LIMIT)
        assert (orders.growth.coverage.measured, orders.growth.coverage.expected) == (2, 2)
        assert len(ask(ledger, grouping=Grouping.INSTANCE, top=1).lines) == 1

    @pytest.mark.parametrize("grouping", [Grouping.INSTANCE, Grouping.TAG])
    def test_where_no_growth_is_known_size_decides(self, ledger, grouping):
        for name, *sizes in (("a", 900, 1), ("b", 5, 50), ("c", 40, 40)):
            ledger.sizes(name, "db", *sizes)
        growing(ledger, "d", "db", -10)
        ledger.aggregate()

        report = ask(ledger, grouping=grouping, tags={name: {"of": name} for name in "abcd"})
        assert [line.subject.instance or line.subject.tag[-1] for line in report.lines] == ["d", "b", "c", "a"]

    def test_a_day_that_lacks_a_database_is_partial_and_no_shrinkage(self, ledger):
        growing(ledger, "orders", "shop", 10)
        ledger.sizes("orders", "audit", *[500] * 19, None)
        ledger.aggregate()

        [line] = ask(ledger, grouping=Grouping.INSTANCE).lines
        assert (line.growth.coverage.measured, line.growth.coverage.expected, line.growth.partial) == (1, 2, True)
        assert max(point.day for point in line.points) == TODAY - timedelta(1)
        assert line.growth.why is Comparison.COMPARED

    def test_without_totals_of_late_nothing_is_known_of_its_databases(self, ledger):
        growing(ledger, "orders", "shop", 10, last=TODAY - timedelta(100))
        ledger.aggregate(days=130)

        [line] = ask(ledger, grouping=Grouping.INSTANCE).lines
        assert (line.growth.coverage.measured, line.points, line.forecast.evidence.points) == (None, (), 0)


TAGS = {"orders": {"team": "shop", "tier": "1"}, "billing": {"team": "shop"}}


class TestGroups:
    @pytest.fixture
    def fleet(self, ledger):
        for name, per_day in (("orders", 10), ("billing", 20), ("stock", 5)):
            growing(ledger, name, "db", per_day)
        ledger.aggregate()
        return ledger

    def test_by_engine(self, fleet):
        [line] = ask(fleet, grouping=Grouping.ENGINE, day=WEEK_BEFORE).lines

        assert line.subject == Subject(engine="scripted")
        assert line.growth.change == (70 + 140 + 35) * MIB
        assert line.growth.coverage == Coverage(7, 7, 3, 3, 3, 3)
        assert line.forecast.why is Refusal.NO_LIMIT
        assert line.points[0].bytes == 3_000 * MIB

    def test_an_instance_counts_for_each_of_its_tags(self, fleet):
        report = ask(fleet, grouping=Grouping.TAG, day=WEEK_BEFORE, tags=TAGS)

        assert [(line.subject.tag, line.growth.change) for line in report.lines] == [
            ("team=shop", 210 * MIB), ("tier=1", 70 * MIB), (None, 35 * MIB)]
        assert (report.of, len(ask(fleet, grouping=Grouping.TAG, top=1, tags=TAGS).lines)) == (3, 1)

    def test_a_day_without_one_of_them_is_a_gap(self, fleet):
        fleet.sizes("late", "db", *[100] * 3)
        fleet.aggregate()

        [line] = ask(fleet, grouping=Grouping.ENGINE).lines
        assert [point.day for point in line.points] == [TODAY - timedelta(n) for n in (2, 1, 0)]
        assert (line.growth.coverage.compared, line.growth.coverage.instances, line.growth.partial) == (4, 4, False)


SAN = Volume("san1", 8_000 * MIB, {"orders", "billing"})
DISK = Volume("disk", 9_000 * MIB, {"stock"})


class TestByVolume:
    @pytest.fixture
    def fleet(self, ledger):
        ledger.instance("billing", "other")
        for name, per_day in (("orders", 10), ("billing", 20), ("stock", 5), ("elsewhere", 90)):
            growing(ledger, name, "db", per_day)
        ledger.aggregate()
        return ledger

    def ask(self, ledger, *volumes, **question):
        return ask(ledger, grouping=Grouping.VOLUME, volumes=volumes, **question)

    def test_its_instances_together_against_its_size(self, fleet):
        report = self.ask(fleet, DISK, SAN, Volume("empty", 1, ()))
        san, disk = report.lines

        assert (san.subject, san.limit, disk.subject) == (
            Subject(volume="san1"), 8_000 * MIB, Subject(volume="disk"))
        assert (san.growth.last, disk.growth.last) == (2_570 * MIB, 1_095 * MIB)
        assert (san.forecast.days, san.forecast.evidence.points) == (181, 20)
        assert san.growth.coverage == Coverage(2, 7, 2, 2, 2, 2)
        assert not san.growth.partial
        assert (report.of, len(self.ask(fleet, DISK, SAN, top=1).lines)) == (2, 1)

    def test_a_day_that_lacks_an_instance_is_a_gap(self, fleet):
        fleet.sizes("late", "db", *[100] * 8, None)
        fleet.sizes("late", "second", *[100] * 9)
        fleet.aggregate()

        [line] = self.ask(fleet, Volume("san1", 8_000 * MIB, {"orders", "late"})).lines
        assert [point.day for point in line.points] == [TODAY - timedelta(n) for n in range(8, 0, -1)]
        assert line.points[-1].bytes == (1_180 + 200) * MIB
        assert (line.growth.coverage.measured, line.growth.coverage.expected, line.growth.partial) == (2, 3, True)

    def test_an_instance_without_a_total_makes_it_no_smaller(self, fleet):
        fleet.instance("unmeasured")

        for stranger in ("unmeasured", "never synced"):
            [line] = self.ask(fleet, Volume("san1", 8_000 * MIB, {"orders", stranger})).lines
            assert (line.growth.last, line.growth.average, line.points) == (None, None, ())
            assert (line.growth.change, line.growth.partial) == (45 * MIB, True)
            assert line.growth.coverage == Coverage(compared=1, instances=2)
            assert (line.limit, line.forecast.why) == (8_000 * MIB, Refusal.INSUFFICIENT_DATA)

    def test_one_that_has_no_row_in_the_newest_period_still_has_its_days(self, fleet):
        fleet.sizes("dozing", "db", *range(100, 110), last=TODAY - timedelta(2))
        fleet.aggregate()

        [line] = self.ask(fleet, Volume("san1", 8_000 * MIB, {"orders", "dozing"})).lines
        assert (len(line.points), line.points[-1]) == (10, evolve(line.points[-1], bytes=(1_170 + 109) * MIB))
        assert (line.growth.last, line.forecast.evidence.last_day) == (None, TODAY - timedelta(2))
        assert isinstance(line.forecast, Full)

    @pytest.mark.parametrize(("question", "expected"), [
        ({"instances": frozenset({"orders"})}, ["san1"]), ({"engine": "other"}, ["san1"]),
        ({"engine": "scripted"}, ["disk", "san1"]), ({"instances": frozenset({"stock"}), "engine": "other"}, []),
        ({"instances": frozenset({"elsewhere"})}, []), ({"engine": "none"}, []),
    ])
    def test_the_volumes_of_the_chosen_instances_stay_whole(self, fleet, question, expected):
        found = {line.subject.volume: line.growth.last for line in self.ask(fleet, SAN, DISK, **question).lines}

        assert sorted(found) == expected
        assert found.get("san1", 2_570 * MIB) == 2_570 * MIB

    def test_without_volumes_there_is_none(self, fleet):
        assert self.ask(fleet) == Report(None, TODAY)
