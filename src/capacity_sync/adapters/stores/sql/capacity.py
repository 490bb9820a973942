"""The tables `database_size_stats` and `instance_size_stats`."""
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, final

from attrs import frozen
from sqlalchemy import Row, func, select, update

from capacity_sync.adapters.stores.sql.bulk import Values, each_once
from capacity_sync.adapters.stores.sql.months import make_room
from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.adapters.stores.sql.tables import NOT_WITHDRAWN, database_size_stats, instance_size_stats
from capacity_sync.adapters.stores.sql.upsert import Upsert
from capacity_sync.domain.capacity import Basis, InstanceFacts, InstanceTotal, StoredSize
from capacity_sync.domain.stamp import Stamp
from capacity_sync.ports import CapacityRepository

SIZE_OF_A_DAY = Upsert(
    database_size_stats, key=("instance_id", "database_name", "collected_date"),
    update=("size_mb", "data_size_mb", "log_size_mb", "collected_at", "updated_at", "identity", "size_bytes",
            "data_size_bytes", "log_size_bytes", "max_size_bytes", "method", "basis"),
)
TOTAL_OF_A_DAY = Upsert(
    instance_size_stats, key=("instance_id", "collected_date"), where=NOT_WITHDRAWN,
    update=("total_size_mb", "database_count", "collected_at", "updated_at", "total_size_bytes", "overhead_bytes",
            "log_bytes", "measured_count", "expected_count"),
    unless_null=("overhead_bytes", "log_bytes"),
)


SIZE = tuple(database_size_stats.c[name] for name in (
    "database_name", "collected_date", "collected_at", "size_mb", "data_size_mb", "log_size_mb", "identity",
    "size_bytes", "data_size_bytes", "log_size_bytes", "max_size_bytes", "method", "basis"))
"""The columns of a `StoredSize`, in the order of its fields."""
BASES: Mapping[str | None, Basis | None] = {None: None, **{basis.value: basis for basis in Basis}}


def size_of(row: Sequence[Any]) -> StoredSize:
    """From the columns `SIZE`, with which *row* begins. By position: there is a row for each database and day."""
    values = list(row[:len(SIZE)])
    values[-1] = BASES[values[-1]]
    return StoredSize(*values)


def values_of(sizes: Sequence[StoredSize], instance_id: int) -> Values:
    """What `SIZE_OF_A_DAY` writes of *sizes*."""
    def each(field: str) -> list[Any]:
        return list(map(attrgetter(field), sizes))

    at = each("collected_at")
    return {
        "instance_id": [instance_id] * len(sizes), "database_name": each("database_name"), "size_mb": each("size_mb"),
        "data_size_mb": each("data_size_mb"), "log_size_mb": each("log_size_mb"),
        "collected_date": each("collected_date"), "collected_at": at, "created_at": at, "updated_at": at,
        "identity": each("identity"), "size_bytes": each("size_bytes"), "data_size_bytes": each("data_bytes"),
        "log_size_bytes": each("log_bytes"), "max_size_bytes": each("max_bytes"), "method": each("method"),
        "basis": each_once(lambda basis: basis and basis.value, each("basis")),
    }


def total_of(row: Row[Any]) -> InstanceTotal:
    """A legacy row says how many databases were summed, and nothing of how many were expected: as many."""
    return InstanceTotal(
        total_mb=row.total_size_mb, total_bytes=row.total_size_bytes,
        measured_count=row.database_count if row.measured_count is None else row.measured_count,
        expected_count=row.database_count if row.expected_count is None else row.expected_count,
        facts=InstanceFacts(row.overhead_bytes, row.log_bytes),
    )


def total_row_of(total: InstanceTotal, instance_id: int, day: date, at: datetime) -> dict[str, Any]:
    return {
        "instance_id": instance_id, "total_size_mb": total.total_mb, "database_count": total.measured_count,
        "collected_date": day, "collected_at": at, "is_deleted": False, "created_at": at, "updated_at": at,
        "total_size_bytes": total.total_bytes, "overhead_bytes": total.facts.overhead_bytes,
        "log_bytes": total.facts.log_bytes, "measured_count": total.measured_count,
        "expected_count": total.expected_count,
    }


@final
@frozen
class SqlSizes(CapacityRepository):
    store: Statements

    def of_day(self, instance_id: int, day: date) -> Sequence[StoredSize]:
        table = database_size_stats
        found = self.store.rows(
            select(*SIZE).where(table.c.instance_id == instance_id, table.c.collected_date == day))
        return sorted(map(size_of, found), key=attrgetter("database_name"))

    def save(self, instance_id: int, sizes: Sequence[StoredSize]) -> None:
        make_room(self.store.connection, (size.collected_date for size in sizes))
        self.store.upsert_columns(SIZE_OF_A_DAY, values_of(sizes, instance_id))

    def total(self, instance_id: int, day: date) -> InstanceTotal | None:
        table = instance_size_stats
        found = self.store.rows(select(table).where(
            table.c.instance_id == instance_id, table.c.collected_date == day, NOT_WITHDRAWN))
        return total_of(found[0]) if found else None

    def save_total(self, instance_id: int, total: InstanceTotal | None, stamp: Stamp) -> None:
        if total is None:
            self._withdraw_total(instance_id, stamp)
        else:
            make_room(self.store.connection, [stamp.day])
            self.store.upsert(TOTAL_OF_A_DAY, [total_row_of(total, instance_id, stamp.day, stamp.at)])

    def _withdraw_total(self, instance_id: int, stamp: Stamp) -> None:
        table = instance_size_stats
        of_day = update(table).where(
            table.c.instance_id == instance_id, table.c.collected_date == stamp.day, NOT_WITHDRAWN)
        self.store.run(of_day.values(is_deleted=True, deleted_at=stamp.at, updated_at=stamp.at))

    def measured_since(self, instance_id: int, at: datetime) -> Mapping[str, str | None]:
        """The day comes first, for the index and the partitions; in any zone it is the day before at the earliest."""
        table = database_size_stats
        found = self.store.rows(
            select(table.c.database_name, table.c.identity).where(
                table.c.instance_id == instance_id, table.c.collected_date >= at.date() - timedelta(days=1),
                table.c.collected_at >= at).order_by(table.c.collected_at))
        return {row.database_name: row.identity for row in found}

    def latest_day(self, instance_id: int) -> date | None:
        table = database_size_stats
        found: date | None = self.store.scalar(
            select(func.max(table.c.collected_date)).where(table.c.instance_id == instance_id))
        return found
