"""Sizes and totals in memory."""
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import date, datetime
from typing import final

from attrs import evolve, frozen

from capacity_sync.domain.capacity import InstanceFacts, InstanceTotal, StoredSize
from capacity_sync.domain.stamp import Stamp
from capacity_sync.ports import CapacityRepository


@final
@frozen
class MemorySizes(CapacityRepository):
    """`totalled`: when each of the `totals` was taken, or withdrawn."""

    sizes: MutableMapping[tuple[int, date, str], StoredSize]
    totals: MutableMapping[tuple[int, date], InstanceTotal]
    totalled: MutableMapping[tuple[int, date], datetime]

    def of_day(self, instance_id: int, day: date) -> Sequence[StoredSize]:
        return [size for (owner, of, _), size in sorted(self.sizes.items()) if (owner, of) == (instance_id, day)]

    def save(self, instance_id: int, sizes: Sequence[StoredSize]) -> None:
        for size in sizes:
            self.sizes[instance_id, size.collected_date, size.database_name] = size

    def total(self, instance_id: int, day: date) -> InstanceTotal | None:
        return self.totals.get((instance_id, day))

    def save_total(self, instance_id: int, total: InstanceTotal | None, stamp: Stamp) -> None:
        key = (instance_id, stamp.day)
        before = self.totals.pop(key, None)
        if total is not None or before is not None:
            self.totalled[key] = stamp.at
        if total is not None:
            self.totals[key] = evolve(total, facts=_newer(total.facts, before.facts if before else total.facts))

    def measured_since(self, instance_id: int, at: datetime) -> Mapping[str, str | None]:
        own = [size for (owner, _, _), size in self.sizes.items() if owner == instance_id]
        return {size.database_name: size.identity for size in sorted(own, key=lambda size: size.collected_at)
                if size.collected_at >= at}

    def latest_day(self, instance_id: int) -> date | None:
        return max((day for owner, day, _ in self.sizes if owner == instance_id), default=None)


def _newer(now: InstanceFacts, before: InstanceFacts) -> InstanceFacts:
    return InstanceFacts(
        now.overhead_bytes if now.overhead_bytes is not None else before.overhead_bytes,
        now.log_bytes if now.log_bytes is not None else before.log_bytes,
    )
