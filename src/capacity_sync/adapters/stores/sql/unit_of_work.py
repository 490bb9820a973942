"""One transaction of the SQL store."""
import threading
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self, final

from attrs import Factory, field, frozen
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from capacity_sync.adapters.stores.sql.aggregates import SqlAggregates
from capacity_sync.adapters.stores.sql.capacity import SqlSizes
from capacity_sync.adapters.stores.sql.history import SqlHistory
from capacity_sync.adapters.stores.sql.instances import SqlInstances
from capacity_sync.adapters.stores.sql.inventory import SqlDatabases
from capacity_sync.adapters.stores.sql.leases import leases_in
from capacity_sync.adapters.stores.sql.refusals import refusing
from capacity_sync.adapters.stores.sql.retention import SqlRetention
from capacity_sync.adapters.stores.sql.runs import SqlRuns
from capacity_sync.adapters.stores.sql.series import SqlSeries
from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.domain.outcomes import StoreFailed, StoreInterrupted
from capacity_sync.ports import (
    AggregateRepository,
    CapacityHistory,
    CapacityRepository,
    InstanceRepository,
    InventoryRepository,
    Leases,
    RetentionRepository,
    RunRepository,
    SeriesRepository,
    UnitOfWork,
)


class Transactions(Protocol):
    """Where transactions come from. `repeatable`: one that was interrupted may be run again."""

    @property
    def repeatable(self) -> bool: ...
    def begin(self) -> Connection: ...
    def commit(self, connection: Connection) -> None: ...
    def end(self, connection: Connection) -> None:
        """Roll back what was not committed."""


@frozen
class OwnTransactions(Transactions):
    engine: Engine
    repeatable = True

    def begin(self) -> Connection:
        return self.engine.connect()

    def commit(self, connection: Connection) -> None:
        connection.commit()

    def end(self, connection: Connection) -> None:
        connection.close()


@final
@frozen
class SqlUnitOfWork(UnitOfWork):
    """One object, entered again for each transaction; each thread that enters it has its own.

    Not nested: a thread that is inside cannot enter again. `leases`: one object for all units of work of a process, or
    each holds a connection of its own for them. Raises: StoreFailed, here and in the repositories.
    """

    engine: Engine
    leases: Leases = field(default=Factory(lambda self: leases_in(self.engine), takes_self=True), repr=False)
    transactions: Transactions = field(
        default=Factory(lambda self: OwnTransactions(self.engine), takes_self=True), repr=False)
    _open: threading.local = field(factory=threading.local, init=False, repr=False, eq=False)

    @property
    def instances(self) -> InstanceRepository:
        return SqlInstances(self._statements())

    @property
    def databases(self) -> InventoryRepository:
        return SqlDatabases(self._statements())

    @property
    def sizes(self) -> CapacityRepository:
        return SqlSizes(self._statements())

    @property
    def history(self) -> CapacityHistory:
        return SqlHistory(self._statements())

    @property
    def series(self) -> SeriesRepository:
        return SqlSeries(self._statements())

    @property
    def aggregates(self) -> AggregateRepository:
        return SqlAggregates(self._statements())

    @property
    def retention(self) -> RetentionRepository:
        return SqlRetention(self._statements())

    @property
    def runs(self) -> RunRepository:
        return SqlRuns(self._statements())

    def _statements(self) -> Statements:
        return Statements(self._connection())

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._open, "connection", None)
        if connection is None:
            raise RuntimeError("a unit of work is used inside `with` only")
        return connection

    def __enter__(self) -> Self:
        if getattr(self._open, "connection", None) is not None:
            raise RuntimeError("this thread is inside the unit of work already")
        with refusing(self.engine.url):
            self._open.connection = self.transactions.begin()
        return self

    def commit(self) -> None:
        with refusing(self.engine.url):
            self.transactions.commit(self._connection())

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        connection = self._connection()
        self._open.connection = None
        with suppress(SQLAlchemyError):  # it is lost, and with it all that was not committed: as good as rolled back
            self.transactions.end(connection)
        if isinstance(error, StoreInterrupted) and not self.transactions.repeatable:
            raise StoreFailed(f"{error}; the transaction of the host is lost: roll it back") from error
