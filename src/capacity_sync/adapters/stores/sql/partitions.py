"""Tables of a host that are partitioned by day, as PostgreSQL's catalog shows them."""
import re
from collections.abc import Iterable
from datetime import date, timedelta

from attrs import field, frozen
from sqlalchemy import Connection, MetaData, Table, Text, and_, cast, column, func, select, table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.schema import DropTable

from capacity_sync.adapters.stores.sql.altering import locked, wait_briefly
from capacity_sync.adapters.stores.sql.refusals import refusing, store_name
from capacity_sync.domain.outcomes import StoreInterrupted

_tables = table("pg_class", *map(column, ("oid", "relname", "relnamespace", "relowner", "relpartbound")),
                schema="pg_catalog")
_parts, _schemas = _tables.alias("part"), table("pg_namespace", column("oid"), column("nspname"), schema="pg_catalog")
_keys = table("pg_partitioned_table", *map(column, ("partrelid", "partstrat", "partattrs")), schema="pg_catalog")
_columns = table("pg_attribute", *map(column, ("attrelid", "attname", "attnum")), schema="pg_catalog")
_parents = table("pg_inherits", column("inhrelid"), column("inhparent"), schema="pg_catalog")
_BOUNDS = re.compile(r"FOR VALUES FROM \((.+)\) TO \((.+)\)")
_ENDLESS = {"MINVALUE": date.min, "'-infinity'": date.min, "MAXVALUE": date.max, "'infinity'": date.max}


@frozen(order=True)
class Partition:
    """`name` in the schema of its table; its days begin with `first` and end before `end`."""

    first: date
    end: date
    name: str

    def has(self, day: date) -> bool:
        return self.first <= day < self.end


def _in_order(found: Iterable[Partition]) -> tuple[Partition, ...]:
    return tuple(sorted(found))


@frozen
class Layout:
    """The partitions of a table, sorted. `default`: there is one for the days of no other."""

    schema: str
    table: str
    owner: str
    partitions: tuple[Partition, ...] = field(converter=_in_order)
    default: bool = False

    def has_room(self, day: date) -> bool:
        """Whether a row of *day* has a place to be."""
        return self.default or any(partition.has(day) for partition in self.partitions)

    def gap(self, day: date) -> Partition:
        """What could be made for *day*, which has none: its month, or what others have left of it."""
        month = day.replace(day=1)
        following = (month + timedelta(days=31)).replace(day=1)
        first = max((p.end for p in self.partitions if month < p.end <= day), default=month)
        end = min((p.first for p in self.partitions if day < p.first < following), default=following)
        whole = (first, end) == (month, following)
        return Partition(first, end, f"{self.table}_{first:%Y_%m}" if whole else f"{self.table}_{first:%Y_%m_%d}")


def layout(connection: Connection, name: str) -> Layout | None:
    """Of the table *name*; None unless it is partitioned by ranges of `collected_date` alone."""
    partitioned = (
        _keys.join(_tables, _tables.c.oid == _keys.c.partrelid).join(_schemas, _schemas.c.oid == _tables.c.relnamespace)
        .join(_columns, and_(_columns.c.attrelid == _keys.c.partrelid, _columns.c.attname == "collected_date",
                             cast(_columns.c.attnum, Text) == cast(_keys.c.partattrs, Text)))
        .outerjoin(_parents, _parents.c.inhparent == _keys.c.partrelid)
        .outerjoin(_parts, _parts.c.oid == _parents.c.inhrelid))
    query = select(
        _schemas.c.nspname, func.pg_get_userbyid(_tables.c.relowner).label("owner"), _parts.c.relname,
        func.pg_get_expr(_parts.c.relpartbound, _parts.c.oid).label("bounds"),
    ).select_from(partitioned).where(_keys.c.partrelid == func.to_regclass(name), _keys.c.partstrat == "r")
    with refusing(connection.engine.url):
        found = connection.execute(query).all()
    if not found:
        return None
    parts = (Partition(_day(bounds[1]), _day(bounds[2]), row.relname)
             for row in found if (bounds := _BOUNDS.fullmatch(row.bounds or "")))
    return Layout(found[0].nspname, name, found[0].owner, parts, any(row.bounds == "DEFAULT" for row in found))


def _day(bound: str) -> date:
    """As the catalog writes it: `'2026-11-01'`, perhaps with a time behind it."""
    return _ENDLESS[bound] if bound in _ENDLESS else date.fromisoformat(bound[1:11])


def dropped(connection: Connection, found: Layout, partition: str) -> int:
    """Drop *partition*; how many rows went with it. Raises: StoreInterrupted: somebody reads or writes the table."""
    part = Table(partition, MetaData(), schema=found.schema)
    with refusing(connection.engine.url):
        rows = connection.scalar(select(func.count()).select_from(part))
        try:
            wait_briefly(connection)
            connection.execute(DropTable(part))
        except DBAPIError as error:
            if not locked(error):
                raise
            raise StoreInterrupted(f"store {store_name(connection.engine.url)}: another session keeps {found.table} "
                                   f"locked, and {partition} stays: prune again when that session is done") from error
    return int(rows or 0)
