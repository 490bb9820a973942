"""What a horizon leaves behind: counted, dropped with whole partitions, deleted in batches."""
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, final

from attrs import frozen
from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, select, true

from capacity_sync.adapters.stores.sql.partitions import Layout, dropped, layout
from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.adapters.stores.sql.tables import (
    NOT_WITHDRAWN,
    capacity_sync_runs,
    database_size_stats,
    instance_databases,
    instance_size_stats,
    instances,
    metadata,
)
from capacity_sync.domain.retention import Kind
from capacity_sync.ports import RetentionRepository

sizes, totals, runs, databases = database_size_stats, instance_size_stats, capacity_sync_runs, instance_databases
KEYS: Mapping[Kind, ColumnElement[Any]] = {
    Kind.SIZES: sizes.c.id, Kind.TOTALS: totals.c.id, Kind.RUNS: runs.c.run_id}


def last_sizes(end: date, instance_id: int | None = None, first: date = date.min) -> Select[Any]:
    """Of the active databases that have no size since *end*: whose, and the day of the last, if not before *first*."""
    newer = sizes.alias("newer")
    of_one = [] if instance_id is None else [databases.c.instance_id == instance_id]
    return select(sizes.c.instance_id, sizes.c.database_name, func.max(sizes.c.collected_date).label("day")).join(
        databases, and_(databases.c.instance_id == sizes.c.instance_id,
                        databases.c.database_name == sizes.c.database_name),
    ).where(
        databases.c.is_active == true(), sizes.c.collected_date < end, sizes.c.collected_date >= first, *of_one,
        ~exists().where(newer.c.instance_id == databases.c.instance_id,
                        newer.c.database_name == databases.c.database_name, newer.c.collected_date >= end),
    ).group_by(sizes.c.instance_id, sizes.c.database_name)


def last_totals(end: date, instance_id: int | None = None, first: date = date.min) -> Select[Any]:
    """Of the active instances that have no total since *end*: whose, and the day of the last, if not before *first*."""
    of_one = [] if instance_id is None else [totals.c.instance_id == instance_id]
    return select(totals.c.instance_id, func.max(totals.c.collected_date).label("day")).join(
        instances, instances.c.id == totals.c.instance_id,
    ).where(instances.c.is_active == true(), NOT_WITHDRAWN, totals.c.collected_date >= first, *of_one).group_by(
        totals.c.instance_id).having(func.max(totals.c.collected_date) < end)


LAST = {Kind.SIZES: last_sizes, Kind.TOTALS: last_totals}


def doomed(kind: Kind, horizon: date, instance_id: int | None = None) -> Select[Any]:
    """The key and the day of every row that is to go."""
    if kind is Kind.RUNS:
        newest = select(runs.c.run_id).order_by(runs.c.started_at.desc(), runs.c.run_id.desc()).limit(1)
        return select(runs.c.run_id.label("key"), runs.c.collected_date).where(
            runs.c.collected_date < horizon, runs.c.run_id != newest.scalar_subquery())
    table = sizes if kind is Kind.SIZES else totals
    kept = LAST[kind](horizon, instance_id).subquery("kept")
    same = [kept.c.instance_id == table.c.instance_id, kept.c.day == table.c.collected_date]
    same += [kept.c.database_name == sizes.c.database_name] if kind is Kind.SIZES else [NOT_WITHDRAWN]
    of_one = [] if instance_id is None else [table.c.instance_id == instance_id]
    return select(table.c.id.label("key"), table.c.collected_date).select_from(
        table.outerjoin(kept, and_(*same))).where(table.c.collected_date < horizon, kept.c.day.is_(None), *of_one)


@final
@frozen
class SqlRetention(RetentionRepository):
    store: Statements

    def count(self, kind: Kind, horizon: date) -> int:
        rows = doomed(kind, horizon).subquery()
        return int(self.store.scalar(select(func.count()).select_from(rows)))

    def partitions(self, kind: Kind, horizon: date) -> Sequence[str]:
        found = self._layout(kind)
        ended = [] if found is None else [part for part in found.partitions if part.end <= horizon]
        if found is None or not ended or not self._may_drop(found):
            return ()
        kept = {row.day for row in self.store.rows(LAST[kind](horizon))}
        return [part.name for part in ended if not any(part.has(day) for day in kept)]

    def drop(self, kind: Kind, partition: str, horizon: date) -> int:
        found = self._layout(kind)
        named = [] if found is None else [part for part in found.partitions if part.name == partition]
        if found is None or not named or named[0].end > horizon:
            return 0
        if self.store.rows(LAST[kind](named[0].end, first=named[0].first).limit(1)):
            return 0
        return dropped(self.store.connection, found, partition)

    def owners(self, kind: Kind, horizon: date) -> Sequence[int]:
        if kind is Kind.RUNS:
            return ()
        table = metadata.tables[kind.value]
        found = self.store.rows(select(table.c.instance_id).where(table.c.collected_date < horizon).distinct())
        return sorted(row.instance_id for row in found)

    def delete(self, kind: Kind, horizon: date, limit: int, instance_id: int | None = None) -> int:
        """By keys that were read before: MySQL deletes nothing from a table that a subquery reads."""
        table, key = metadata.tables[kind.value], KEYS[kind]
        found = self.store.rows(doomed(kind, horizon, instance_id).order_by(
            table.c.collected_date, key).limit(limit))
        if found:
            days = [row.collected_date for row in found]
            self.store.run(delete(table).where(
                key.in_([row.key for row in found]), table.c.collected_date.between(min(days), max(days))))
        return len(found)

    def _layout(self, kind: Kind) -> Layout | None:
        ours = self.store.connection.dialect.name == "postgresql"
        return layout(self.store.connection, kind.value) if ours else None

    def _may_drop(self, found: Layout) -> bool:
        return bool(self.store.scalar(select(func.pg_has_role(found.owner, "USAGE"))))
