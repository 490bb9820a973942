"""Leases in a store: by the locks of the database where it has some, else by rows."""
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from threading import Lock
from typing import Any, final

from attrs import define, field, frozen
from sqlalchemy import ColumnElement, Connection, Engine, String, case, column, func, select, table

from capacity_sync.adapters.stores.sql.columns import MYSQL_FAMILY
from capacity_sync.adapters.stores.sql.lease_rows import RowLeases
from capacity_sync.adapters.stores.sql.refusals import refusing
from capacity_sync.domain.outcomes import StoreFailed
from capacity_sync.ports import Leases

SILENT_SECONDS = 7 * 86_400
"""How long MySQL is asked to bear a silent connection; its own measure may be a minute."""
ENDURANCE = {"idle_in_transaction_session_timeout": "0", "transaction_timeout": "0", "tcp_keepalives_idle": "30",
             "tcp_keepalives_interval": "10", "tcp_keepalives_count": "3"}
"""The same of PostgreSQL, and a minute until it sees that our machine is gone. Older servers lack some of these.

https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-TRANSACTION-TIMEOUT
"""


@frozen
class Locks:
    """How a dialect locks a name for a connection; `settle` comes first."""

    isolation: str
    settle: Callable[[Connection], object]
    name: Callable[[Engine, str], int | str]
    lock: Callable[[Any], ColumnElement[Any]]
    unlock: Callable[[Any], ColumnElement[Any]]


def leases_in(engine: Engine) -> Leases:
    if engine.dialect.name == "postgresql":
        return LockLeases(engine, IN_POSTGRESQL)
    if engine.dialect.name in MYSQL_FAMILY:
        return LockLeases(engine, IN_MYSQL)
    return RowLeases(engine.url, engine.begin)


def number_of(what: str) -> int:
    """The 64 bits by which PostgreSQL knows *what*, of this package's in each database."""
    return int.from_bytes(_digest(what)[:8], signed=True)


def _name(engine: Engine, what: str) -> str:
    return f"capacity_sync {_digest(f'{engine.url.database} {what}').hex()[:32]}"


def _digest(text: str) -> bytes:
    return sha256(f"capacity_sync {text}".encode("utf-8", "surrogatepass")).digest()


def _endure(connection: Connection) -> None:
    """To the end of the transaction: a pooler gets its session back as it was."""
    name = column("name", String)
    settings = select(func.set_config(name, case(ENDURANCE, value=name), True)).select_from(table("pg_settings", name))
    connection.execute(settings.where(name.in_(ENDURANCE)))


def _bear_silence(connection: Connection) -> None:
    connection.exec_driver_sql(f"SET SESSION wait_timeout = {SILENT_SECONDS}")


IN_POSTGRESQL = Locks("READ COMMITTED", _endure, lambda _, what: number_of(what), func.pg_try_advisory_lock,
                      func.pg_advisory_unlock)
"""Locks of the session, which can be given back one by one, in a transaction that stays open: through it a pooler such
as PgBouncer keeps the session ours. It reads no table, so it keeps no vacuum waiting."""
IN_MYSQL = Locks("AUTOCOMMIT", _bear_silence, _name, lambda name: func.get_lock(name, 0), func.release_lock)
"""The names of locks are the server's, not the database's. In a Galera cluster they are each node's own."""


@define
class Holding:
    """What one process holds, and the connection that holds it. A session may lock a name twice: `names` knows."""

    turn: Lock = field(factory=Lock, repr=False)
    names: set[str] = field(factory=set)
    connection: Connection | None = None

    def close(self) -> None:
        """Without a rollback, after which a pooler would hand the session on with whatever is locked in it."""
        connection, self.connection = self.connection, None
        if connection is not None and not connection.invalidated:
            raw = connection.connection.dbapi_connection
            with suppress(connection.dialect.loaded_dbapi.Error):  # it is lost, and its locks with it
                raw.close() if raw is not None else None


@final
@frozen
class LockLeases(Leases):
    """All leases of a process on one connection beside the pool's. The server sees its end: `seconds` do not count.

    A forked child has none of its parent's, and leaves its connection alone.
    """

    engine: Engine
    locks: Locks
    _by_process: dict[int, Holding] = field(factory=dict, init=False, repr=False, eq=False)

    def take(self, what: str, seconds: float) -> bool:
        with self._holding() as holding:
            if what in holding.names:
                return False
            taken = self._run(holding, self.locks.lock, what)
            if taken:
                holding.names.add(what)
            return taken

    def release(self, what: str) -> None:
        with suppress(StoreFailed), self._holding() as holding:  # the connection is lost, and the lock with it
            if what in holding.names:
                holding.names.remove(what)
                self._run(holding, self.locks.unlock, what)

    @contextmanager
    def _holding(self) -> Iterator[Holding]:
        """What breaks inside costs the connection, which may be in any state."""
        holding = self._by_process.setdefault(os.getpid(), Holding())
        with holding.turn:
            try:
                with refusing(self.engine.url):
                    yield holding
            except BaseException:
                holding.close()
                raise
            if not holding.names:
                holding.close()

    def _run(self, holding: Holding, function: Callable[[Any], ColumnElement[Any]], what: str) -> bool:
        """On the connection, or on a new one, which first takes again what was lost with the last, if it is free."""
        if holding.connection is None:
            holding.connection = self.engine.connect().execution_options(isolation_level=self.locks.isolation)
            holding.connection.detach()
            self.locks.settle(holding.connection)
            for lost in holding.names:
                self._run(holding, self.locks.lock, lost)
        return bool(holding.connection.scalar(select(function(self.locks.name(self.engine, what)))))
