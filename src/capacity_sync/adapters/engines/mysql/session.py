"""One polite connection: read-only, bounded in time, known by name, and aware of who answers and what it may see."""

import struct
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, final

from attrs import define, frozen

from capacity_sync.adapters.engines.base import hang_up, sql
from capacity_sync.adapters.engines.mysql import tls
from capacity_sync.adapters.engines.mysql.errors import INSTALL, not_mysql, translate
from capacity_sync.adapters.engines.mysql.privileges import EVERYTHING, Privileges, account, privileges
from capacity_sync.adapters.engines.mysql.server import Server, Views, server
from capacity_sync.domain.instance import Instance, Timeouts, TlsMode
from capacity_sync.domain.outcomes import EngineError, InternalFailure, Unsupported
from capacity_sync.ports import Connection, Severable

if TYPE_CHECKING:
    from pymysql.connections import Connection as Driver

PROGRAM = "capacity-sync"
LOCK_WAIT = 5
"""Seconds to wait for a metadata lock."""
GRACE = 5
"""Seconds that the server has to end a statement by itself before the client gives up: its end alone stops nothing."""

Row = tuple[Any, ...]
Parameters = Sequence[str] | Mapping[str, object] | None


@frozen
class Identity:
    """Who answers and who asks. `account`: quoted for a statement. `privileges`: None where they cannot be read."""

    server: Server
    account: str
    privileges: Privileges | None
    has_binary_log: bool
    folds_names: bool
    """lower_case_table_names = 2, on macOS: InnoDB shows a name in lower case, the server as it was written."""

    @property
    def views(self) -> Views:
        return Views.NONE if self.folds_names else self.server.views


@final
@define
class MySQLConnection(Connection, Severable):
    _driver: "Driver[Any]"
    identity: Identity

    def rows(self, statement: str, parameters: Sequence[str] | None = None) -> list[Row]:
        """All rows of `<statement>.sql`."""
        return rows(self._driver, sql(__package__, statement), parameters)

    def rows_of_each(self, statement: str, parameters: Sequence[Sequence[str]]) -> list[Row]:
        """All rows of `<statement>.sql`, run with each of *parameters*, in one statement."""
        text = " UNION ALL ".join([sql(__package__, statement)] * len(parameters))
        return rows(self._driver, text, [value for each in parameters for value in each])

    @property
    def alive(self) -> bool:
        """False once PyMySQL gave the connection up: after the network failed or a read timed out."""
        return bool(self._driver.open)

    def close(self) -> None:
        if self._driver.open:
            self._driver.close()

    def sever(self) -> None:
        if self._driver.open:
            hang_up(self._driver._sock.fileno())  # type: ignore[attr-defined]  # `_sock` lacks in the stubs


def open_session(instance: Instance, password: str | None) -> MySQLConnection:
    """Raises: what PyMySQL raises, and EngineError."""
    driver = _connect(instance, password)
    try:
        identity = _introduce(driver, instance)
    except BaseException:
        if driver.open:
            driver.close()
        raise
    driver._read_timeout = _longest(instance.timeouts) + GRACE  # type: ignore[attr-defined]  # no public way to change it
    return MySQLConnection(driver, identity)


def _connect(instance: Instance, password: str | None) -> "Driver[Any]":
    """The greeting and the login are bounded by the read timeout alone: https://github.com/PyMySQL/PyMySQL/issues/338"""
    import pymysql

    context = tls.context(instance.tls)
    wait = instance.timeouts.connect
    required = instance.tls.mode in (TlsMode.REQUIRE, TlsMode.VERIFY_FULL)
    if required and pymysql.VERSION < (1, 2):
        raise Unsupported("PyMySQL before 1.2 does without the TLS that is required", remedy=INSTALL)
    driver = pymysql.connect(
        host=instance.host,
        port=instance.port or 0,
        user=instance.username,
        password=(password or "").encode(),  # a text would be sent as Latin-1
        database=instance.database,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=wait,
        read_timeout=wait,
        write_timeout=wait,
        program_name=PROGRAM,
        defer_connect=True,
        **({"ssl": context} if required else {"ssl_disabled": True}),
    )
    if context is not None and not required:  # PyMySQL's own way to prefer TLS builds a context for each connection
        driver.ssl, driver.ctx = True, context  # type: ignore[attr-defined]  # `ctx` lacks in the stubs
    _greet(driver)
    return driver


def _greet(driver: "Driver[Any]") -> None:
    try:
        driver.connect()
    except (AssertionError, IndexError, UnicodeDecodeError, struct.error) as error:
        raise not_mysql(f"the greeting makes no sense: {error}") from error


def _introduce(driver: "Driver[Any]", instance: Instance) -> Identity:
    version, comment, user, binary_log, case = rows(driver, sql(__package__, "identify"))[0]
    try:
        found = server(version, comment)
    except ValueError as error:
        raise Unsupported(str(error)) from error
    _be_polite(driver, found, instance)
    return Identity(found, account(user), _privileges(driver), bool(binary_log), case == 2)


def _be_polite(driver: "Driver[Any]", found: Server, instance: Instance) -> None:
    """Read-only, and bounded. A setting that a server refuses or does not know costs only itself."""
    timeouts = instance.timeouts
    values = {
        "lock_s": LOCK_WAIT,
        "idle_s": int(timeouts.deadline) + 1,
        "statement_s": _longest(timeouts),
        "statement_ms": int(_longest(timeouts) * 1000),
    }
    _tolerated(driver, sql(__package__, "read_only"))
    verb, *settings = sql(__package__, found.session).splitlines()
    if not _tolerated(driver, " ".join((verb, *settings)), values):
        for setting in settings:
            _tolerated(driver, f"{verb} {setting.rstrip(',')}", values)


def _longest(timeouts: Timeouts) -> float:
    """Seconds of a statement: what would go on beyond the deadline, when nobody waits for it any more, ends there."""
    return min(timeouts.statement, timeouts.deadline)


def _tolerated(driver: "Driver[Any]", text: str, values: Mapping[str, object] | None = None) -> bool:
    """Whether the server did it."""
    try:
        rows(driver, text, values)
    except EngineError:
        if not driver.open:
            raise
        return False
    return True


def _privileges(driver: "Driver[Any]") -> Privileges | None:
    try:
        return privileges(line for (line,) in rows(driver, sql(__package__, "privileges")))
    except EngineError as error:
        if not driver.open:
            raise
        return EVERYTHING if error.failure.code == "1290" else None  # --skip-grant-tables: everybody may do everything


def rows(driver: "Driver[Any]", text: str, parameters: Parameters = None) -> list[Row]:
    """Raises: EngineError."""
    try:
        with driver.cursor() as cursor:
            cursor.execute(text, parameters)
            return list(cursor.fetchall())
    except Exception as error:
        raise translate(error) or InternalFailure(f"{type(error).__name__}: {error}") from error
