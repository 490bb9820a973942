"""What MySQL and MariaDB need beside the tables: text that is compared exactly, and a stand-in for a partial index."""
from typing import TYPE_CHECKING, cast

from sqlalchemy import Column, Computed, Connection, Date, Index, MetaData, Table, case, false

from capacity_sync.domain.outcomes import StoreRefused

if TYPE_CHECKING:
    from sqlalchemy.dialects.mysql.base import MySQLDialect

COLLATIONS = {True: ((10, 2), "utf8mb4_nopad_bin"), False: ((8, 0, 17), "utf8mb4_0900_bin")}
"""Of MariaDB, or not: the first version with a collation that tells case and trailing blanks apart, and its name.

https://mariadb.com/kb/en/supported-character-sets-and-collations/,
https://dev.mysql.com/doc/refman/8.0/en/charset-unicode-sets.html (utf8mb4_bin pads with blanks).
"""


def for_mysql(schema: MetaData, connection: Connection) -> MetaData:
    """A copy of the first *schema* for the server of *connection*. Raises: StoreRefused: the server is too old."""
    made = exact_names(schema, connection)
    _keep_one_live_day(made.tables["instance_size_stats"])
    return made


def exact_names(schema: MetaData, connection: Connection) -> MetaData:
    """A copy of *schema* whose texts are compared exactly. Raises: StoreRefused: the server is too old."""
    made, dialect = MetaData(), connection.dialect.name
    options = {"engine": "InnoDB", "charset": "utf8mb4", "collate": _collation(connection)}
    for table in schema.sorted_tables:
        copied = table.to_metadata(made)
        for option, value in options.items():
            copied.kwargs[f"{dialect}_{option}"] = value
    return made


def _collation(connection: Connection) -> str:
    dialect = cast("MySQLDialect", connection.dialect)
    first, collation = COLLATIONS[dialect.is_mariadb]
    version = dialect.server_version_info or ()
    if version < first:
        found, needed = (".".join(map(str, numbers)) for numbers in (version, first))
        raise StoreRefused(f"the server has version {found}, and {needed} is the first whose collations tell all names "
                           "apart: name another store with --store")
    return collation


def _keep_one_live_day(table: Table) -> None:
    """MySQL has no partial index: unique is a column that is NULL in withdrawn rows."""
    [partial] = [index for index in table.indexes if index.unique]
    table.indexes.remove(partial)
    live_day = case((table.c.is_deleted == false(), table.c.collected_date))
    table.append_column(Column("live_date", Date, Computed(live_day, persisted=True)))
    Index(partial.name, table.c.instance_id, table.c.live_date, unique=True)
