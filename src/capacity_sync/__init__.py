"""A true inventory and an exact size history of the databases of a fleet."""
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capacity_sync.adapters.engines.base import BaseCapacitySyncAdapter
    from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
    from capacity_sync.adapters.stores.sql.hosted import host_unit_of_work
    from capacity_sync.container import Container
    from capacity_sync.domain.capacity import CapacityRow, Measurements
    from capacity_sync.domain.instance import EngineTraits, Instance
    from capacity_sync.domain.inventory import Completeness, InventoryRow, Listing
    from capacity_sync.domain.outcomes import (
        AuthenticationFailed,
        CapacitySyncError,
        Category,
        ConfigurationRefused,
        DispatchFailed,
        EngineError,
        ErrandPostponed,
        Failure,
        InternalFailure,
        PermissionMissing,
        QueryFailed,
        ServerTooBusy,
        ServerUnavailable,
        ServerUnreachable,
        StoreFailed,
        StoreInterrupted,
        StoreRefused,
        TimedOut,
        UnknownDatabase,
        Unsupported,
    )
    from capacity_sync.domain.sync_report import RunReport, Status, SyncReport
    from capacity_sync.settings import Settings
    from capacity_sync.use_cases.capacity_persistence import CapacityPersistence
    from capacity_sync.use_cases.coordinator import CapacitySyncCoordinator
    from capacity_sync.use_cases.inventory_manager import InventoryManager

_HOMES = {
    "adapters.engines.base": ("BaseCapacitySyncAdapter",),
    "adapters.stores.memory": ("InMemoryUnitOfWork",),
    "adapters.stores.sql.hosted": ("host_unit_of_work",),
    "container": ("Container",),
    "domain.capacity": ("CapacityRow", "Measurements"),
    "domain.instance": ("EngineTraits", "Instance"),
    "domain.inventory": ("Completeness", "InventoryRow", "Listing"),
    "domain.outcomes": (
        "AuthenticationFailed", "CapacitySyncError", "Category", "ConfigurationRefused", "DispatchFailed",
        "EngineError", "ErrandPostponed", "Failure", "InternalFailure", "PermissionMissing", "QueryFailed",
        "ServerTooBusy", "ServerUnavailable", "ServerUnreachable", "StoreFailed", "StoreInterrupted", "StoreRefused",
        "TimedOut", "UnknownDatabase", "Unsupported",
    ),
    "domain.sync_report": ("RunReport", "Status", "SyncReport"),
    "settings": ("Settings",),
    "use_cases.capacity_persistence": ("CapacityPersistence",),
    "use_cases.coordinator": ("CapacitySyncCoordinator",),
    "use_cases.inventory_manager": ("InventoryManager",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AuthenticationFailed",
    "BaseCapacitySyncAdapter",
    "CapacityPersistence",
    "CapacityRow",
    "CapacitySyncCoordinator",
    "CapacitySyncError",
    "Category",
    "Completeness",
    "ConfigurationRefused",
    "Container",
    "DispatchFailed",
    "EngineError",
    "EngineTraits",
    "ErrandPostponed",
    "Failure",
    "InMemoryUnitOfWork",
    "Instance",
    "InternalFailure",
    "InventoryManager",
    "InventoryRow",
    "Listing",
    "Measurements",
    "PermissionMissing",
    "QueryFailed",
    "RunReport",
    "ServerTooBusy",
    "ServerUnavailable",
    "ServerUnreachable",
    "Settings",
    "Status",
    "StoreFailed",
    "StoreInterrupted",
    "StoreRefused",
    "SyncReport",
    "TimedOut",
    "UnknownDatabase",
    "Unsupported",
    "host_unit_of_work",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for: importing the package loads nothing else."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
