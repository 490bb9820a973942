"""From a URL to an engine. Imports the driver, connects to nothing."""
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen
from sqlalchemy import URL, Connection, Engine, NullPool, QueuePool, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from capacity_sync.adapters.stores.sql.columns import MYSQL_FAMILY
from capacity_sync.adapters.stores.sql.refusals import reason, store_name, unparsed_name
from capacity_sync.adapters.stores.sql.turns import OneAtATime
from capacity_sync.domain.outcomes import StoreRefused

BUSY_SECONDS = 30
"""How long a process waits for another one's transaction on the same SQLite file; each takes milliseconds."""
BEGIN = "capacity_sync_begin"
READING = {BEGIN: "BEGIN"}
"""Execution options of a transaction that writes nothing: on SQLite it then keeps no writer waiting."""


@frozen
class Dialect:
    """A kind of store: the driver we test with, and the extra that installs it."""

    driver: str
    extra: str | None = None


DIALECTS: Mapping[str, Dialect] = {
    "sqlite": Dialect("sqlite"),
    "postgresql": Dialect("postgresql+psycopg2", "postgresql"),
    "mysql": Dialect("mysql+pymysql", "mysql"),
    "mariadb": Dialect("mariadb+pymysql", "mysql"),
}
MYSQL_SESSION = {"charset": "utf8mb4", "sql_mode": "STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION"}
"""Without the strict mode a text that does not fit is cut off: https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html."""


def open_store(url: str, *, reading: bool = False) -> Engine:
    """The engine of the store at *url*; `reading`: it will not write, nor create a missing SQLite file.

    Raises: StoreRefused: the URL, its driver or, for a SQLite file, its folder cannot be used.
    """
    parsed = _parsed(url)
    try:
        engine = create_engine(parsed, hide_parameters=True, **_options(parsed, reading))
    except ModuleNotFoundError as error:
        backend = parsed.get_backend_name()
        way_out = f"pip install 'capacity-sync[{DIALECTS[backend].extra}]', and begin the URL with {backend}://"
        raise StoreRefused(f"store {store_name(parsed)}: there is no driver {error.name}: {way_out}") from error
    except SQLAlchemyError as error:
        raise StoreRefused(f"store {store_name(parsed)}: {reason(error, parsed)}") from error
    if engine.dialect.name == "sqlite":
        _tame(engine, reading)
    return engine.execution_options(**READING) if reading else engine


def sqlite_file(url: URL) -> Path | None:
    """The file of a SQLite store; None for one in memory and for other dialects."""
    named = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(str(url.database)) if named else None


def _parsed(text: str) -> URL:
    try:
        url = make_url(text)
    except (SQLAlchemyError, ValueError) as error:
        raise StoreRefused(f"store {unparsed_name(text)}: not a URL; a SQLite file is written "
                           "sqlite:///capacity.db (relative) or sqlite:////srv/capacity.db (absolute)") from error
    dialect = DIALECTS.get(url.get_backend_name())
    if dialect is None:
        raise StoreRefused(f"store {store_name(url)}: no store can be kept in {url.drivername}; "
                           f"the URL begins with one of {', '.join(f'{name}://' for name in DIALECTS)}")
    if url.get_backend_name() == "sqlite":
        _refuse_no_file(url)
    return url if "+" in url.drivername else url.set(drivername=dialect.driver)


def _refuse_no_file(url: URL) -> None:
    path = sqlite_file(url)
    if url.query:
        raise StoreRefused(f"store {store_name(url)}: a SQLite store has no options; leave out what follows the ?")
    if path is not None and os.path.isdir(path):
        raise StoreRefused(f"store {store_name(url)}: {path} is a folder; name a file in it")
    if path is not None and not os.path.isdir(path.parent):
        raise StoreRefused(f"store {store_name(url)}: the folder {path.parent} is not there; create it first")


def _options(url: URL, reading: bool) -> dict[str, Any]:
    """A SQLite file is opened anew for each transaction (a tenth of a millisecond): no handle survives a fork.

    A SQLite store in memory lives in its one connection, for which threads take turns. On MySQL a transaction that
    waited for another one's rows must see what it wrote: the default isolation shows the time before the wait.
    """
    if url.get_backend_name() in MYSQL_FAMILY:
        return {"pool_pre_ping": True, "isolation_level": "READ COMMITTED", "connect_args": MYSQL_SESSION}
    if url.get_backend_name() != "sqlite":
        return {"pool_pre_ping": True}
    if sqlite_file(url) is not None:
        return {"poolclass": NullPool if reading else OneAtATime, "connect_args": {"timeout": BUSY_SECONDS}}
    return {"poolclass": QueuePool, "pool_size": 1, "max_overflow": 0, "connect_args": {"check_same_thread": False}}


def _tame(engine: Engine, reading: bool) -> None:
    """Real transactions, that writers begin with the write lock (so that no two can wait for each other).

    https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#sqlite-transactions. The journal stays as the file has
    it, by default SQLite's own: one file to copy, also on a network share, which WAL does not allow.
    """
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", begin)
    if reading:
        event.listen(engine, "do_connect", partial(_existing_file_only, sqlite_file(engine.url)))


def _leave_transactions_to_us(connection: DBAPIConnection, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN IMMEDIATE"))


def _existing_file_only(path: Path | None, _: object, __: object, arguments: list[Any],
                        options: dict[str, Any]) -> None:
    if path is not None:
        arguments[0] = f"{Path(os.path.abspath(path)).as_uri()}?mode=rw"
        options["uri"] = True
