"""Sizes and totals as they are read back: chosen rows, pages of them, and what they come to."""
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from attrs import field, frozen, validators

from capacity_sync.domain.capacity import InstanceTotal, StoredSize
from capacity_sync.domain.inventory import same_incarnation
from capacity_sync.domain.sync_report import InstanceRun

_Item = TypeVar("_Item")


def _ids(ids: Iterable[int]) -> frozenset[int]:
    return frozenset(ids)


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


@frozen
class Choice:
    """Which rows. What is empty or None restricts nothing; both days are included; names match exactly."""

    first_day: date | None = None
    last_day: date | None = None
    instance_ids: frozenset[int] = field(default=frozenset(), converter=_ids)
    engines: frozenset[str] = field(default=frozenset(), converter=_names)
    database_name: str | None = None

    def has(self, owner: "Owner", day: date) -> bool:
        """Whether a row of *owner* and *day* is chosen, its database's name aside."""
        return ((self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)
                and (not self.instance_ids or owner.instance_id in self.instance_ids)
                and (not self.engines or owner.engine in self.engines))


@frozen
class Cut:
    """Which of the chosen rows: `limit` of them after the first `offset`."""

    limit: int = field(validator=validators.ge(1))
    offset: int = field(default=0, validator=validators.ge(0))


@frozen(order=True)
class Owner:
    """The instance that a row belongs to."""

    instance_id: int
    name: str
    engine: str


@frozen
class SizeOfDay:
    """A row of `database_size_stats`."""

    owner: Owner
    size: StoredSize


@frozen
class TotalOfDay:
    """A row of `instance_size_stats`."""

    owner: Owner
    day: date
    at: datetime
    total: InstanceTotal


@frozen(order=True)
class DatabaseKey:
    """One database of one instance."""

    instance_id: int
    name: str


@frozen
class LastSize:
    """An active database and the newest row it has; None: it has none."""

    owner: Owner
    database_name: str
    first_seen: date
    size: StoredSize | None = None

    @property
    def key(self) -> DatabaseKey:
        return DatabaseKey(self.owner.instance_id, self.database_name)

    @property
    def half_full(self) -> bool:
        """Whether it fills half of the bound of its data files, or more."""
        size = self.size
        return (size is not None and size.size_bytes is not None and size.max_bytes is not None
                and size.size_bytes * 2 >= size.max_bytes)

    def doubtful(self, before: datetime) -> bool:
        """Whether a rule may apply to it: collected at *before* or earlier, or never, or half full."""
        return self.size is None or self.size.collected_at <= before or self.half_full


@frozen
class Totals:
    """The totals of one instance on some days.

    `whole`: bytes of those days that lack no database; a day that does is smaller and did not shrink. `databases`:
    how many were measured and how many expected on the last day that has a total; None: there is none.
    """

    whole: Mapping[date, int] = field(factory=dict)
    databases: tuple[int, int] | None = None


@frozen
class LastOutcome:
    """What the last sync of an instance came to, and when it began; `completed_at`: the last that lacked nothing."""

    outcome: InstanceRun
    at: datetime
    completed_at: datetime | None


@frozen
class Page(Generic[_Item]):
    """Some of the chosen rows, and how many were chosen altogether."""

    items: tuple[_Item, ...] = field(converter=tuple[_Item, ...])
    total: int


@frozen
class Census:
    """How many databases a period has, and of how many of them the growth is known."""

    databases: int
    comparable: int


@frozen
class Summary:
    """What the chosen rows come to on each instance's last chosen day.

    `count` rows of that day are summed: databases, or instances. `bytes` is None when a row has none (legacy).
    `compared` of them also have a row of the instance's first chosen day that can be compared: of the same
    incarnation, by the same method and basis, with nothing missing. `before` and `after` are their sums, in one unit.
    """

    instances: int = 0
    count: int = 0
    megabytes: int = 0
    bytes: int | None = None
    largest_mb: int = 0
    compared: int = 0
    before: int = 0
    after: int = 0

    @property
    def growth_percent(self) -> Decimal | None:
        """From the first to the last chosen day, two decimals; None: nothing to compare, or it grew from zero."""
        if self.before == 0:
            return None
        return round(Decimal(self.after - self.before) * 100 / self.before, 2)


def comparable(then: StoredSize, now: StoredSize) -> bool:
    """Whether *now* minus *then* is growth: one incarnation, one way of measuring; what is not known is no other."""
    ways = ((then.method, now.method), (then.basis, now.basis))
    return same_incarnation(then.identity, now.identity) and all(
        one is None or other is None or one == other for one, other in ways)


def complete(total: InstanceTotal) -> bool:
    """Whether no active database is missing from *total*: only then two of them can be compared."""
    return total.measured_count == total.expected_count
