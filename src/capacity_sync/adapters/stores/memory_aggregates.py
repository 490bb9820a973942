"""Aggregates in memory: what the SQL store's statements are compared with."""
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar, final

from attrs import Factory, define, evolve, frozen

from capacity_sync.adapters.stores.memory_aggregation import InstanceRows, Sizes, Totals
from capacity_sync.domain.calculation import Computed, Level, Mark, Touch
from capacity_sync.domain.capacity import MIB, InstanceTotal, StoredSize
from capacity_sync.domain.growth import Comparison, DatabaseAggregate, InstanceAggregate, Ranking
from capacity_sync.domain.history import Census, Choice, Cut, Owner, Page
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.ports import AggregateRepository

Key = TypeVar("Key", bound=Hashable)
Aggregate = TypeVar("Aggregate", DatabaseAggregate, InstanceAggregate)


@define
class Aggregates:
    """By period, instance and, of databases, name."""

    databases: dict[tuple[Period, int, str], DatabaseAggregate] = Factory(dict)
    instances: dict[tuple[Period, int], InstanceAggregate] = Factory(dict)
    marks: dict[PeriodKind, Mark] = Factory(dict)

    def copy(self) -> "Aggregates":
        return Aggregates(dict(self.databases), dict(self.instances), dict(self.marks))


@final
@frozen
class MemoryAggregates(AggregateRepository):
    """`totalled`: when the total of an instance and day was last written or withdrawn."""

    owners: Mapping[int, Owner]
    first_seen: Mapping[tuple[int, str], date]
    sizes: Mapping[tuple[int, date, str], StoredSize]
    totals: Mapping[tuple[int, date], InstanceTotal]
    totalled: Mapping[tuple[int, date], datetime]
    kept: Aggregates

    def mark(self, kind: PeriodKind) -> Mark | None:
        return self.kept.marks.get(kind)

    def set_mark(self, kind: PeriodKind, mark: Mark) -> None:
        self.kept.marks[kind] = mark

    def touched(self, since: datetime) -> Sequence[Touch]:
        stamps = [(owner, day, size.collected_at) for (owner, day, _), size in self.sizes.items()]
        stamps += [(owner, day, at) for (owner, day), at in self.totalled.items()]
        return sorted(Touch(*stamp, rows) for stamp, rows in Counter(stamps).items() if stamp[2] > since)

    def measured_days(self) -> Sequence[date]:
        return sorted({day for _, day, _ in self.sizes} | {day for _, day in self.totalled})

    def compute(self, period: Period, instance_ids: Collection[int] | None, at: datetime) -> Sequence[Computed]:
        ids = [owner for owner in self.owners if instance_ids is None or owner in instance_ids]
        found = [self._rows(owner, period) for owner in ids]
        databases = [one for rows in found for one in rows.databases(at)]
        written = [_put(self.kept.databases, (period, one.owner.instance_id, one.database_name), one)
                   for one in databases]
        instances = [self._instance(rows, at) for rows in found]
        new = [_put(self.kept.instances, (period, one.owner.instance_id), one) for one in instances if one]
        measured = {one.owner.instance_id for one in databases}
        return [
            Computed(period, Level.DATABASES, sum(written), written.count(False), len(ids) - len(measured)),
            Computed(period, Level.INSTANCES, sum(new), new.count(False), instances.count(None)),
        ]

    def _instance(self, rows: InstanceRows, at: datetime) -> InstanceAggregate | None:
        owner = rows.owner.instance_id
        databases = [one for key, one in self.kept.databases.items() if key[:2] == (rows.period, owner)]
        remeasured = any(one.observed.comparison is Comparison.REMEASURED for one in databases)
        found = rows.instance(at, remeasured=remeasured)
        if found is None and any(of == owner and day in rows.period for of, day in self.totalled):
            self.kept.instances.pop((rows.period, owner), None)
        return found

    def _rows(self, owner: int, period: Period) -> InstanceRows:
        seen = {name: day for (of, name), day in self.first_seen.items() if of == owner}
        before = period.previous
        return InstanceRows(
            self.owners[owner], period, self._sizes(owner, period), self._sizes(owner, before),
            self._totals(owner, period), self._totals(owner, before), seen)

    def _sizes(self, owner: int, period: Period) -> Sizes:
        found: dict[str, list[StoredSize]] = {}
        for (of, day, name), size in sorted(self.sizes.items(), key=lambda item: item[0]):
            if of == owner and day in period:
                found.setdefault(name, []).append(size)
        return found

    def _totals(self, owner: int, period: Period) -> Totals:
        return {day: total for (of, day), total in self.totals.items() if of == owner and day in period}

    def databases(self, kind: PeriodKind, choice: Choice, cut: Cut) -> Page[DatabaseAggregate]:
        chosen = self._chosen(self.kept.databases.values(), kind, choice)
        named = [one for one in chosen if choice.database_name in (None, one.database_name)]
        return _page(sorted(named, key=_by_name), cut)

    def instances(self, kind: PeriodKind, choice: Choice, cut: Cut) -> Page[InstanceAggregate]:
        chosen = self._chosen(self.kept.instances.values(), kind, choice)
        return _page(sorted(chosen, key=lambda one: one.owner.instance_id), cut)

    def newest_period(self, kind: PeriodKind, choice: Choice) -> Period | None:
        return max((one.period for one in self.instances(kind, choice, ALL).items), default=None)

    def growers(self, period: Period, choice: Choice, ranking: Ranking, limit: int) -> Sequence[DatabaseAggregate]:
        of_period = evolve(choice, first_day=period.start, last_day=period.end)
        found = [one for one in self._chosen(self.kept.databases.values(), period.kind, of_period)
                 if choice.database_name in (None, one.database_name)]
        return sorted(found, key=lambda one: (*_rank(RANK[ranking](one), one), *_by_name(one)))[:limit]

    def census(self, period: Period, choice: Choice) -> Census:
        found = self.databases(period.kind, evolve(choice, first_day=period.start, last_day=period.start), ALL).items
        return Census(len(found), sum(one.growth is not None for one in found))

    def _chosen(self, rows: Iterable[Aggregate], kind: PeriodKind, choice: Choice) -> list[Aggregate]:
        owned = [evolve(one, owner=self.owners[one.owner.instance_id]) for one in rows if one.period.kind is kind]
        return [one for one in owned if choice.has(one.owner, _deciding_day(one.period, choice))]


