"""One connection: polite, bounded in time, known by name, and aware of who answers.

SQL Server has no read-only session; ApplicationIntent=ReadOnly may end on another instance of an availability group.
"""
import math
import socket
from importlib import import_module
from time import monotonic
from typing import Any, final

from attrs import define, evolve

from capacity_sync.adapters.engines.base import sql
from capacity_sync.adapters.engines.sqlserver.errors import of_driver, of_network
from capacity_sync.adapters.engines.sqlserver.server import Server, server
from capacity_sync.adapters.engines.sqlserver.tls import ENCRYPTION, configured
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import (
    AuthenticationFailed,
    Category,
    EngineError,
    InternalFailure,
    UnknownDatabase,
    Unsupported,
)
from capacity_sync.ports import Connection

PROGRAM = "capacity-sync"
DEFAULT_PORT = 1433
LOST = frozenset({Category.NETWORK, Category.TIMEOUT})
"""After a failure of these categories FreeTDS has given the connection up."""

Row = tuple[Any, ...]


@final
@define
class Session(Connection):
    """An open connection. `login`: who asks. `until`: when everything must be over, on the monotonic clock."""

    _driver: Any
    server: Server
    login: str
    until: float
    alive: bool = True

    @property
    def has_time(self) -> bool:
        return self.alive and monotonic() < self.until

    def rows(self, name: str, **names: str) -> list[Row]:
        """The rows of `<name>.sql`, with *names* put in, which are quoted already. Raises: EngineError."""
        try:
            return rows(self._driver, sql(__package__, name).format(**names) if names else sql(__package__, name))
        except EngineError as error:
            self.alive = self.alive and error.category not in LOST
            raise

    def close(self) -> None:
        self._driver.close()


def open_session(instance: Instance, password: str | None) -> Session:
    """Raises: EngineError."""
    import_module("pymssql")  # without it no address is worth a try
    begun = monotonic()
    until = begun + instance.timeouts.connect
    instance = evolve(instance, host=instance.host or "localhost", port=instance.port or DEFAULT_PORT)
    _knock(instance, until)
    with configured(instance):
        driver = _admitted(instance, password, until)
    try:
        found = _introduced(driver, instance)
    except BaseException:
        driver.close()
        raise
    return Session(driver, found, instance.username or "", begun + instance.timeouts.deadline)


def _knock(instance: Instance, until: float) -> None:
    """A bare TCP connection: FreeTDS reports a refused port, an unknown name and a silent network alike."""
    if "\\" in (instance.host or ""):
        raise Unsupported("a named instance is found by its port only", remedy="set `port` to the instance's TCP port")
    try:
        socket.create_connection((instance.host, instance.port), timeout=max(until - monotonic(), 0.1)).close()
    except (OSError, UnicodeError) as error:
        raise of_network(error, f"{instance.host}:{instance.port}") from error


def _admitted(instance: Instance, password: str | None, until: float) -> Any:
    """The server says of a missing database what it says of a wrong password: a second try elsewhere tells."""
    try:
        return _connected(instance, password, instance.database, until)
    except AuthenticationFailed as error:
        if instance.database is None or instance.database.casefold() == "master":
            raise
        refused = error
    try:
        _connected(instance, password, "master", until).close()
    except EngineError:
        raise refused from None
    raise UnknownDatabase(f"the login is accepted, but not in the database {instance.database!r}", code="4060",
                          remedy="check `database`, and that the login has a user in it")


def _connected(instance: Instance, password: str | None, database: str | None, until: float) -> Any:
    """`tds_version`: with any other value the time limit is multiplied."""
    import pymssql

    try:
        return pymssql.connect(
            server=instance.host or "",
            port=str(instance.port),
            user=instance.username or "",
            password=password or "",
            database=database or "",
            appname=PROGRAM,
            tds_version="7.4",
            login_timeout=max(1, math.ceil(until - monotonic())),
            timeout=math.ceil(min(instance.timeouts.statement, instance.timeouts.deadline)),
            encryption=ENCRYPTION[instance.tls.mode],
            conn_properties="",
            autocommit=True,  # else a transaction is held open
            charset="UTF-8",
        )
    except Exception as error:
        raise _translated(error) from error


def _introduced(driver: Any, instance: Instance) -> Server:
    """The session's settings travel with the first question."""
    text = sql(__package__, "session") + sql(__package__, "identify")
    ((edition, version, babelfish, database),) = rows(driver, text)
    wanted = instance.database
    if wanted and database and wanted.casefold() != database.casefold():
        raise UnknownDatabase(f"the server did not enter {wanted!r} but {database!r}", remedy="check `database`")
    return server(edition, version, babelfish, database)


def rows(driver: Any, text: str) -> list[Row]:
    """The rows of the last result set. An error behind it would else surface with the next statement."""
    found: list[Row] = []
    try:
        with driver.cursor() as cursor:
            cursor.execute(text)
            more: bool | None = True
            while more:
                found = cursor.fetchall() if cursor.description else found
                more = cursor.nextset()
    except Exception as error:
        raise _translated(error) from error
    return found


def _translated(error: Exception) -> EngineError:
    if isinstance(error, EngineError):
        return error
    return of_driver(error) or InternalFailure(f"{type(error).__name__}: {error}")
