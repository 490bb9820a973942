"""The active databases with their newest sizes.

Most have a row on the newest day of their instance, and most instances share that day: all its rows are read at once.
What has none is looked up database by database.
"""
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    exists,
    or_,
    select,
    true,
    tuple_,
)

from capacity_sync.adapters.stores.sql.capacity import SIZE, size_of
from capacity_sync.adapters.stores.sql.tables import database_size_stats, instance_databases, instances
from capacity_sync.domain.history import LastSize, Owner

known, sizes, earlier = instance_databases, database_size_stats, database_size_stats.alias("earlier")
ACTIVE = (known.c.is_active == true(), instances.c.is_active == true())


def newest_days(day: date, instance_ids: Collection[int] | None) -> Select[Any]:
    """Each active instance's newest day up to *day*."""
    newest = _newest(day, earlier.c.instance_id == instances.c.id).correlate(instances)
    return select(instances.c.id, newest.scalar_subquery().label("day")).where(
        instances.c.is_active == true(), *of(instances.c.id, instance_ids))


def of_day(day: date | None, instance_ids: Sequence[int]) -> Select[Any]:
    """With the row of that day, if there is one."""
    return _with_row(sizes.c.collected_date == day, sizes.c.instance_id.in_(instance_ids)).where(
        *ACTIVE, known.c.instance_id.in_(instance_ids))


def of_newest_row(day: date, keys: Sequence[tuple[int, str]]) -> Select[Any]:
    """Of some databases, each with the newest row of its own."""
    newest = _newest(day, _same_database(earlier, known)).correlate(known)
    return _with_row(sizes.c.collected_date == newest.scalar_subquery()).where(
        *ACTIVE, tuple_(known.c.instance_id, known.c.database_name).in_(keys))


def _newest(day: date, condition: ColumnElement[bool]) -> Select[Any]:
    """The first from behind, which every store takes from an index; MariaDB reads all days to find their maximum."""
    return select(earlier.c.collected_date).where(condition, earlier.c.collected_date <= day).order_by(
        earlier.c.collected_date.desc()).limit(1)


def _with_row(*conditions: ColumnElement[bool]) -> Select[Any]:
    joined = known.join(instances, instances.c.id == known.c.instance_id).outerjoin(
        sizes, and_(_same_database(sizes, known), *conditions))
    return select(
        *SIZE, instances.c.id.label("owner_id"), instances.c.name.label("owner"), instances.c.db_type,
        known.c.database_name.label("key_name"), known.c.first_seen_date,
    ).select_from(joined)


def _same_database(one: FromClause, other: FromClause) -> ColumnElement[bool]:
    return and_(one.c.instance_id == other.c.instance_id, one.c.database_name == other.c.database_name)


def may_be_doubtful(before: datetime) -> ColumnElement[bool]:
    """`LastSize.doubtful`, without a sum that overflows; a database without a row may have an earlier one."""
    half_full = sizes.c.size_bytes >= sizes.c.max_size_bytes - sizes.c.size_bytes
    return or_(sizes.c.id.is_(None), sizes.c.collected_at <= before, half_full)


def active_owners(instance_ids: Collection[int] | None) -> Select[Any]:
    has_databases = exists().where(known.c.instance_id == instances.c.id, known.c.is_active == true())
    return select(instances.c.id, instances.c.name, instances.c.db_type).where(
        instances.c.is_active == true(), has_databases, *of(instances.c.id, instance_ids)).order_by(instances.c.id)


def of(column: Column[Any], instance_ids: Collection[int] | None) -> list[ColumnElement[bool]]:
    return [] if instance_ids is None else [column.in_(sorted(instance_ids))]


def last_size(row: Row[Any]) -> LastSize:
    size = None if row.collected_date is None else size_of(row)
    return LastSize(Owner(row.owner_id, row.owner, row.db_type), row.key_name, row.first_seen_date, size)
