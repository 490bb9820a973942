"""Databases and what happened to them, in memory."""
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import final

from attrs import evolve, frozen

from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.reconciliation import LifecycleEvent
from capacity_sync.ports import InventoryRepository


@frozen
class Recorded:
    """An event, of which instance, and in which run."""

    instance_id: int
    run_id: str | None
    event: LifecycleEvent


@final
@frozen
class MemoryDatabases(InventoryRepository):
    """`databases` by instance and name; `recorded` in its order."""

    databases: dict[tuple[int, str], KnownDatabase]
    recorded: list[Recorded]

    def known(self, instance_id: int) -> Sequence[KnownDatabase]:
        return [known for (owner, _), known in sorted(self.databases.items()) if owner == instance_id]

    def save(self, instance_id: int, databases: Sequence[KnownDatabase], at: datetime) -> None:
        for database in databases:
            before = self.databases.get((instance_id, database.name), database)
            self.databases[instance_id, database.name] = evolve(database, first_seen=before.first_seen)

    def record(self, instance_id: int, events: Sequence[LifecycleEvent], run_id: str | None, at: datetime) -> None:
        self.recorded.extend(Recorded(instance_id, run_id, event) for event in events)

    def events(self, instance_id: int) -> Sequence[LifecycleEvent]:
        return [one.event for one in self.recorded if one.instance_id == instance_id]

    def events_of_run(self, run_id: str) -> Mapping[int, Sequence[LifecycleEvent]]:
        found: dict[int, list[LifecycleEvent]] = {}
        for one in self.recorded:
            if one.run_id == run_id:
                found.setdefault(one.instance_id, []).append(one.event)
        return found
