"""The table `instances`: ours in a store of its own, the host's in an adopted one."""
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, final

from attrs import frozen
from sqlalchemy import func, select, true, update

from capacity_sync.adapters.stores.sql.leases import number_of
from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.adapters.stores.sql.tables import capacity_sync_store, instances
from capacity_sync.adapters.stores.sql.upsert import Upsert
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import StoreRefused
from capacity_sync.ports import InstanceRepository

FEW = 500
"""Names that are asked for by name; of more, all are read."""
BY_NAME = Upsert(
    instances, key=("name",), unless_null=("main_version",),
    update=("db_type", "host", "port", "database_name", "main_version", "is_active", "deleted_at", "updated_at"),
)


def row_of(instance: Instance, version: str | None, at: datetime) -> dict[str, Any]:
    return {
        "name": instance.name, "db_type": instance.engine, "host": instance.host, "port": instance.port,
        "database_name": instance.database, "main_version": version, "is_active": True, "deleted_at": None,
        "created_at": at, "updated_at": at,
    }


@final
@frozen
class SqlInstances(InstanceRepository):
    """In an adopted store nothing is written: instances are matched by name.

    Raises: StoreRefused: an adopted store does not have the instance.
    """

    store: Statements

    def register(self, instances: Sequence[Instance], at: datetime,
                 versions: Mapping[str, str] = MappingProxyType({})) -> Mapping[str, int]:
        if not self._adopted():
            self.store.upsert(BY_NAME, [row_of(i, versions.get(i.name), at) for i in instances])
        elif len(instances) == 1:
            self._make_others_wait(instances[0])
        ids = self.ids([i.name for i in instances])
        self._refuse_unknown(instances, ids)
        return ids

    def expect(self, instances: Sequence[Instance]) -> None:
        if self._adopted():
            self._refuse_unknown(instances, self.ids())

    def _refuse_unknown(self, instances: Sequence[Instance], known: Collection[str]) -> None:
        unknown = sorted({i.name for i in instances}.difference(known))
        if unknown:
            raise StoreRefused(f"the adopted table `instances` has no {', '.join(unknown)}: add what is missing in the "
                               "application that owns the table, or correct the name in the fleet file")

    def retire(self, keep: Collection[str], at: datetime) -> None:
        if not self._adopted():
            leaving = update(instances).where(instances.c.is_active == true(), instances.c.name.not_in(list(keep)))
            self.store.run(leaving.values(is_active=False, updated_at=at))

    def ids(self, names: Collection[str] | None = None) -> Mapping[str, int]:
        """An adopted table may find more by a name than it is: `orders` by `ORDERS`."""
        wanted = select(instances.c.name, instances.c.id)
        if names is not None and len(names) <= FEW:
            wanted = wanted.where(instances.c.name.in_(list(names)))
        found = {row.name: row.id for row in self.store.rows(wanted)}
        return found if names is None else {name: found[name] for name in names if name in found}

    def engines(self) -> Mapping[str, str]:
        return {row.name: row.db_type for row in self.store.rows(select(instances.c.name, instances.c.db_type))}

    def _make_others_wait(self, instance: Instance) -> None:
        """As the row would, if it were ours to write; SQLite's transactions begin with the write lock."""
        if self.store.connection.dialect.name == "postgresql":
            self.store.scalar(select(func.pg_advisory_xact_lock(number_of(f"write {instance.name}"))))

    def _adopted(self) -> bool:
        query = select(capacity_sync_store.c.value).where(capacity_sync_store.c.key == "adopted")
        return bool(self.store.scalar(query) == "true")
