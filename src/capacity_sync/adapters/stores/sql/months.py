"""The months of partitioned tables: each is made before the first row that needs it."""
from collections.abc import Iterable
from datetime import date
from itertools import product
from threading import Lock
from weakref import WeakKeyDictionary

from attrs import Factory, define
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from capacity_sync.adapters.stores.sql.altering import altered
from capacity_sync.adapters.stores.sql.partitions import Layout, Partition, layout
from capacity_sync.adapters.stores.sql.refusals import refusing
from capacity_sync.adapters.stores.sql.tables import database_size_stats, instance_size_stats
from capacity_sync.domain.outcomes import StoreFailed, StoreInterrupted, StoreRefused

TABLES = (database_size_stats.name, instance_size_stats.name)
_CREATE = "CREATE TABLE %(part)s (LIKE %(whole)s INCLUDING DEFAULTS INCLUDING GENERATED INCLUDING CONSTRAINTS)"
_HAND_OVER = "ALTER TABLE %(part)s OWNER TO %(owner)s"
"""To who owns the table: whoever alters the whole of it must own every part."""
_ATTACH = "ALTER TABLE %(whole)s ATTACH PARTITION %(part)s FOR VALUES FROM ('%(first)s') TO ('%(end)s')"


@define
class _Seen:
    """What this process knows of one database. A month that is there stays, as far as rows are still written to it."""

    whole: set[str] = Factory(set)
    days: set[tuple[str, date]] = Factory(set)
    turn: Lock = Factory(Lock)


_seen: WeakKeyDictionary[Engine, _Seen] = WeakKeyDictionary()


def make_room(connection: Connection, days: Iterable[date]) -> None:
    """Give rows of *days* a partition, where the tables have partitions; in a transaction beside *connection*'s.

    In both tables before anything is written to one: what *connection* has locked by then may be in the way.
    Raises: StoreRefused: this login may not, or a table is locked for too long.
    """
    if connection.dialect.name != "postgresql":
        return
    seen = _seen.setdefault(connection.engine, _Seen())
    for day, table in product(sorted(set(days)), TABLES):
        if table not in seen.whole and (table, day) not in seen.days:
            _look(connection, table, day, seen)


def _look(connection: Connection, table: str, day: date, seen: _Seen) -> None:
    found = layout(connection, table)
    if found is None:
        seen.whole.add(table)
        return
    if not found.has_room(day):
        with seen.turn:
            _make(connection.engine, found, day)
    seen.days.add((table, day))


def _make(engine: Engine, found: Layout, day: date) -> None:
    """Not with a connection of the pool: threads that hold them all may wait here."""
    beside = Engine(engine.pool.recreate(), engine.dialect, engine.url)
    try:
        with refusing(engine.url):
            altered(beside, lambda connection: _attach(connection, found.table, day))
    except StoreInterrupted:
        raise
    except StoreFailed as error:
        gap = found.gap(day)
        raise StoreRefused(
            f"{error}; {found.table} has no partition for {day}, and whoever owns it ({found.owner}) can make one: "
            f"CREATE TABLE {gap.name} PARTITION OF {found.table} FOR VALUES FROM ('{gap.first}') TO ('{gap.end}')"
        ) from error
    finally:
        beside.dispose()


def _attach(connection: Connection, table: str, day: date) -> None:
    """Unless another process is faster: one of ours, or the host's own."""
    found = layout(connection, table)
    if found is None or found.has_room(day):
        return
    try:
        with connection.begin_nested():
            _create(connection, found, found.gap(day))
    except DBAPIError:
        now = layout(connection, table)
        if now is None or not now.has_room(day):
            raise


def _create(connection: Connection, found: Layout, gap: Partition) -> None:
    """Made first and then attached: that lets others read and write, unlike CREATE ... PARTITION OF."""
    quote = connection.dialect.identifier_preparer.quote
    schema = quote(found.schema)
    names = {"whole": f"{schema}.{quote(found.table)}", "part": f"{schema}.{quote(gap.name)}",
             "owner": quote(found.owner), "first": gap.first, "end": gap.end}
    for statement in (_CREATE, _HAND_OVER, _ATTACH):
        connection.exec_driver_sql(statement % names)
