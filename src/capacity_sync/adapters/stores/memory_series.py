"""Sizes along the days over the store in memory: what the SQL store's statements are compared with."""
from collections.abc import Collection, Hashable, Mapping, Sequence
from datetime import date, datetime
from typing import final

from attrs import frozen

from capacity_sync.domain.capacity import InstanceTotal, StoredSize
from capacity_sync.domain.history import DatabaseKey, LastSize, Owner, Totals, complete
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.ports import SeriesRepository


@final
@frozen
class MemorySeries(SeriesRepository):
    """`owners`: of all instances, `active`: the ids of those that are active."""

    owners: Mapping[int, Owner]
    active: Collection[int]
    databases: Mapping[tuple[int, str], KnownDatabase]
    sizes: Mapping[tuple[int, date, str], StoredSize]
    stored_totals: Mapping[tuple[int, date], InstanceTotal]

    def of(self, keys: Collection[DatabaseKey], first: date, last: date) -> Mapping[DatabaseKey, Sequence[StoredSize]]:
        return {key: self._of(key, first, last) for key in keys}

    def _of(self, key: DatabaseKey, first: date, last: date) -> Sequence[StoredSize]:
        known = self.databases.get((key.instance_id, key.name))
        identity = known.identity if known else None
        found = [size for (owner, day, name), size in self.sizes.items()
                 if owner == key.instance_id and first <= day <= last
                 and (name == key.name or (identity is not None and size.identity == identity))]
        return sorted(found, key=lambda size: (size.collected_date, size.database_name))

    def newest(self, day: date, instance_ids: Collection[int] | None) -> Sequence[LastSize]:
        newest = {(owner, name): size for (owner, of, name), size in sorted(self.sizes.items(), key=lambda s: s[0])
                  if of <= day}
        return [LastSize(self.owners[owner], name, known.first_seen, newest.get((owner, name)))
                for (owner, name), known in sorted(self.databases.items(), key=lambda item: item[0])
                if known.is_active and owner in self.active and (instance_ids is None or owner in instance_ids)]

    def doubtful(self, day: date, before: datetime, instance_ids: Collection[int] | None) -> Sequence[LastSize]:
        return [last for last in self.newest(day, instance_ids) if last.doubtful(before)]

    def active_owners(self, instance_ids: Collection[int] | None) -> Sequence[Owner]:
        return sorted({last.owner for last in self.newest(date.max, instance_ids)})

    def totals(self, instance_ids: Collection[int], first: date, last: date) -> Mapping[int, Totals]:
        return {owner: self._totals({day: total for (of, day), total in sorted(self.stored_totals.items())
                                     if of == owner and first <= day <= last}) for owner in instance_ids}

    def _totals(self, by_day: Mapping[date, InstanceTotal]) -> Totals:
        newest = by_day[max(by_day)] if by_day else None
        return Totals(
            {day: total.total_bytes for day, total in by_day.items()
             if complete(total) and total.total_bytes is not None},
            (newest.measured_count, newest.expected_count) if newest else None)

    def risen(self, first: date, last: date, least: int, instance_ids: Collection[int] | None) -> Collection[int]:
        groups: dict[tuple[int, str, Hashable], list[int]] = {}
        for (owner, day, name), size in self.sizes.items():
            if first <= day <= last and size.size_bytes is not None and (instance_ids is None or owner in instance_ids):
                groups.setdefault((owner, "name", name), []).append(size.size_bytes)
                if size.identity is not None:
                    groups.setdefault((owner, "identity", size.identity), []).append(size.size_bytes)
        return {owner for (owner, *_), sizes in groups.items() if max(sizes) - min(sizes) >= least}
