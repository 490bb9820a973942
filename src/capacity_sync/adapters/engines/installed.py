"""The engines that are installed: this package's and any other's, by entry point."""
from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import final

from attrs import field, frozen

from capacity_sync.adapters.engines.discreet import DiscreetAdapter
from capacity_sync.adapters.engines.isolation import IsolatedAdapter
from capacity_sync.domain.outcomes import Unsupported
from capacity_sync.ports import EngineAdapter, EngineCatalog

GROUP = "capacity_sync.engines"


def _entry_points() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


@final
@frozen
class InstalledEngines(EngineCatalog):
    """Reads the entry points once, when made; imports an adapter when it is asked for.

    Each repeats no password; one whose traits say so comes isolated, each connection in a process of its own.
    """

    _points: Mapping[str, EntryPoint] = field(factory=_entry_points)

    def names(self) -> list[str]:
        return sorted(self._points)

    def adapter(self, engine: str) -> EngineAdapter:
        if engine not in self._points:
            raise Unsupported(f"no engine {engine!r} is installed", remedy=f"installed: {', '.join(self.names())}")
        try:
            made: EngineAdapter = self._points[engine].load()()
        except (ImportError, AttributeError) as error:
            text = f"the engine {engine!r} does not load: {error}"
            raise Unsupported(text, remedy="reinstall its package") from error
        return DiscreetAdapter(IsolatedAdapter(made) if made.traits.isolated else made)
