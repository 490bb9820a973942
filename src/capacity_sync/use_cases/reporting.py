"""What grew in a period, how far that is known, and until when it fits. Reads only."""
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from attrs import evolve, field, frozen

from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.forecast import forecast
from capacity_sync.domain.growth import DatabaseAggregate, InstanceAggregate, Ranking
from capacity_sync.domain.history import Choice, Cut, DatabaseKey, Totals
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.report import (
    UNKNOWN,
    Grouping,
    Growth,
    Report,
    ReportLine,
    Subject,
    added_up,
    fastest_first,
    growth_of,
    measured,
    rank,
    together,
)
from capacity_sync.domain.series import Point
from capacity_sync.domain.volume import Volume
from capacity_sync.ports import UnitOfWork
from capacity_sync.use_cases import histories
from capacity_sync.use_cases.histories import HISTORY_DAYS, Days
from capacity_sync.use_cases.run import transaction
from capacity_sync.use_cases.volumes import instances_of, volumes_of

NO_BOUND = 2**31 - 1


@frozen
class Question:
    """What is asked for. `day` None: the newest period that was aggregated; else the one that contains it.

    `instances` None: all. `limits` in bytes, `tags` and `volumes` are by the instance's name: the store has none.
    `history_days`: how far back the points of a line go.
    """

    today: date
    grouping: Grouping = Grouping.DATABASE
    kind: PeriodKind = PeriodKind.WEEKLY
    day: date | None = None
    top: int = 20
    instances: frozenset[str] | None = None
    engine: str | None = None
    limits: Mapping[str, int] = field(factory=dict)
    tags: Mapping[str, Mapping[str, str]] = field(factory=dict)
    volumes: tuple[Volume, ...] = field(default=(), converter=tuple[Volume, ...])
    history_days: int = HISTORY_DAYS

    def of_volumes(self, work: UnitOfWork) -> "Question":
        """The same about the volumes of the chosen instances, and all that lies on them."""
        found = volumes_of(work, self.volumes, self.instances, self.engine)
        return evolve(self, volumes=found, instances=instances_of(found), engine=None)


@frozen
class GrowthReporter:
    unit_of_work: Callable[[], UnitOfWork]

    def report(self, question: Question) -> Report:
        with transaction(self.unit_of_work, commit=False) as work:
            if question.grouping is Grouping.VOLUME:
                question = question.of_volumes(work)
            ids = chosen_ids(work, question.instances)
            if ids is not None and not ids:
                return Report(None, question.today)
            choice = Choice(instance_ids=ids or (), engines=[question.engine] if question.engine else ())
            period = _period(work, question, choice)
            if period is None:
                return Report(None, question.today)
            day = question.today if question.day is None else min(period.end, question.today)
            reading = _Reading(work, question, choice, period, Days(day, question.history_days))
            return reading.report()


def chosen_ids(work: UnitOfWork, names: frozenset[str] | None) -> frozenset[int] | None:
    """The ids of those *names* that the store has; None: no restriction."""
    return None if names is None else frozenset(id_ for name, id_ in work.instances.ids().items() if name in names)


def _period(work: UnitOfWork, question: Question, choice: Choice) -> Period | None:
    """The newest one is looked for among the instances, which are fewer than the databases."""
    if question.day is not None:
        return Period.containing(question.kind, question.day)
    return work.aggregates.newest_period(question.kind, choice)


