"""Sizes along the days: a few statements for however many databases."""
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, final

from attrs import frozen
from sqlalchemy import Column, ColumnElement, FromClause, Row, Select, and_, func, select, true, tuple_

from capacity_sync.adapters.stores.sql.capacity import SIZE, size_of
from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.adapters.stores.sql.tables import database_size_stats, instance_databases, instances
from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.history import DatabaseKey, LastSize, Owner
from capacity_sync.ports import SeriesRepository

MOST_KEYS = 500
"""In one statement: its parameters have a bound in every store."""
Keys = Sequence[tuple[int, str]]


@final
@frozen
class SqlSeries(SeriesRepository):
    store: Statements

    def of(self, keys: Collection[DatabaseKey], first: date, last: date) -> Mapping[DatabaseKey, Sequence[StoredSize]]:
        found: dict[DatabaseKey, list[StoredSize]] = {key: [] for key in sorted(keys)}
        for some in _chunks([(key.instance_id, key.name) for key in found]):
            for query in (_by_name(some, first, last), _by_identity(some, first, last)):
                for row in self.store.rows(query):
                    found[DatabaseKey(row.instance_id, row.key_name)].append(size_of(row))
        return {key: sorted(rows, key=lambda size: (size.collected_date, size.database_name))
                for key, rows in found.items()}

    def newest(self, day: date, instance_ids: Collection[int] | None) -> Sequence[LastSize]:
        found = [_last_size(row) for row in self.store.rows(_newest(day, instance_ids))]
        return sorted(found, key=lambda last: last.key)

    def risen(self, first: date, last: date, least: int, instance_ids: Collection[int] | None) -> Collection[int]:
        table = database_size_stats
        return {row.instance_id for column in (table.c.database_name, table.c.identity)
                for row in self.store.rows(_risen(column, first, last, least, instance_ids))}


def _chunks(keys: Keys) -> Iterator[Keys]:
    for n in range(0, len(keys), MOST_KEYS):
        yield keys[n:n + MOST_KEYS]


def _by_name(keys: Keys, first: date, last: date) -> Select[Any]:
    c = database_size_stats.c
    return select(*SIZE, c.instance_id, c.database_name.label("key_name")).where(
        tuple_(c.instance_id, c.database_name).in_(keys), c.collected_date.between(first, last))


def _by_identity(keys: Keys, first: date, last: date) -> Select[Any]:
    """The rows of other names: what a database was called before."""
    sizes, known = database_size_stats.c, instance_databases.c
    same = and_(known.instance_id == sizes.instance_id, known.identity == sizes.identity,
                known.database_name != sizes.database_name)
    return select(*SIZE, sizes.instance_id, known.database_name.label("key_name")).join_from(
        instance_databases, database_size_stats, same).where(
        tuple_(known.instance_id, known.database_name).in_(keys), sizes.collected_date.between(first, last))


def _newest(day: date, instance_ids: Collection[int] | None) -> Select[Any]:
    known, sizes, earlier = instance_databases, database_size_stats, database_size_stats.alias("earlier")
    last = select(func.max(earlier.c.collected_date)).where(
        _same_database(earlier, known), earlier.c.collected_date <= day).correlate(known).scalar_subquery()
    joined = known.join(instances, instances.c.id == known.c.instance_id).outerjoin(
        sizes, and_(_same_database(sizes, known), sizes.c.collected_date == last))
    return select(
        *SIZE, instances.c.id.label("owner_id"), instances.c.name.label("owner"), instances.c.db_type,
        known.c.database_name.label("key_name"), known.c.first_seen_date,
    ).select_from(joined).where(
        known.c.is_active == true(), instances.c.is_active == true(), *_of(known.c.instance_id, instance_ids))


def _same_database(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(one.c.instance_id == other.c.instance_id, one.c.database_name == other.c.database_name)


def _of(column: Column[Any], instance_ids: Collection[int] | None) -> list[ColumnElement[bool]]:
    return [] if instance_ids is None else [column.in_(sorted(instance_ids))]


def _last_size(row: Row[Any]) -> LastSize:
    size = None if row.collected_date is None else size_of(row)
    return LastSize(Owner(row.owner_id, row.owner, row.db_type), row.key_name, row.first_seen_date, size)


def _risen(column: Column[Any], first: date, last: date, least: int,
           instance_ids: Collection[int] | None) -> Select[Any]:
    """By instance, which the index of days begins with: else all the history would be read for a few days of it."""
    c, owners = database_size_stats.c, select(instances.c.id).where(*_of(instances.c.id, instance_ids))
    return select(c.instance_id).where(
        column.is_not(None), c.collected_date.between(first, last), c.instance_id.in_(owners),
    ).group_by(c.instance_id, column).having(func.max(c.size_bytes) - func.min(c.size_bytes) >= least)
