"""What the core needs from a store to aggregate sizes over periods, and to read the aggregates."""
from abc import abstractmethod
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Protocol

from capacity_sync.domain.calculation import Computed, Mark, Touch
from capacity_sync.domain.growth import DatabaseAggregate, InstanceAggregate, Ranking
from capacity_sync.domain.history import Census, Choice, Cut, Page
from capacity_sync.domain.periods import Period, PeriodKind


class AggregateRepository(Protocol):
    """The tables `database_size_aggregations` and `instance_size_aggregations`, of all instances at once.

    A `Choice` of days chooses the periods that have one of them; a database name chooses nothing among instances.
    """

    @abstractmethod
    def mark(self, kind: PeriodKind) -> Mark | None:
        """Up to where periods of that kind are aggregated; None: they never were."""

    @abstractmethod
    def set_mark(self, kind: PeriodKind, mark: Mark) -> None: ...

    @abstractmethod
    def touched(self, since: datetime) -> Sequence[Touch]:
        """The rows with a later stamp than *since*, by instance, day and stamp. As quick as they are few."""

    @abstractmethod
    def measured_days(self) -> Sequence[date]:
        """All days that have rows, in order. Reads the whole history."""

    @abstractmethod
    def compute(self, period: Period, instance_ids: Collection[int] | None, at: datetime) -> Sequence[Computed]:
        """Aggregate the period's rows of these instances, None: of all; databases, then instances.

        Insert or update; what is right already stays untouched, with its `calculated_at`. An instance aggregate all
        of whose totals were withdrawn goes.
        """

    @abstractmethod
    def databases(self, kind: PeriodKind, choice: Choice, cut: Cut) -> Page[DatabaseAggregate]:
        """The newest periods first; of a period by instance id and name, by code point."""

    @abstractmethod
    def instances(self, kind: PeriodKind, choice: Choice, cut: Cut) -> Page[InstanceAggregate]:
        """The newest periods first; of a period by instance id."""

    @abstractmethod
    def newest_period(self, kind: PeriodKind, choice: Choice) -> Period | None:
        """That instances have an aggregate of; None: they have none."""

    @abstractmethod
    def growers(self, period: Period, choice: Choice, ranking: Ranking, limit: int) -> Sequence[DatabaseAggregate]:
        """Of the period's databases those that grew most against the previous period.

        Ranked by `growth` or by `growth_percent`, the largest first, negative ones last; after them those that have
        none, by their last size (the average where its exact bytes are missing), the largest first; then by instance
        id and name. The days of *choice* choose nothing.
        """

    @abstractmethod
    def census(self, period: Period, choice: Choice) -> Census:
        """Of the period's databases. The days of *choice* choose nothing."""
