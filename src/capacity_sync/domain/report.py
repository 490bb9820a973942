"""Growth as it is told: one line per database, instance, engine, tag or volume, with what it rests on."""
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from attrs import evolve, field, frozen

from capacity_sync.domain.capacity import MIB
from capacity_sync.domain.forecast import Forecast
from capacity_sync.domain.growth import Comparison, DatabaseAggregate, InstanceAggregate
from capacity_sync.domain.periods import Period
from capacity_sync.domain.series import Point


class Grouping(Enum):
    """What one line is about."""

    DATABASE = "database"
    INSTANCE = "instance"
    ENGINE = "engine"
    TAG = "tag"
    VOLUME = "volume"


@frozen
class Subject:
    """What a line is about; what it is not about is None. A `tag` is `key=value`."""

    instance: str | None = None
    engine: str | None = None
    database: str | None = None
    tag: str | None = None
    volume: str | None = None


@frozen
class Coverage:
    """What a line rests on; None: not known (rows of the old service) or not asked.

    `days_observed` of `days_expected` days of the period; `measured` of `expected` databases on the last day;
    `compared` of `instances` instances have a change.
    """

    days_observed: int | None = None
    days_expected: int | None = None
    measured: int | None = None
    expected: int | None = None
    compared: int | None = None
    instances: int | None = None


@frozen
class Growth:
    """The figures of one line in bytes; None: not known. `change` is average against the previous period's.

    `why`: why it is known or not; None in rows of the old service, and for groups. `partial`: something is missing.
    """

    average: int | None
    last: int | None
    change: int | None
    percent: Decimal | None
    why: Comparison | None
    coverage: Coverage
    partial: bool


UNKNOWN = Growth(None, None, None, None, None, Coverage(), True)
"""Of a member of a group that has no row."""


@frozen
class ReportLine:
    """`points`: the days before, of every incarnation; `forecast`: seen from the report's day."""

    subject: Subject
    growth: Growth
    points: tuple[Point, ...] = field(converter=tuple[Point, ...])
    forecast: Forecast
    limit: int | None = None


@frozen
class Report:
    """`period` None: nothing was aggregated. `of`: how many databases, instances, engines, tags or volumes there are.

    `unknown` of the databases cannot be compared with the period before: their lines come last.
    """

    period: Period | None
    day: date
    lines: tuple[ReportLine, ...] = field(default=(), converter=tuple[ReportLine, ...])
    of: int = 0
    unknown: int = 0


def growth_of(one: DatabaseAggregate | InstanceAggregate, today: date) -> Growth:
    """Of one row, in percent of exact bytes where they are known. *today*: days after it are not missing yet."""
    observed = one.observed
    average = one.megabytes.average * MIB if observed.bytes is None else observed.bytes.average
    partial = bool(one.days_missing(today)) or (isinstance(one, InstanceAggregate) and one.partial)
    coverage = Coverage(observed.days_observed, observed.days_expected)
    percent = one.growth_percent if observed.bytes is None or one.growth is None else _percent(
        one.growth, average - one.growth)
    return Growth(average, observed.last_bytes, one.growth, percent, observed.comparison, coverage, partial)


def measured(growth: Growth, databases: tuple[int, int] | None) -> Growth:
    """*growth* of an instance, of whose databases so many were measured and expected on the last day."""
    if databases is None:
        return growth
    coverage = evolve(growth.coverage, measured=databases[0], expected=databases[1])
    return evolve(growth, coverage=coverage, partial=growth.partial or databases[0] < databases[1])


def together(members: Sequence[Growth]) -> Growth:
    """Of a group of instances. The change is that of the members that have one, and the coverage says how many."""
    compared = [(one.change, one.average) for one in members if one.change is not None and one.average is not None]
    change = sum(grown for grown, _ in compared) if compared else None
    before = sum(average - grown for grown, average in compared)
    return Growth(
        average=_whole([one.average for one in members]), last=_whole([one.last for one in members]),
        change=change, percent=_percent(change, before), why=None,
        coverage=Coverage(*_summed(members), compared=len(compared), instances=len(members)),
        partial=len(compared) < len(members) or any(one.partial for one in members))


def _whole(sizes: Sequence[int | None]) -> int | None:
    """Their sum: one that is not known makes nothing smaller."""
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(sizes) else None


def _percent(change: int | None, before: int) -> Decimal | None:
    if change is None or before <= 0:
        return None
    return (Decimal(change) * 100 / before).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _summed(members: Sequence[Growth]) -> tuple[int | None, int | None, int | None, int | None]:
    """The worst member's days, and all members' databases."""
    covers = [one.coverage for one in members]
    days = [(c.days_observed, c.days_expected) for c in covers
            if c.days_observed is not None and c.days_expected is not None]
    databases = [(c.measured, c.expected) for c in covers if c.measured is not None and c.expected is not None]
    worst = min(days, key=lambda day: day[0] - day[1]) if len(days) == len(members) else (None, None)
    if len(databases) < len(members):
        return (*worst, None, None)
    return (*worst, sum(one for one, _ in databases), sum(one for _, one in databases))


def added_up(members: Sequence[Mapping[date, int]]) -> tuple[Point, ...]:
    """The days on which every member has a size, summed: a day that lacks one is a gap, not a shrinkage."""
    days = set.intersection(*map(set, members)) if members else set[date]()
    return tuple(Point(day, sum(one[day] for one in members)) for day in sorted(days))


def fastest_first(lines: Iterable[ReportLine]) -> list[ReportLine]:
    """The largest change first, unknown ones last by size; then by what they are about."""
    return sorted(lines, key=lambda line: (*rank(line.growth), *_named(line.subject)))


def rank(growth: Growth) -> tuple[bool, int]:
    size = growth.average if growth.last is None else growth.last
    figure = size if growth.change is None else growth.change
    return growth.change is None, -(figure or 0)


def _named(subject: Subject) -> tuple[str, ...]:
    return tuple(name or "" for name in (
        subject.instance, subject.engine, subject.database, subject.tag, subject.volume))
