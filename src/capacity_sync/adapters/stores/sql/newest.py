"""The rows of each instance's newest day, in one statement over all instances."""
from typing import Any

from sqlalchemy import FromClause, Select, Table, and_, func, select, true

from capacity_sync.adapters.stores.sql.capacity import SIZE
from capacity_sync.adapters.stores.sql.tables import (
    NOT_WITHDRAWN,
    database_size_stats,
    instance_databases,
    instance_size_stats,
    instances,
)


def newest_sizes() -> Select[Any]:
    """The columns of a size, then of its owner; of active databases only."""
    table, known = database_size_stats, instance_databases
    newest = _newest(table)
    is_active = and_(known.c.instance_id == table.c.instance_id, known.c.database_name == table.c.database_name,
                     known.c.is_active == true())
    joined = newest.join(table, _of_that_day(newest, table)).join(known, is_active)
    return select(*SIZE, newest.c.owner_id, newest.c.owner, newest.c.db_type).select_from(joined)


def newest_totals() -> Select[Any]:
    table = instance_size_stats
    newest = _newest(table)
    joined = newest.join(table, and_(_of_that_day(newest, table), NOT_WITHDRAWN))
    return select(table, newest.c.owner_id, newest.c.owner, newest.c.db_type).select_from(joined)


def _newest(table: Table) -> FromClause:
    """Each active instance and the newest day it has in *table*.

    The day is looked up by instance, in an index: to group by it would read the whole history.
    """
    day = select(func.max(table.c.collected_date)).where(table.c.instance_id == instances.c.id)
    if table is instance_size_stats:
        day = day.where(NOT_WITHDRAWN)
    return select(instances.c.id.label("owner_id"), instances.c.name.label("owner"), instances.c.db_type,
                  day.scalar_subquery().label("day")).where(instances.c.is_active == true()).subquery("newest")


def _of_that_day(newest: FromClause, table: Table) -> Any:
    return and_(table.c.instance_id == newest.c.owner_id, table.c.collected_date == newest.c.day)
