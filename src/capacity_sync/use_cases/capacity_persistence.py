"""Sizes into the store: the only writer of database sizes and instance totals."""
from collections.abc import Collection

from attrs import frozen

from capacity_sync.domain.capacity import (
    CapacityRow,
    MbRounding,
    Measurements,
    StoredSize,
    total_of,
    worth_saving,
)
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import CapacityOutcome
from capacity_sync.ports import UnitOfWork


@frozen
class CapacityPersistence:
    """Phase two's writer. An estimate never replaces a better value of the day; a failure removes none."""

    def save(self, work: UnitOfWork, instance_id: int, measured: Measurements, active: Collection[str],
             rounding: MbRounding, stamp: Stamp) -> CapacityOutcome:
        """Write the rows that do not worsen the day, then the day's total over *active* databases.

        One bulk write of sizes (none when nothing was measured), one of the total.
        """
        before = work.sizes.of_day(instance_id, stamp.day)
        saved = [stored(row, rounding, stamp) for row in worth_saving(measured.rows, before)]
        if saved:
            work.sizes.save(instance_id, saved)
        day = {size.database_name: size for size in (*before, *saved)}
        total = total_of(day.values(), active, measured.facts)
        work.sizes.save_total(instance_id, total, stamp)
        return CapacityOutcome(len(saved), total.total_bytes if total else None, measured.rows, measured.unmeasured)


def stored(row: CapacityRow, rounding: MbRounding, stamp: Stamp) -> StoredSize:
    """*row* as the day keeps it: exact bytes, and the legacy megabytes beside them."""
    def megabytes(size: int | None) -> int | None:
        return None if size is None else rounding.megabytes(size)

    return StoredSize(
        row.database_name, stamp.day, stamp.at,
        size_mb=rounding.megabytes(row.size_bytes), data_size_mb=megabytes(row.data_bytes),
        log_size_mb=megabytes(row.log_bytes), identity=row.identity, size_bytes=row.size_bytes,
        data_bytes=row.data_bytes, log_bytes=row.log_bytes, max_bytes=row.max_bytes,
        method=row.method, basis=row.basis,
    )
