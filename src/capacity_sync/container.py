"""The only module that knows which adapter stands behind which port."""
from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import uuid4

import sqlalchemy as sa
from dependency_injector import containers, providers

from capacity_sync.adapters.charts.painter import MatplotlibPainter
from capacity_sync.adapters.clock import SystemClock
from capacity_sync.adapters.engines.connections import EngineConnections
from capacity_sync.adapters.engines.installed import InstalledEngines
from capacity_sync.adapters.retrying import JitteredRetrying
from capacity_sync.adapters.secrets import HostSecrets
from capacity_sync.adapters.stores.sql.leases import leases_in
from capacity_sync.adapters.stores.sql.maintenance import StoreMaintenance
from capacity_sync.adapters.stores.sql.purpose import Purpose, ready_store
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.adapters.telemetry.journal import JournalObserver, LogFormat, journal
from capacity_sync.adapters.telemetry.otel import opentelemetry_observer
from capacity_sync.adapters.telemetry.prometheus import PrometheusExposition
from capacity_sync.adapters.telemetry.several import SeveralObservers
from capacity_sync.adapters.telemetry.silent import SilentObserver
from capacity_sync.ports import (
    ChartPainter,
    Clock,
    ConnectionFactory,
    EngineCatalog,
    Exposition,
    Leases,
    Retrying,
    SecretSource,
    SyncObserver,
    UnitOfWork,
)
from capacity_sync.use_cases.aggregation import Aggregation
from capacity_sync.use_cases.alerting import AlertReader
from capacity_sync.use_cases.batching import Batches
from capacity_sync.use_cases.browsing import StoreBrowser
from capacity_sync.use_cases.capacity_persistence import CapacityPersistence
from capacity_sync.use_cases.coordinator import CapacitySyncCoordinator
from capacity_sync.use_cases.diagnosis import FleetCheck
from capacity_sync.use_cases.dispatching import DispatchedSync
from capacity_sync.use_cases.errands import ErrandSync
from capacity_sync.use_cases.fleet import FleetSync
from capacity_sync.use_cases.history import HistoryReader
from capacity_sync.use_cases.inventory_manager import InventoryManager
from capacity_sync.use_cases.reporting import GrowthReporter
from capacity_sync.use_cases.retention import Retention

if TYPE_CHECKING:
    from capacity_sync.settings import Settings

__all__ = ["Container", "LogFormat", "Purpose"]


def _new_run_id() -> str:
    return uuid4().hex


class Container(containers.DeclarativeContainer):
    config = providers.Configuration(strict=True)

    engines: providers.Provider[EngineCatalog] = providers.ThreadSafeSingleton(InstalledEngines)
    secrets: providers.Provider[SecretSource] = providers.Factory(HostSecrets)
    connections: providers.Provider[ConnectionFactory] = providers.Factory(EngineConnections, engines, secrets)

    storage: providers.Provider[sa.Engine] = providers.ThreadSafeSingleton(
        ready_store, config.store_url, config.purpose,
    )
    leases: providers.Provider[Leases] = providers.ThreadSafeSingleton(leases_in, storage)
    unit_of_work: providers.Provider[UnitOfWork] = providers.Factory(SqlUnitOfWork, storage, leases)
    maintenance: providers.Provider[StoreMaintenance] = providers.Factory(StoreMaintenance, config.store_url)

    retrying: providers.Provider[Retrying] = providers.Factory(JitteredRetrying)
    clock: providers.Provider[Clock] = providers.Factory(SystemClock, config.timezone)
    observer: providers.Provider[SyncObserver] = providers.Factory(SilentObserver)
    journal: providers.Provider[JournalObserver] = providers.Factory(journal)
    tracing: providers.Provider[SyncObserver] = providers.Factory(opentelemetry_observer)
    several: providers.Provider[SyncObserver] = providers.Factory(SeveralObservers)
    exposition: providers.Provider[Exposition] = providers.Factory(PrometheusExposition)
    new_run_id: providers.Provider[Callable[[], str]] = providers.Object(_new_run_id)

    inventory_manager: providers.Provider[InventoryManager] = providers.Factory(InventoryManager, config.filters)
    batches: providers.Provider[Batches] = providers.ThreadSafeSingleton(Batches, config.batch)
    capacity_persistence: providers.Provider[CapacityPersistence] = providers.Factory(CapacityPersistence, batches)
    coordinator: providers.Provider[CapacitySyncCoordinator] = providers.Factory(
        CapacitySyncCoordinator, engines, connections, unit_of_work.provider, inventory_manager,
        capacity_persistence, clock, retrying,
    )
    fleet: providers.Provider[FleetSync] = providers.Factory(
        FleetSync, coordinator, unit_of_work.provider, clock, observer, new_run_id,
    )
    errands: providers.Provider[ErrandSync] = providers.Factory(
        ErrandSync, coordinator, unit_of_work.provider, clock, config.per_host,
    )
    dispatching: providers.Provider[DispatchedSync] = providers.Factory(
        DispatchedSync, unit_of_work.provider, clock, observer, new_run_id, errands,
    )
    check: providers.Provider[FleetCheck] = providers.Factory(FleetCheck, engines, connections)
    browser: providers.Provider[StoreBrowser] = providers.Factory(StoreBrowser, unit_of_work.provider)
    aggregation: providers.Provider[Aggregation] = providers.Factory(Aggregation, unit_of_work.provider, clock)
    reporter: providers.Provider[GrowthReporter] = providers.Factory(GrowthReporter, unit_of_work.provider)
    charts: providers.Provider[ChartPainter] = providers.Factory(MatplotlibPainter)
    alerts: providers.Provider[AlertReader] = providers.Factory(AlertReader, unit_of_work.provider)
    retention: providers.Provider[Retention] = providers.Factory(Retention, unit_of_work.provider, clock)
    history: providers.Provider[HistoryReader] = providers.Factory(HistoryReader, unit_of_work.provider)

    @classmethod
    def from_settings(cls, settings: "Settings", purpose: Purpose = Purpose.SYNC) -> "Container":
        """A container over *settings*. Opens nothing: the store is opened, for *purpose*, by the first unit of work."""
        container = cls()
        container.config.from_dict({
            "store_url": settings.store_url, "timezone": settings.timezone, "filters": settings.filters,
            "purpose": purpose, "legacy_timezone": settings.legacy_timezone, "instance_defaults": settings.defaults,
            "workers": settings.workers, "per_host": settings.per_host, "budget": settings.budget,
            "batch": settings.batch,
        })
        return container
