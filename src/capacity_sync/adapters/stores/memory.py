"""The store in memory: shipped for tests, and the model that the SQL store is compared with."""
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from threading import RLock
from types import MappingProxyType, TracebackType
from typing import Self, final

from attrs import Factory, define, evolve, field, frozen

from capacity_sync.adapters.stores.memory_aggregates import Aggregates, MemoryAggregates
from capacity_sync.adapters.stores.memory_capacity import MemorySizes
from capacity_sync.adapters.stores.memory_history import MemoryHistory
from capacity_sync.adapters.stores.memory_inventory import MemoryDatabases, Recorded
from capacity_sync.adapters.stores.memory_leases import MemoryLeases
from capacity_sync.adapters.stores.memory_retention import MemoryRetention
from capacity_sync.adapters.stores.memory_runs import MemoryRuns
from capacity_sync.adapters.stores.memory_series import MemorySeries
from capacity_sync.domain.capacity import InstanceTotal, StoredSize
from capacity_sync.domain.history import Owner
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.sync_report import RunRecord
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


@frozen
class MemoryInstance:
    id: int
    engine: str
    is_active: bool = True


@define
class Tables:
    """The contents, by key."""

    instances: dict[str, MemoryInstance] = Factory(dict)
    databases: dict[tuple[int, str], KnownDatabase] = Factory(dict)
    events: list[Recorded] = Factory(list)
    sizes: dict[tuple[int, date, str], StoredSize] = Factory(dict)
    totals: dict[tuple[int, date], InstanceTotal] = Factory(dict)
    totalled: dict[tuple[int, date], datetime] = Factory(dict)
    runs: dict[str, RunRecord] = Factory(dict)
    aggregates: Aggregates = Factory(Aggregates)

    def owners(self) -> dict[int, Owner]:
        return {one.id: Owner(one.id, name, one.engine) for name, one in self.instances.items()}

    def copy(self) -> "Tables":
        return Tables(dict(self.instances), dict(self.databases), list(self.events), dict(self.sizes),
                      dict(self.totals), dict(self.totalled), dict(self.runs), self.aggregates.copy())


@final
@frozen
class MemoryInstances(InstanceRepository):
    tables: Tables

    def register(self, instances: Sequence[Instance], at: datetime,
                 versions: Mapping[str, str] = MappingProxyType({})) -> Mapping[str, int]:
        found = self.tables.instances
        for instance in instances:
            known = found.get(instance.name, MemoryInstance(len(found) + 1, instance.engine))
            found[instance.name] = MemoryInstance(known.id, instance.engine)
        return {instance.name: found[instance.name].id for instance in instances}

    def expect(self, instances: Sequence[Instance]) -> None:
        """Nothing is refused: the store is the package's own."""

    def retire(self, keep: Collection[str], at: datetime) -> None:
        for name, instance in self.tables.instances.items():
            if name not in keep:
                self.tables.instances[name] = evolve(instance, is_active=False)

    def ids(self, names: Collection[str] | None = None) -> Mapping[str, int]:
        return {name: instance.id for name, instance in self.tables.instances.items()
                if names is None or name in names}

    def engines(self) -> Mapping[str, str]:
        return {name: instance.engine for name, instance in self.tables.instances.items()}


@final
@define
class InMemoryUnitOfWork(UnitOfWork):
    """One object, entered again for each transaction; what was not committed is forgotten. Threads take turns."""

    _committed: Tables = field(factory=Tables, init=False)
    _working: Tables = field(factory=Tables, init=False)
    _turn: RLock = field(factory=RLock, init=False)
    leases: Leases = field(factory=MemoryLeases, init=False)

    @property
    def instances(self) -> InstanceRepository:
        return MemoryInstances(self._working)

    @property
    def databases(self) -> InventoryRepository:
        return MemoryDatabases(self._working.databases, self._working.events)

    @property
    def sizes(self) -> CapacityRepository:
        tables = self._working
        return MemorySizes(tables.sizes, tables.totals, tables.totalled)

    @property
    def history(self) -> CapacityHistory:
        tables = self._working
        totals = {key: (total, tables.totalled[key]) for key, total in tables.totals.items()}
        active = {one.id for one in tables.instances.values() if one.is_active} | {
            key for key, known in tables.databases.items() if known.is_active}
        return MemoryHistory(tables.owners(), tables.sizes, totals, active)

    @property
    def series(self) -> SeriesRepository:
        tables = self._working
        active = {one.id for one in tables.instances.values() if one.is_active}
        return MemorySeries(tables.owners(), active, tables.databases, tables.sizes, tables.totals)

    @property
    def aggregates(self) -> AggregateRepository:
        tables = self._working
        first_seen = {key: known.first_seen for key, known in tables.databases.items()}
        return MemoryAggregates(tables.owners(), first_seen, tables.sizes, tables.totals, tables.totalled,
                                tables.aggregates)

    @property
    def retention(self) -> RetentionRepository:
        tables = self._working
        active = {one.id for one in tables.instances.values() if one.is_active}
        databases = {key for key, known in tables.databases.items() if known.is_active}
        return MemoryRetention(active | databases, tables.sizes, tables.totals, tables.totalled, tables.runs)

    @property
    def runs(self) -> RunRepository:
        tables = self._working
        return MemoryRuns(tables.runs, {name for name, instance in tables.instances.items() if instance.is_active})

    def __enter__(self) -> Self:
        self._turn.acquire()
        self._working = self._committed.copy()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._working = self._committed.copy()
        self._turn.release()

    def commit(self) -> None:
        self._committed = self._working.copy()
