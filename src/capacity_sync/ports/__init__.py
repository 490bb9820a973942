"""What the core needs from outside. One protocol per need; no behaviour."""
from capacity_sync.ports.charts import ChartPainter
from capacity_sync.ports.engines import (
    Connection,
    ConnectionFactory,
    EngineAdapter,
    EngineCatalog,
    SecretSource,
    Severable,
)
from capacity_sync.ports.growth import AggregateRepository
from capacity_sync.ports.leases import Leases
from capacity_sync.ports.retention import RetentionRepository
from capacity_sync.ports.runs import RunRepository
from capacity_sync.ports.runtime import Clock, Dispatcher, Exposition, Retrying, SyncObserver
from capacity_sync.ports.series import SeriesRepository
from capacity_sync.ports.stores import (
    CapacityHistory,
    CapacityRepository,
    InstanceRepository,
    InventoryRepository,
    UnitOfWork,
)

__all__ = [
    "AggregateRepository",
    "CapacityHistory",
    "CapacityRepository",
    "ChartPainter",
    "Clock",
    "Connection",
    "ConnectionFactory",
    "Dispatcher",
    "EngineAdapter",
    "EngineCatalog",
    "Exposition",
    "InstanceRepository",
    "InventoryRepository",
    "Leases",
    "RetentionRepository",
    "Retrying",
    "RunRepository",
    "SecretSource",
    "SeriesRepository",
    "Severable",
    "SyncObserver",
    "UnitOfWork",
]
