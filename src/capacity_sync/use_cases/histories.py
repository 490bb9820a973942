"""Stored rows as the points of series."""
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

from attrs import frozen

from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.history import DatabaseKey, Totals
from capacity_sync.domain.series import Point
from capacity_sync.ports import UnitOfWork

HISTORY_DAYS = 90
"""What a forecast looks back on: long enough for a trend, short enough to be the present one."""


@frozen
class Days:
    """So many days up to *last*, which is included."""

    last: date
    count: int = HISTORY_DAYS

    @property
    def first(self) -> date:
        return self.last - timedelta(self.count - 1)


def point_of(size: StoredSize) -> Point | None:
    """None: the old service knew no bytes."""
    if size.size_bytes is None:
        return None
    return Point(size.collected_date, size.size_bytes, size.identity, size.method, size.basis)


def points_of(sizes: Iterable[StoredSize]) -> list[Point]:
    return [point for point in map(point_of, sizes) if point is not None]


def databases(work: UnitOfWork, keys: Collection[DatabaseKey],
              days: Days) -> Mapping[DatabaseKey, Sequence[StoredSize]]:
    """By day; those of the same identity under another name too."""
    return work.series.of(keys, days.first, days.last) if keys else {}


def instances(work: UnitOfWork, ids: Collection[int], days: Days) -> Mapping[int, Totals]:
    """By id; an instance without totals has empty ones."""
    return work.series.totals(ids, days.first, days.last) if ids else {}


def points_of_totals(totals: Totals) -> list[Point]:
    return [Point(day, size) for day, size in sorted(totals.whole.items())]
