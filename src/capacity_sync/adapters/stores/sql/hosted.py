"""A unit of work inside the transaction of the host application, which commits it, or rolls it back."""
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session, scoped_session

from capacity_sync.adapters.stores.sql.lease_rows import RowLeases
from capacity_sync.adapters.stores.sql.leases import leases_in
from capacity_sync.adapters.stores.sql.opening import begin
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork, Transactions
from capacity_sync.ports import UnitOfWork

Host = Connection | Session
TURN = "capacity_sync_turn"


@frozen
class HostTransactions(Transactions):
    """Each transaction is a savepoint. Threads take turns; what the host does meanwhile is its own affair."""

    host: Host
    repeatable = False

    def begin(self) -> Connection:
        turn = self._turn()
        turn.acquire()
        try:
            connection = self._connection()
            _begin_in_earnest(connection)
            connection.begin_nested()
        except BaseException:
            turn.release()
            raise
        return connection

    def commit(self, connection: Connection) -> None:
        _savepoint(connection).commit()
        connection.begin_nested()

    def end(self, connection: Connection) -> None:
        try:
            _savepoint(connection).rollback()
        finally:
            self._turn().release()

    @contextmanager
    def leasing(self) -> Iterator[Connection]:
        connection = self.begin()
        try:
            yield connection
            self.commit(connection)
        finally:
            self.end(connection)

    def _connection(self) -> Connection:
        """What the host has added to its session and not yet written is written first, as before its own queries."""
        if isinstance(self.host, Connection):
            return self.host
        self.host.flush()
        return self.host.connection()

    def _turn(self) -> Any:
        return self.host.info.setdefault(TURN, RLock())


def host_unit_of_work(host: Host | scoped_session[Any]) -> UnitOfWork:
    """A unit of work over the connection or session of the host application, for `container.unit_of_work.override`.

    Nothing is committed but by the host, and its rollback undoes everything: so phase one is not durable before phase
    two begins, and after a deadlock or a lost connection nothing is tried again. Raises: StoreFailed: roll back.
    """
    current = host() if isinstance(host, scoped_session) else host
    engine = _engine(current)
    transactions = HostTransactions(current)
    rows = engine.dialect.name == "sqlite"
    leases = RowLeases(engine.url, transactions.leasing) if rows else leases_in(engine)
    return SqlUnitOfWork(engine, leases, transactions)


def _engine(host: Host) -> Engine:
    return host.engine if isinstance(host, Connection) else host.get_bind().engine


def _savepoint(connection: Connection) -> Any:
    return connection.get_nested_transaction()


def _begin_in_earnest(connection: Connection) -> None:
    """Python's SQLite driver begins with the first change, and releasing a savepoint before that would commit.

    https://docs.sqlalchemy.org/en/20/dialects/sqlite.html#sqlite-transactions
    """
    if not connection.in_transaction():
        connection.begin()
    raw: Any = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and not raw.in_transaction:
        begin(connection)
