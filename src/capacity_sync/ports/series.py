"""What the core needs from a store to follow sizes along the days: for trends, forecasts and alerts."""
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.history import DatabaseKey, LastSize, Owner, Totals


class SeriesRepository(Protocol):
    """Reads the sizes of many databases or instances at once. Days are included on both sides."""

    @abstractmethod
    def of(self, keys: Collection[DatabaseKey], first: date, last: date) -> Mapping[DatabaseKey, Sequence[StoredSize]]:
        """Of each database all rows of its name, whatever incarnation, and those of its identity under other names.

        By day, then name. A database without rows has an empty entry.
        """

    @abstractmethod
    def newest(self, day: date, instance_ids: Collection[int] | None) -> Sequence[LastSize]:
        """The active databases of these active instances (None: of all), with their newest row up to *day*.

        By instance id and name, by code point.
        """

    @abstractmethod
    def doubtful(self, day: date, before: datetime, instance_ids: Collection[int] | None) -> Sequence[LastSize]:
        """Those of `newest` that are doubtful, by `LastSize.doubtful`."""

    @abstractmethod
    def active_owners(self, instance_ids: Collection[int] | None) -> Sequence[Owner]:
        """Those of these active instances (None: of all) that have an active database, by id."""

    @abstractmethod
    def totals(self, instance_ids: Collection[int], first: date, last: date) -> Mapping[int, Totals]:
        """Of each of these instances the totals of these days, without withdrawn ones."""

    @abstractmethod
    def risen(self, first: date, last: date, least: int, instance_ids: Collection[int] | None) -> Collection[int]:
        """Those instances with rows of one name, or of one identity, that lie *least* bytes or more apart."""
