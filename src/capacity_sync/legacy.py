"""The names of the old service. An application that imports them keeps its routes, tasks and tables."""
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from capacity_sync.entrypoints.legacy.collector import DatabaseSizeCollectorService
    from capacity_sync.entrypoints.legacy.fleet import collect_all_instances_database_sizes

_HOMES = {"DatabaseSizeCollectorService": "collector", "collect_all_instances_database_sizes": "fleet"}

__all__ = ["DatabaseSizeCollectorService", "collect_all_instances_database_sizes"]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"capacity_sync.entrypoints.legacy.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
