"""Pages and summaries over the store in memory: what the SQL store's statements are compared with."""
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar, final

from attrs import frozen

from capacity_sync.domain.capacity import MIB, InstanceTotal, StoredSize
from capacity_sync.domain.history import (
    Choice,
    Cut,
    Owner,
    Page,
    SizeOfDay,
    Summary,
    TotalOfDay,
    comparable,
    complete,
)
from capacity_sync.ports import CapacityHistory

Item = TypeVar("Item")


@frozen
class _Figure:
    """One row of a day, of a database or (without a name) of an instance."""

    instance_id: int
    day: date
    name: str | None
    megabytes: int
    bytes: int | None
    row: StoredSize | InstanceTotal


@final
@frozen
class MemoryHistory(CapacityHistory):
    """`sizes` by instance, day and name; `totals` by instance and day, each with the instant it was taken at.

    `active`: the ids of active instances, and (id, name) of active databases.
    """

    owners: Mapping[int, Owner]
    stored_sizes: Mapping[tuple[int, date, str], StoredSize]
    stored_totals: Mapping[tuple[int, date], tuple[InstanceTotal, datetime]]
    active: Collection[int | tuple[int, str]]

    def sizes(self, choice: Choice, cut: Cut) -> Page[SizeOfDay]:
        rows = sorted(self._sizes(choice), key=lambda row: (row.owner.instance_id, row.size.database_name))
        return _page(rows, lambda row: row.size.collected_date, cut)

    def totals(self, choice: Choice, cut: Cut) -> Page[TotalOfDay]:
        rows = sorted(self._totals(choice), key=lambda row: row.owner.instance_id)
        return _page(rows, lambda row: row.day, cut)

    def size_summary(self, choice: Choice) -> Summary:
        return _summary([_Figure(row.owner.instance_id, row.size.collected_date, row.size.database_name,
                                 row.size.size_mb, row.size.size_bytes, row.size) for row in self._sizes(choice)])

    def total_summary(self, choice: Choice) -> Summary:
        return _summary([_Figure(row.owner.instance_id, row.day, None, row.total.total_mb, row.total.total_bytes,
                                 row.total) for row in self._totals(choice)])

    def newest_sizes(self) -> Sequence[SizeOfDay]:
        rows = self._sizes(Choice())
        newest = _newest((row.owner.instance_id, row.size.collected_date) for row in rows)
        kept = [row for row in rows if row.owner.instance_id in self.active
                and (row.owner.instance_id, row.size.database_name) in self.active
                and row.size.collected_date == newest[row.owner.instance_id]]
        return sorted(kept, key=lambda row: (row.owner.instance_id, row.size.database_name))

    def newest_totals(self) -> Sequence[TotalOfDay]:
        rows = self._totals(Choice())
        newest = _newest((row.owner.instance_id, row.day) for row in rows)
        kept = [row for row in rows if row.owner.instance_id in self.active
                and row.day == newest[row.owner.instance_id]]
        return sorted(kept, key=lambda row: row.owner.instance_id)

    def _sizes(self, choice: Choice) -> list[SizeOfDay]:
        return [SizeOfDay(self.owners[owner], size) for (owner, day, name), size in self.stored_sizes.items()
                if choice.has(self.owners[owner], day) and choice.database_name in (None, name)]

    def _totals(self, choice: Choice) -> list[TotalOfDay]:
        return [TotalOfDay(self.owners[owner], day, at, total)
                for (owner, day), (total, at) in self.stored_totals.items() if choice.has(self.owners[owner], day)]


def _newest(days: Iterable[tuple[int, date]]) -> Mapping[int, date]:
    newest: dict[int, date] = {}
    for instance_id, day in days:
        newest[instance_id] = max(day, newest.get(instance_id, day))
    return newest


def _page(rows: list[Item], day: Callable[[Item], date], cut: Cut) -> Page[Item]:
    newest_first = sorted(rows, key=day, reverse=True)
    return Page(newest_first[cut.offset:cut.offset + cut.limit], len(rows))


def _summary(figures: list[_Figure]) -> Summary:
    days: dict[int, list[date]] = {}
    for one in figures:
        days.setdefault(one.instance_id, []).append(one.day)
    now = [one for one in figures if one.day == max(days[one.instance_id])]
    then = {(one.instance_id, one.name): one for one in figures
            if one.day == min(days[one.instance_id]) < max(days[one.instance_id])}
    pairs = [(before, one) for one in now
             if (before := then.get((one.instance_id, one.name))) and _are_comparable(before.row, one.row)]
    exact = [one.bytes for one in now if one.bytes is not None]
    return Summary(
        instances=len(days), count=len(now), megabytes=sum(one.megabytes for one in now),
        bytes=sum(exact) if exact and len(exact) == len(now) else None,
        largest_mb=max((one.megabytes for one in now), default=0), compared=len(pairs),
        before=sum(_in_one_unit(one, other) for one, other in pairs),
        after=sum(_in_one_unit(other, one) for one, other in pairs),
    )


def _are_comparable(then: StoredSize | InstanceTotal, now: StoredSize | InstanceTotal) -> bool:
    if isinstance(then, StoredSize) and isinstance(now, StoredSize):
        return comparable(then, now)
    return all(isinstance(total, InstanceTotal) and complete(total) for total in (then, now))


def _in_one_unit(figure: _Figure, other: _Figure) -> int:
    return figure.megabytes * MIB if figure.bytes is None or other.bytes is None else figure.bytes
