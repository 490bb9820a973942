"""The tables `database_size_aggregations` and `instance_size_aggregations`."""
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, final

from attrs import frozen
from sqlalchemy import ColumnElement, Select, Table, and_, case, func, select, union

from capacity_sync.adapters.stores.sql.aggregate_rows import database_of, instance_of
from capacity_sync.adapters.stores.sql.aggregating import MOST_IDS, aggregating
from capacity_sync.adapters.stores.sql.ordering import by_code_point
from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.adapters.stores.sql.tables import (
    capacity_sync_store,
    database_size_aggregations,
    database_size_stats,
    instance_size_aggregations,
    instance_size_stats,
    instances,
)
from capacity_sync.adapters.stores.sql.upsert import Upsert
from capacity_sync.domain.calculation import Computed, Mark, Touch
from capacity_sync.domain.capacity import MIB
from capacity_sync.domain.growth import Comparison, DatabaseAggregate, InstanceAggregate, Ranking
from capacity_sync.domain.history import Census, Choice, Cut, Page
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.ports import AggregateRepository

MARK = Upsert(capacity_sync_store, key=("key",), update=("value",))
MARKED = "aggregated {}"
"""The key of a mark: its stamp and its prints, with blanks between them."""
Condition = ColumnElement[bool]
ROW = database_size_aggregations.c
COMPARED = ROW.comparison == Comparison.COMPARED.value
FROM_NOTHING = and_(ROW.size_change_percent == 0, ROW.avg_size_mb <= ROW.size_change_mb)
RANKS: Mapping[Ranking, tuple[Condition, ColumnElement[Any]]] = {
    Ranking.BYTES: (COMPARED, func.coalesce(ROW.size_change_bytes, ROW.size_change_mb * MIB)),
    Ranking.PERCENT: (and_(COMPARED, ~FROM_NOTHING), ROW.size_change_percent),
}
"""When a figure is known, and which."""
SIZE = func.coalesce(ROW.last_size_bytes, ROW.avg_size_mb * MIB)