@frozen
class _Reading:
    work: UnitOfWork
    question: Question
    choice: Choice
    period: Period
    days: Days

    @property
    def _of_period(self) -> Choice:
        return evolve(self.choice, first_day=self.period.start, last_day=self.period.start)

    def report(self) -> Report:
        if self.question.grouping is Grouping.DATABASE:
            census = self.work.aggregates.census(self.period, self.choice)
            unknown = census.databases - census.comparable
            return Report(self.period, self.days.last, self._databases(), census.databases, unknown)
        rows = self.work.aggregates.instances(self.period.kind, self._of_period, Cut(NO_BOUND)).items
        if self.question.grouping is Grouping.INSTANCE:
            return Report(self.period, self.days.last, self._instances(rows), len(rows))
        groups = fastest_first(self._groups(rows))
        return Report(self.period, self.days.last, groups[:self.question.top], len(groups))

    def _databases(self) -> Iterator[ReportLine]:
        rows = self.work.aggregates.growers(self.period, self.choice, Ranking.BYTES, self.question.top)
        keys = [DatabaseKey(row.owner.instance_id, row.database_name) for row in rows]
        found = histories.databases(self.work, keys, self.days)
        for row, key in zip(rows, keys, strict=True):
            subject = Subject(row.owner.name, row.owner.engine, row.database_name)
            limit = _newest_limit(found[key], row)
            yield self._line(subject, growth_of(row, self.question.today), histories.points_of(found[key]), limit)

    def _instances(self, rows: Iterable[InstanceAggregate]) -> Iterator[ReportLine]:
        ranked = sorted(rows, key=lambda row: (*rank(growth_of(row, self.question.today)), row.owner.name))
        top = ranked[:self.question.top]
        found = histories.instances(self.work, [row.owner.instance_id for row in top], self.days)
        for row in top:
            totals = found[row.owner.instance_id]
            limit = self.question.limits.get(row.owner.name)
            yield self._line(Subject(row.owner.name, row.owner.engine), self._growth(row, totals),
                             histories.points_of_totals(totals), limit)

    def _groups(self, rows: Sequence[InstanceAggregate]) -> Iterator[ReportLine]:
        by_name = {row.owner.name: row for row in rows}
        ids: Mapping[str, int] = {row.owner.name: row.owner.instance_id for row in rows}
        if self.question.grouping is Grouping.VOLUME:
            ids = self.work.instances.ids(self.question.instances)
        found = histories.instances(self.work, ids.values(), self.days)
        totals = {name: found[id_] for name, id_ in ids.items()}
        for (subject, limit), names in self._members(rows).items():
            growth = together([self._growth(by_name.get(name), totals.get(name, Totals())) for name in names])
            sizes = added_up([totals[name].whole if name in totals else {} for name in names])
            yield self._line(subject, growth, sizes, limit)

    def _members(self, rows: Iterable[InstanceAggregate]) -> Mapping[tuple[Subject, int | None], Collection[str]]:
        """The groups with their limits, and their instances' names: of a volume those without a row too."""
        if self.question.grouping is Grouping.VOLUME:
            return {(Subject(volume=one.name), one.limit): one.instances for one in self.question.volumes}
        groups: dict[tuple[Subject, int | None], list[str]] = {}
        for row in rows:
            for subject in self._subjects(row):
                groups.setdefault((subject, None), []).append(row.owner.name)
        return groups

    def _subjects(self, row: InstanceAggregate) -> list[Subject]:
        """An instance is in one engine's group, and in that of each of its tags."""
        if self.question.grouping is Grouping.ENGINE:
            return [Subject(engine=row.owner.engine)]
        tags = self.question.tags.get(row.owner.name, {})
        return [Subject(tag=f"{key}={value}") for key, value in tags.items()] or [Subject()]

    def _growth(self, row: InstanceAggregate | None, totals: Totals) -> Growth:
        if row is None:
            return UNKNOWN
        return measured(growth_of(row, self.question.today), totals.databases)

    def _line(self, subject: Subject, growth: Growth, points: Sequence[Point], limit: int | None) -> ReportLine:
        first = self.days.last - timedelta(HISTORY_DAYS - 1)
        return ReportLine(subject, growth, points,
                          forecast((p for p in points if p.day >= first), limit, self.days.last), limit)


def _newest_limit(rows: Sequence[StoredSize], of: DatabaseAggregate) -> int | None:
    """The bound of the data files as last measured under this name."""
    return next((row.max_bytes for row in reversed(rows) if row.database_name == of.database_name), None)
