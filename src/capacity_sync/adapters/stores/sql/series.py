"""Sizes along the days: a few statements for however many databases."""
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar, final

from attrs import frozen
from sqlalchemy import Column, ColumnElement, ScalarSelect, Select, func, or_, select, true, tuple_

from capacity_sync.adapters.stores.sql.capacity import SIZE, size_of
from capacity_sync.adapters.stores.sql.last_sizes import (
    active_owners,
    last_size,
    may_be_doubtful,
    newest_days,
    of,
    of_day,
    of_newest_row,
)
from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.adapters.stores.sql.tables import (
    NOT_WITHDRAWN,
    database_size_stats,
    instance_databases,
    instance_size_stats,
    instances,
)
from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.history import DatabaseKey, LastSize, Owner, Totals
from capacity_sync.ports import SeriesRepository

MOST_KEYS = 500
"""In one statement: its parameters have a bound in every store."""
Keys = Sequence[tuple[int, str]]
Some = TypeVar("Some")


@final
@frozen
class SqlSeries(SeriesRepository):
    store: Statements

    def of(self, keys: Collection[DatabaseKey], first: date, last: date) -> Mapping[DatabaseKey, Sequence[StoredSize]]:
        found: dict[DatabaseKey, list[StoredSize]] = {key: [] for key in sorted(keys)}
        for some in _chunks(_pairs(found)):
            for key, size in (*self._by_name(some, first, last), *self._by_identity(some, first, last)):
                found[key].append(size)
        return {key: sorted(rows, key=lambda size: (size.collected_date, size.database_name))
                for key, rows in found.items()}

    def _by_name(self, keys: Keys, first: date, last: date) -> Iterator[tuple[DatabaseKey, StoredSize]]:
        """Of these instances: by pairs alone SQLite finds nothing in an index."""
        c, owners = database_size_stats.c, sorted({instance_id for instance_id, _ in keys})
        of_names = _sizes(first, last).where(
            tuple_(c.instance_id, c.database_name).in_(keys), c.instance_id.in_(owners))
        for row in self.store.rows(of_names):
            yield DatabaseKey(row.instance_id, row.database_name), size_of(row)

    def _by_identity(self, keys: Keys, first: date, last: date) -> Iterator[tuple[DatabaseKey, StoredSize]]:
        """The rows of other names. An instance's days are read once: a join would read them for each database."""
        known, c = instance_databases.c, database_size_stats.c
        names: dict[tuple[int, str], list[str]] = {}
        for row in self.store.rows(select(known.instance_id, known.database_name, known.identity).where(
                tuple_(known.instance_id, known.database_name).in_(keys), known.identity.is_not(None))):
            names.setdefault((row.instance_id, row.identity), []).append(row.database_name)
        if names:
            owners, identities = (sorted(set(part)) for part in zip(*names, strict=True))
            chosen = _sizes(first, last).where(c.instance_id.in_(owners), c.identity.in_(identities))
            for row in self.store.rows(chosen):
                for name in names.get((row.instance_id, row.identity), ()):
                    if name != row.database_name:
                        yield DatabaseKey(row.instance_id, name), size_of(row)

    def newest(self, day: date, instance_ids: Collection[int] | None) -> Sequence[LastSize]:
        return self._newest(day, instance_ids)

    def doubtful(self, day: date, before: datetime, instance_ids: Collection[int] | None) -> Sequence[LastSize]:
        return [last for last in self._newest(day, instance_ids, may_be_doubtful(before)) if last.doubtful(before)]

    def _newest(self, day: date, instance_ids: Collection[int] | None,
                *conditions: ColumnElement[bool]) -> list[LastSize]:
        """*conditions* of rows. Without a row on its instance's newest day a database may have an older one."""
        found = {last.key: last for query in self._of_newest_day(day, instance_ids)
                 for last in self._last(query.where(*conditions))}
        for some in _chunks(_pairs(key for key, last in found.items() if last.size is None)):
            found |= {last.key: last for last in self._last(of_newest_row(day, some))}
        return [found[key] for key in sorted(found)]

    def _of_newest_day(self, day: date, instance_ids: Collection[int] | None) -> Iterator[Select[Any]]:
        ids: dict[date | None, list[int]] = {}
        for row in self.store.rows(newest_days(day, instance_ids)):
            ids.setdefault(row.day, []).append(row.id)
        return (of_day(its, some) for its, all_ in ids.items() for some in _chunks(all_))

    def _last(self, query: Select[Any]) -> Iterator[LastSize]:
        return map(last_size, self.store.rows(query))

    def active_owners(self, instance_ids: Collection[int] | None) -> Sequence[Owner]:
        return [Owner(row.id, row.name, row.db_type) for row in self.store.rows(active_owners(instance_ids))]

    def totals(self, instance_ids: Collection[int], first: date, last: date) -> Mapping[int, Totals]:
        found: dict[int, dict[date, int]] = {one: {} for one in instance_ids}
        newest = dict[int, tuple[date, int, int]]()
        for some in _chunks(sorted(found)):
            rows: Sequence[Any] = self.store.rows(_totals(some, first, last))
            for owner, day, size, measured, expected in rows:
                if measured == expected and size is not None:
                    found[owner][day] = size
                if owner not in newest or newest[owner][0] < day:
                    newest[owner] = day, measured, expected
        return {owner: Totals(whole, newest[owner][1:] if owner in newest else None) for owner, whole in found.items()}

    def risen(self, first: date, last: date, least: int, instance_ids: Collection[int] | None) -> Collection[int]:
        c = database_size_stats.c
        rose = (_rise(column, first, last) >= least for column in (c.database_name, c.identity))
        query = select(instances.c.id).where(or_(*rose), *of(instances.c.id, instance_ids))
        return {row.id for row in self.store.rows(query)}


def _pairs(keys: Iterable[DatabaseKey]) -> Keys:
    return [(key.instance_id, key.name) for key in keys]


def _chunks(keys: Sequence[Some]) -> Iterator[Sequence[Some]]:
    for n in range(0, len(keys), MOST_KEYS):
        yield keys[n:n + MOST_KEYS]


def _sizes(first: date, last: date) -> Select[Any]:
    c = database_size_stats.c
    return select(*SIZE, c.instance_id).where(c.collected_date.between(first, last))


def _totals(instance_ids: Sequence[int], first: date, last: date) -> Select[Any]:
    """A row of the old service does not say how many were measured or expected: those that were counted."""
    c = instance_size_stats.c
    counts = (func.coalesce(count, c.database_count) for count in (c.measured_count, c.expected_count))
    return select(c.instance_id, c.collected_date, c.total_size_bytes, *counts).where(
        c.instance_id.in_(instance_ids), c.collected_date.between(first, last), NOT_WITHDRAWN)


def _rise(column: Column[Any], first: date, last: date) -> ScalarSelect[Any]:
    """The largest of an instance's databases.

    A value of the instance, grouped by an expression, so that the rows are looked up in the index of instances and
    days: a planner that may join or follow the index of names reads all the history for a few days of it.
    """
    c, name = database_size_stats.c, func.coalesce(column, "")
    rise = func.max(c.size_bytes) - func.min(c.size_bytes)
    return select(rise).where(
        c.instance_id == instances.c.id, c.collected_date.between(first, last), c.size_bytes.is_not(None),
        column.is_not(None) if column.nullable else true(),
    ).group_by(name).order_by(rise.desc()).limit(1).correlate(instances).scalar_subquery()
