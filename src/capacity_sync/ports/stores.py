"""What the core needs from a store: repositories over its tables, and one transaction around them."""
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from types import TracebackType
from typing import Protocol, Self

from capacity_sync.domain.capacity import InstanceTotal, StoredSize
from capacity_sync.domain.history import Choice, Cut, Page, SizeOfDay, Summary, TotalOfDay
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.reconciliation import LifecycleEvent
from capacity_sync.domain.stamp import Stamp
from capacity_sync.ports.growth import AggregateRepository
from capacity_sync.ports.leases import Leases
from capacity_sync.ports.retention import RetentionRepository
from capacity_sync.ports.runs import RunRepository
from capacity_sync.ports.series import SeriesRepository


class InstanceRepository(Protocol):
    """The table `instances`. In a store of its own the package writes it; in an adopted one it only reads."""

    @abstractmethod
    def register(self, instances: Sequence[Instance], at: datetime, versions: Mapping[str, str] = ...,
                 ) -> Mapping[str, int]:
        """Add or update *instances* by name and make them active. Returns name -> id."""

    @abstractmethod
    def expect(self, instances: Sequence[Instance]) -> None:
        """Raises: StoreRefused: `register` would refuse one of *instances*. Writes nothing."""

    @abstractmethod
    def retire(self, keep: Collection[str], at: datetime) -> None:
        """Make all instances but *keep* inactive. Their history stays."""

    @abstractmethod
    def ids(self, names: Collection[str] | None = None) -> Mapping[str, int]:
        """Name -> id of all instances, or of those of *names* that there are; inactive ones too."""

    @abstractmethod
    def engines(self) -> Mapping[str, str]:
        """Name -> engine of all instances, inactive ones too."""


class InventoryRepository(Protocol):
    """The tables `instance_databases` and `database_lifecycle_events`."""

    @abstractmethod
    def known(self, instance_id: int) -> Sequence[KnownDatabase]:
        """All databases of an instance, inactive ones too, sorted by name."""

    @abstractmethod
    def save(self, instance_id: int, databases: Sequence[KnownDatabase], at: datetime) -> None:
        """Insert or update by exact name, in one statement. `created_at` and `first_seen` keep their first value."""

    @abstractmethod
    def record(self, instance_id: int, events: Sequence[LifecycleEvent], run_id: str | None, at: datetime) -> None:
        """Append *events*."""

    @abstractmethod
    def events(self, instance_id: int) -> Sequence[LifecycleEvent]:
        """In the order they were recorded."""

    @abstractmethod
    def events_of_run(self, run_id: str) -> Mapping[int, Sequence[LifecycleEvent]]:
        """By instance id, in the order they were recorded; of instances without any, nothing."""


class CapacityRepository(Protocol):
    """The tables `database_size_stats` and `instance_size_stats`."""

    @abstractmethod
    def of_day(self, instance_id: int, day: date) -> Sequence[StoredSize]:
        """The day's rows, sorted by name."""

    @abstractmethod
    def save(self, instance_id: int, sizes: Sequence[StoredSize]) -> None:
        """Insert or update by (name, collected_date), in one statement. `created_at` keeps its first value."""

    @abstractmethod
    def total(self, instance_id: int, day: date) -> InstanceTotal | None:
        """The day's total, unless withdrawn."""

    @abstractmethod
    def save_total(self, instance_id: int, total: InstanceTotal | None, stamp: Stamp) -> None:
        """Insert or update the day's total; facts that are None keep the day's earlier value. None withdraws it."""

    @abstractmethod
    def measured_since(self, instance_id: int, at: datetime) -> Mapping[str, str | None]:
        """The databases whose last size was collected at *at* or later: name -> its identity."""

    @abstractmethod
    def latest_day(self, instance_id: int) -> date | None:
        """The last day that has rows."""


class CapacityHistory(Protocol):
    """Reads the same tables over all instances and days, set by set."""

    @abstractmethod
    def sizes(self, choice: Choice, cut: Cut) -> Page[SizeOfDay]:
        """The newest days first; of a day by instance id and name, by code point."""

    @abstractmethod
    def totals(self, choice: Choice, cut: Cut) -> Page[TotalOfDay]:
        """The newest days first; of a day by instance id. No withdrawn ones. A database name chooses nothing here."""

    @abstractmethod
    def size_summary(self, choice: Choice) -> Summary:
        """Of the databases."""

    @abstractmethod
    def total_summary(self, choice: Choice) -> Summary:
        """Of the instances."""

    @abstractmethod
    def newest_sizes(self) -> Sequence[SizeOfDay]:
        """The active databases' rows of the newest day of each active instance; by instance id and name."""

    @abstractmethod
    def newest_totals(self) -> Sequence[TotalOfDay]:
        """The newest total of each active instance, by instance id. No withdrawn ones."""


class UnitOfWork(Protocol):
    """One transaction: enter, use the repositories, commit. Leaving without `commit` rolls back."""

    @property
    @abstractmethod
    def leases(self) -> Leases:
        """The store's, to be used outside of `with`."""

    @property
    @abstractmethod
    def instances(self) -> InstanceRepository: ...
    @property
    @abstractmethod
    def databases(self) -> InventoryRepository: ...
    @property
    @abstractmethod
    def sizes(self) -> CapacityRepository: ...
    @property
    @abstractmethod
    def history(self) -> CapacityHistory: ...
    @property
    @abstractmethod
    def series(self) -> SeriesRepository: ...
    @property
    @abstractmethod
    def aggregates(self) -> AggregateRepository: ...
    @property
    @abstractmethod
    def retention(self) -> RetentionRepository: ...
    @property
    @abstractmethod
    def runs(self) -> RunRepository: ...
    @abstractmethod
    def __enter__(self) -> Self: ...
    @abstractmethod
    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None: ...
    @abstractmethod
    def commit(self) -> None:
        """Make everything since `__enter__` last. Raises: StoreFailed."""
