"""Sizes into the store: the only writer of database sizes and instance totals."""
from collections.abc import Collection, Iterable, Sequence

from attrs import field, frozen

from capacity_sync.domain.capacity import (
    CapacityRow,
    InstanceFacts,
    InstanceTotal,
    MbRounding,
    Measurements,
    StoredSize,
    total_of,
    worth_saving,
)
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import CapacityOutcome
from capacity_sync.ports import UnitOfWork
from capacity_sync.use_cases.batching import Batches


@frozen
class CapacityPersistence:
    """Phase two's writer. An estimate never replaces a better value of the day; a failure removes none.

    `batches`: whether several instances' sizes may share a transaction.
    """

    batches: Batches = field(factory=Batches)

    def save(self, work: UnitOfWork, instance_id: int, measured: Measurements, active: Collection[str],
             rounding: MbRounding, stamp: Stamp) -> CapacityOutcome:
        """Write the rows that do not worsen the day, then the day's total over *active* databases.

        One bulk write of sizes (none when nothing was measured), one of the total.
        """
        before = work.sizes.of_day(instance_id, stamp.day)
        saved = [stored(row, rounding, stamp) for row in worth_saving(measured.rows, before)]
        if saved:
            work.sizes.save(instance_id, saved)
        total = self.save_total(work, instance_id, (*before, *saved), active, measured.facts, stamp)
        return CapacityOutcome(len(saved), total.total_bytes if total else None, measured.rows, measured.unmeasured)

    def save_sizes(self, work: UnitOfWork, instance_id: int, sizes: Sequence[StoredSize]) -> int:
        """Write rows that somebody made, each on its own day; how many of them did not worsen their day.

        The last of several rows of a database and day counts.
        """
        rows = {(size.collected_date, size.database_name): size for size in sizes}
        days = sorted({day for day, _ in rows})
        saved = [size for day in days for size in worth_saving(
            (row for row in rows.values() if row.collected_date == day), work.sizes.of_day(instance_id, day))]
        if saved:
            work.sizes.save(instance_id, saved)
        return len(saved)

    def save_total(self, work: UnitOfWork, instance_id: int, sizes: Iterable[StoredSize], active: Collection[str],
                   facts: InstanceFacts, stamp: Stamp) -> InstanceTotal | None:
        """Write the day's total over *active* databases; None, and none is left, when *sizes* has none of theirs.

        The last of several sizes of a database counts.
        """
        day = {size.database_name: size for size in sizes}
        total = total_of(day.values(), active, facts)
        work.sizes.save_total(instance_id, total, stamp)
        return total


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