ALL = Cut(2**31 - 1)
RANK: Mapping[Ranking, Callable[[DatabaseAggregate], int | Decimal | None]] = {
    Ranking.BYTES: lambda one: one.growth, Ranking.PERCENT: lambda one: one.growth_percent,
}


def _rank(figure: int | Decimal | None, one: DatabaseAggregate) -> tuple[bool, int | Decimal]:
    """Without a figure last, by size."""
    size = one.megabytes.average * MIB if one.observed.last_bytes is None else one.observed.last_bytes
    return figure is None, -(size if figure is None else figure)


def _by_name(one: DatabaseAggregate) -> tuple[int, str]:
    return one.owner.instance_id, one.database_name


def _deciding_day(period: Period, choice: Choice) -> date:
    """Chosen if any day of the period is."""
    return min(max(period.start, choice.first_day or period.start), period.end)


def _put(kept: dict[Key, Aggregate], key: Key, one: Aggregate) -> bool:
    """Whether it was not there already."""
    before = kept.get(key)
    if before is not None and evolve(before, owner=one.owner, calculated_at=one.calculated_at) == one:
        return False
    kept[key] = one
    return True


def _page(rows: list[Aggregate], cut: Cut) -> Page[Aggregate]:
    newest = sorted(rows, key=lambda one: one.period.start, reverse=True)
    return Page(newest[cut.offset:cut.offset + cut.limit], len(rows))
