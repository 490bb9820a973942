"""The tables `instance_databases` and `database_lifecycle_events`."""
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import starmap
from operator import attrgetter
from typing import Any, final

from attrs import frozen
from sqlalchemy import Row, select

from capacity_sync.adapters.stores.sql.bulk import Values
from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.adapters.stores.sql.tables import database_lifecycle_events, instance_databases
from capacity_sync.adapters.stores.sql.upsert import Upsert
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.reconciliation import EventKind, LifecycleEvent
from capacity_sync.ports import InventoryRepository

BY_NAME = Upsert(
    instance_databases, key=("instance_id", "database_name"),
    update=("is_active", "last_seen_date", "deleted_at", "updated_at", "identity", "absent_since", "engine_state"),
)
EVENTS = Upsert(database_lifecycle_events)


KNOWN = tuple(instance_databases.c[name] for name in (
    "database_name", "first_seen_date", "last_seen_date", "is_active", "deleted_at", "identity", "absent_since",
    "engine_state"))
"""The columns of a `KnownDatabase`, in the order of its fields."""


def values_of(databases: Sequence[KnownDatabase], instance_id: int, at: datetime) -> Values:
    """What `BY_NAME` writes of *databases*."""
    def each(field: str) -> list[Any]:
        return list(map(attrgetter(field), databases))

    stamps = [at] * len(databases)
    return {
        "instance_id": [instance_id] * len(databases), "database_name": each("name"), "is_active": each("is_active"),
        "first_seen_date": each("first_seen"), "last_seen_date": each("last_seen"), "deleted_at": each("deleted_at"),
        "created_at": stamps, "updated_at": stamps, "identity": each("identity"),
        "absent_since": each("absent_since"), "engine_state": each("state"),
    }


@final
@frozen
class SqlDatabases(InventoryRepository):
    store: Statements

    def known(self, instance_id: int) -> Sequence[KnownDatabase]:
        found = self.store.rows(select(*KNOWN).where(instance_databases.c.instance_id == instance_id))
        return sorted(starmap(KnownDatabase, found), key=attrgetter("name"))

    def save(self, instance_id: int, databases: Sequence[KnownDatabase], at: datetime) -> None:
        self.store.upsert_columns(BY_NAME, values_of(databases, instance_id, at))

    def record(self, instance_id: int, events: Sequence[LifecycleEvent], run_id: str | None, at: datetime) -> None:
        self.store.upsert(EVENTS, [
            {"instance_id": instance_id, "database_name": event.database_name, "event": event.kind.value,
             "detail": event.detail, "at": at, "run_id": run_id} for event in events])

    def events(self, instance_id: int) -> Sequence[LifecycleEvent]:
        table = database_lifecycle_events
        found = self.store.rows(select(table).where(table.c.instance_id == instance_id).order_by(table.c.id))
        return [_event(row) for row in found]

    def events_of_run(self, run_id: str) -> Mapping[int, Sequence[LifecycleEvent]]:
        table, found = database_lifecycle_events, defaultdict[int, list[LifecycleEvent]](list)
        for row in self.store.rows(select(table).where(table.c.run_id == run_id).order_by(table.c.id)):
            found[row.instance_id].append(_event(row))
        return dict(found)


def _event(row: Row[Any]) -> LifecycleEvent:
    return LifecycleEvent(row.database_name, EventKind(row.event), row.detail)
