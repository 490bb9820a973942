"""What a period's sizes come to, on how many days that rests, and whether it can be compared with the period before.

Decision 37 says which days and which periods are compared.
"""
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from attrs import frozen

from capacity_sync.domain.capacity import MIB
from capacity_sync.domain.history import Owner
from capacity_sync.domain.periods import Period

MOST_PERCENT = Decimal("99999999.99")
"""What numeric(10,2) can hold: a database of one megabyte that becomes a terabyte grows by more."""
TREND_PERCENT = Decimal(5)
ZERO = Decimal("0.00")


class Comparison(Enum):
    """Why a period's change is known, or is not.

    `no_previous`: nothing was measured in the period before. `recreated`: rows of two incarnations.
    `remeasured`: rows of two methods or bases. `partial`: of an instance, no day with all its databases.
    """

    COMPARED = "compared"
    NO_PREVIOUS = "no_previous"
    RECREATED = "recreated"
    REMEASURED = "remeasured"
    PARTIAL = "partial"


class Trend(Enum):
    """Of an instance: more than five percent up or down."""

    GROWING = "growing"
    STABLE = "stable"
    SHRINKING = "shrinking"


class Ranking(Enum):
    """What the top growers are ordered by."""

    BYTES = "bytes"
    PERCENT = "percent"


@frozen
class Spread:
    """Of the period's daily figures. `average` is cut to a whole number, as the old service cut it."""

    average: int
    largest: int
    smallest: int


@frozen
class Change:
    """Of the average against the previous period's, in the unit of the spread; zero where nothing can be compared."""

    amount: int = 0
    percent: Decimal = ZERO


@frozen
class Observed:
    """Exact bytes of a period, and the days they rest on. Everything is None in rows of the old service.

    `bytes` and `last_bytes` are None when a day has no exact bytes. `first_bytes` is None, too, when the period's
    rows are of two incarnations, methods or bases: then the period itself knows no growth.
    `change_bytes`, average against previous average, is None unless `comparison` is `compared`.
    `days_observed` days were measured, of an instance only those with all its databases; `days_expected` is the
    period's whole length, from the day on which the first database was first seen.
    """

    bytes: Spread | None = None
    first_bytes: int | None = None
    last_bytes: int | None = None
    change_bytes: int | None = None
    comparison: Comparison | None = None
    days_observed: int | None = None
    days_expected: int | None = None

    @property
    def grown_bytes(self) -> int | None:
        """From the first to the last observed day of the period; None: not known."""
        return None if self.first_bytes is None or self.last_bytes is None else self.last_bytes - self.first_bytes


@frozen
class DatabaseAggregate:
    """A row of `database_size_aggregations`."""

    owner: Owner
    database_name: str
    period: Period
    megabytes: Spread
    data_count: int
    change: Change
    calculated_at: datetime
    data_mb: Spread | None = None
    data_change: Change | None = None
    log_mb: Spread | None = None
    log_change: Change | None = None
    observed: Observed = Observed()

    @property
    def growth(self) -> int | None:
        """In bytes against the previous period, from megabytes where exact bytes are missing; None: not known."""
        return _growth(self.observed, self.change)

    @property
    def growth_percent(self) -> Decimal | None:
        """Against the previous period; None: nothing to compare with, or it was empty."""
        return _growth_percent(self.observed, self.megabytes, self.change)

    def days_missing(self, today: date) -> int | None:
        """Days up to *today* on which it was expected and not measured; None: not known."""
        return _days_missing(self.observed, self.period, today)


@frozen
class InstanceAggregate:
    """A row of `instance_size_aggregations`. `megabytes.average` is also its `total_size_mb`.

    `megabytes`, `databases` and `data_count` are of all daily totals; changes, trend and bytes only of the days on
    which no database was missing.
    """

    owner: Owner
    period: Period
    megabytes: Spread
    databases: Spread
    data_count: int
    change: Change
    database_change: Change
    trend: Trend
    calculated_at: datetime
    observed: Observed = Observed()

    @property
    def partial(self) -> bool:
        """Whether databases were missing on some of the days."""
        return self.observed.days_observed is not None and self.observed.days_observed < self.data_count

    @property
    def growth(self) -> int | None:
        """In bytes against the previous period, from megabytes where exact bytes are missing; None: not known."""
        return _growth(self.observed, self.change)

    @property
    def growth_percent(self) -> Decimal | None:
        """Against the previous period; None: nothing to compare with, or it was empty."""
        return _growth_percent(self.observed, self.megabytes, self.change)

    def days_missing(self, today: date) -> int | None:
        """Days up to *today* that have no complete total; None: not known."""
        return _days_missing(self.observed, self.period, today)


def change_of(now: int, before: int) -> Change:
    """From one average to another: percent of *before*, none when that is not above zero.

    Two decimals, halves away from zero, and no more than the column holds.
    """
    amount = now - before
    if before <= 0:
        return Change(amount)
    percent = (Decimal(amount) * 100 / before).quantize(ZERO, ROUND_HALF_UP)
    return Change(amount, max(-MOST_PERCENT, min(MOST_PERCENT, percent)))


def trend_of(percent: Decimal) -> Trend:
    if percent > TREND_PERCENT:
        return Trend.GROWING
    return Trend.SHRINKING if percent < -TREND_PERCENT else Trend.STABLE


def _growth(observed: Observed, change: Change) -> int | None:
    if observed.comparison is not Comparison.COMPARED:
        return None
    return change.amount * MIB if observed.change_bytes is None else observed.change_bytes


def _growth_percent(observed: Observed, megabytes: Spread, change: Change) -> Decimal | None:
    """A growth that is nothing in percent, and all there is now, came from nothing."""
    from_nothing = change.percent == 0 and megabytes.average <= change.amount
    return None if observed.comparison is not Comparison.COMPARED or from_nothing else change.percent


def _days_missing(observed: Observed, period: Period, today: date) -> int | None:
    """Expected days still to come are not missing; those to come are all after the first seen one."""
    if observed.days_expected is None or observed.days_observed is None:
        return None
    to_come = min(max((period.end - today).days, 0), observed.days_expected)
    return max(observed.days_expected - to_come - observed.days_observed, 0)
