"""What the core needs from a store to forget."""
from abc import abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Protocol

from capacity_sync.domain.retention import Kind


class RetentionRepository(Protocol):
    """Rows of days before a horizon.

    Of them stay: the last size of an active database, the last total of an active instance, and the newest run.
    """

    @abstractmethod
    def count(self, kind: Kind, horizon: date) -> int:
        """How many rows are to go."""

    @abstractmethod
    def partitions(self, kind: Kind, horizon: date) -> Sequence[str]:
        """Those of which all rows are to go, oldest first; none in stores without, or that we may not drop."""

    @abstractmethod
    def drop(self, kind: Kind, partition: str, horizon: date) -> int:
        """Drop one of `partitions`; how many rows went with it. Nothing happens to what is not one of them."""

    @abstractmethod
    def owners(self, kind: Kind, horizon: date) -> Sequence[int]:
        """The ids of the instances that have rows before *horizon*, sorted. Runs belong to none."""

    @abstractmethod
    def delete(self, kind: Kind, horizon: date, limit: int, instance_id: int | None = None) -> int:
        """Delete at most *limit* of the rows that are to go, oldest first; how many."""
