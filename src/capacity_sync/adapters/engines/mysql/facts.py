"""Bytes that belong to the instance and to no database: logs and shared tablespaces."""

from math import prod

from capacity_sync.adapters.engines.mysql.privileges import missing
from capacity_sync.adapters.engines.mysql.server import Flavour
from capacity_sync.adapters.engines.mysql.session import MySQLConnection, Row
from capacity_sync.domain.outcomes import EngineError, Failure, PermissionMissing


def shared_file_bytes(connection: MySQLConnection) -> int | None:
    """The tablespaces that the view leaves out: none on MariaDB. None: not known."""
    server = connection.identity.server
    if server.flavour is Flavour.MARIADB:
        return 0
    sizes = [size for (size,) in _if_allowed(connection, server.shared_files)]
    return sum(map(int, sizes)) if sizes and None not in sizes else None


def redo_bytes(connection: MySQLConnection, seen: int | None) -> int | None:
    """*seen*: what MariaDB's view of the tablespaces brought along."""
    server = connection.identity.server
    if server.flavour is Flavour.MARIADB:
        return seen
    return _product(_if_allowed(connection, server.redo_log))


def _product(rows: list[Row]) -> int | None:
    """Of the values in rows of name and value: the size of the redo log, or the size and number of its files."""
    return prod(int(value) for _, value in rows) if rows else None


def binary_log_bytes(connection: MySQLConnection) -> int | Failure:
    """0 when nothing is logged. The second column is the size: MySQL 8.0.14 added a third."""
    if not connection.identity.has_binary_log:
        return 0
    try:
        return sum(int(row[1]) for row in connection.rows("binary_logs"))
    except PermissionMissing as error:
        message = "the login may not see the binary logs: their size is not known"
        return missing("REPLICATION CLIENT", connection.identity.account, message, error.failure.code)
    except EngineError as error:
        if not connection.alive:
            raise
        return error.failure


def _if_allowed(connection: MySQLConnection, statement: str) -> list[Row]:
    """No rows when the server refuses: a fact of the instance costs no database."""
    try:
        return connection.rows(statement)
    except EngineError:
        if not connection.alive:
            raise
        return []