@final
@frozen
class SqlAggregates(AggregateRepository):
    store: Statements

    @property
    def _dialect(self) -> str:
        return self.store.connection.dialect.name

    def mark(self, kind: PeriodKind) -> Mark | None:
        c = capacity_sync_store.c
        noted = self.store.scalar(select(c.value).where(c.key == MARKED.format(kind.value)))
        if noted is None:
            return None
        at, fingerprint, ahead = str(noted).split()
        return Mark(datetime.fromisoformat(at), fingerprint, ahead)

    def set_mark(self, kind: PeriodKind, mark: Mark) -> None:
        self.store.upsert(MARK, [{"key": MARKED.format(kind.value),
                                  "value": f"{mark.at.isoformat()} {mark.fingerprint} {mark.ahead}"}])

    def touched(self, since: datetime) -> Sequence[Touch]:
        """Grouped by the time first: else SQLite reads the whole history, in the order of another index."""
        found = Counter[tuple[int, date, datetime]]()
        for table in (database_size_stats, instance_size_stats):
            c = table.c
            written = select(c.instance_id, c.collected_date, c.updated_at, func.count().label("rows_")).where(
                c.updated_at > since).group_by(c.updated_at, c.instance_id, c.collected_date)
            for row in self.store.rows(written):
                found[row.instance_id, row.collected_date, row.updated_at] += row.rows_
        return sorted(Touch(*touched, rows) for touched, rows in found.items())

    def measured_days(self) -> Sequence[date]:
        days = union(*(select(table.c.collected_date) for table in (database_size_stats, instance_size_stats)))
        found = days.subquery()
        return [row.collected_date for row in self.store.rows(select(found).order_by(found.c.collected_date))]

    def compute(self, period: Period, instance_ids: Collection[int] | None, at: datetime) -> Sequence[Computed]:
        some = instance_ids is not None and len(instance_ids) <= MOST_IDS
        self.store.expect_long_ones()
        return aggregating(self._dialect, some).run(self.store, period, instance_ids if some else None, at)

    def databases(self, kind: PeriodKind, choice: Choice, cut: Cut) -> Page[DatabaseAggregate]:
        table = database_size_aggregations
        chosen = [*_chosen(table, kind, choice), *_named(choice)]
        rows, count = self._page(table, chosen, cut, by_code_point(self._dialect, table.c.database_name))
        return Page(map(database_of, rows), count)

    def instances(self, kind: PeriodKind, choice: Choice, cut: Cut) -> Page[InstanceAggregate]:
        rows, count = self._page(instance_size_aggregations, _chosen(instance_size_aggregations, kind, choice), cut)
        return Page(map(instance_of, rows), count)

    def newest_period(self, kind: PeriodKind, choice: Choice) -> Period | None:
        table = instance_size_aggregations
        starts = _owned(table).where(*_chosen(table, kind, choice)).with_only_columns(table.c.period_start)
        newest = self.store.scalar(starts.order_by(table.c.period_start.desc()).limit(1))
        return None if newest is None else Period(kind, newest)

    def growers(self, period: Period, choice: Choice, ranking: Ranking, limit: int) -> Sequence[DatabaseAggregate]:
        table, (known, figure) = database_size_aggregations, RANKS[ranking]
        chosen = [*_of(table, period), *_of_owners(table, choice), *_named(choice)]
        ranked = _owned(table).where(*chosen).order_by(
            case((known, 0), else_=1), case((known, figure), else_=SIZE).desc(), ROW.instance_id,
            by_code_point(self._dialect, ROW.database_name))
        return [database_of(row) for row in self.store.rows(ranked.limit(limit))]

    def census(self, period: Period, choice: Choice) -> Census:
        table = database_size_aggregations
        known = func.count(case((COMPARED, 1)))
        chosen = _owned(table).where(*_of(table, period), *_of_owners(table, choice), *_named(choice))
        counts: list[ColumnElement[Any]] = [func.count().label("databases"), known.label("comparable")]
        row = self.store.rows(chosen.with_only_columns(*counts))[0]
        return Census(row.databases, row.comparable)

    def _page(self, table: Table, chosen: list[Condition], cut: Cut,
              *order: ColumnElement[Any]) -> tuple[Sequence[Any], int]:
        owned = _owned(table).where(*chosen)
        newest_first = owned.order_by(table.c.period_start.desc(), table.c.instance_id, *order)
        count = self.store.scalar(owned.with_only_columns(func.count()))
        return self.store.rows(newest_first.limit(cut.limit).offset(cut.offset)), int(count)


def _owned(table: Table) -> Select[Any]:
    return select(table, instances.c.name.label("owner"), instances.c.db_type).select_from(
        table.join(instances, instances.c.id == table.c.instance_id))


def _of(table: Table, period: Period) -> list[Condition]:
    return [table.c.period_type == period.kind.value, table.c.period_start == period.start]


def _chosen(table: Table, kind: PeriodKind, choice: Choice) -> list[Condition]:
    conditions = [table.c.period_type == kind.value, *_of_owners(table, choice)]
    if choice.first_day is not None:
        conditions.append(table.c.period_end >= choice.first_day)
    if choice.last_day is not None:
        conditions.append(table.c.period_start <= choice.last_day)
    return conditions


def _of_owners(table: Table, choice: Choice) -> list[Condition]:
    conditions = list[Condition]()
    if choice.instance_ids:
        conditions.append(table.c.instance_id.in_(sorted(choice.instance_ids)))
    if choice.engines:
        conditions.append(instances.c.db_type.in_(sorted(choice.engines)))
    return conditions


def _named(choice: Choice) -> list[Condition]:
    name = choice.database_name
    return [] if name is None else [database_size_aggregations.c.database_name == name]
