"""What a person should look at: quick growth, little room, no measurement. Pure rules over what the store has."""
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum

from attrs import field, frozen, validators

from capacity_sync.domain.forecast import Full, forecast
from capacity_sync.domain.series import Point, current

_positive = validators.gt(0)
_GIB = 1024**3


class Rule(Enum):
    GROWTH = "growth"
    NEARLY_FULL = "nearly_full"
    STALE = "stale"


@frozen
class AlertPolicy:
    """`growth`: by so many percent and so many bytes within so many days. `full`: this share of the limit is used, or
    it will be reached in so many days. `stale`: not measured for so many hours."""

    growth_percent: float = field(default=30, validator=_positive)
    growth_bytes: int = field(default=20 * _GIB, validator=_positive)
    growth_days: int = field(default=3, validator=_positive)
    full_share: float = field(default=0.9, validator=validators.and_(validators.gt(0), validators.le(1)))
    full_days: int = field(default=14, validator=_positive)
    stale_hours: float = field(default=36, validator=_positive)

    def within(self, day: date) -> date:
        """The first day whose sizes the growth up to *day* is measured from."""
        return day - timedelta(self.growth_days)


@frozen
class Watched:
    """A database, or (without one) an instance, or (without either) a volume, on the day it is looked at.

    `points`: none after that day. `measured_at`: the last measurement, None if there was none; `known_since`: since
    when there could have been one. Both None: staleness is not looked at.
    """

    instance: str | None
    database: str | None
    points: tuple[Point, ...] = field(default=(), converter=tuple[Point, ...])
    limit: int | None = None
    measured_at: datetime | None = None
    known_since: datetime | None = None
    volume: str | None = None


@frozen
class Finding:
    """One rule that applies to one database, instance or volume on one day, with the figures that it applies for.

    A figure is None when it belongs to another rule or is not known. `days`: that the growth took. `hours`: since the
    last measurement, or since it could have been measured.
    """

    instance: str | None
    database: str | None
    rule: Rule
    day: date
    size_bytes: int | None = None
    change_bytes: int | None = None
    change_percent: Decimal | None = None
    days: int | None = None
    limit_bytes: int | None = None
    days_until_full: int | None = None
    hours: int | None = None
    measured_at: datetime | None = None
    volume: str | None = None

    @property
    def key(self) -> tuple[str, str, str, str, date]:
        """Volumes come last."""
        return self.volume or "", self.instance or "", self.database or "", self.rule.value, self.day


def findings(watched: Iterable[Watched], policy: AlertPolicy, day: date, now: datetime) -> list[Finding]:
    """What the rules say on *day*, sorted; one finding per volume, instance, database and rule."""
    found: dict[tuple[str, str, str, str, date], Finding] = {}
    for one in watched:
        for finding in _findings(one, policy, day, now):
            found.setdefault(finding.key, finding)
    return [found[key] for key in sorted(found)]


def _findings(one: Watched, policy: AlertPolicy, day: date, now: datetime) -> Iterator[Finding]:
    for finding in (_growth(one, policy, day), _nearly_full(one, policy, day), _stale(one, policy, day, now)):
        if finding is not None:
            yield finding


def _growth(one: Watched, policy: AlertPolicy, day: date) -> Finding | None:
    """From the smallest size of these days to the last: what shrank and grew again grew.

    Of databases only: a total does not know whether one of them was recreated or measured differently.
    """
    if one.database is None:
        return None
    recent = [p for p in current(one.points) if policy.within(day) <= p.day <= day]
    if not recent:
        return None
    last, least = recent[-1], min(recent, key=lambda p: p.bytes)
    grown = last.bytes - least.bytes
    if grown < policy.growth_bytes or grown * 100 < Decimal(str(policy.growth_percent)) * least.bytes:
        return None
    return Finding(one.instance, one.database, Rule.GROWTH, day, size_bytes=last.bytes, change_bytes=grown,
                   change_percent=_percent(grown, least.bytes), days=(last.day - least.day).days)


def _percent(grown: int, before: int) -> Decimal | None:
    return (Decimal(grown) * 100 / before).quantize(Decimal("0.01"), ROUND_HALF_UP) if before else None


def _nearly_full(one: Watched, policy: AlertPolicy, day: date) -> Finding | None:
    known = current(one.points)
    if not known or one.limit is None:
        return None
    size, answer = known[-1].bytes, forecast(known, one.limit, day)
    days = answer.days if isinstance(answer, Full) else None
    if size < Decimal(str(policy.full_share)) * one.limit and (days is None or days > policy.full_days):
        return None
    return Finding(one.instance, one.database, Rule.NEARLY_FULL, day, size_bytes=size, limit_bytes=one.limit,
                   days_until_full=days, volume=one.volume)


def _stale(one: Watched, policy: AlertPolicy, day: date, now: datetime) -> Finding | None:
    since = one.measured_at or one.known_since
    if since is None or now - since < timedelta(hours=policy.stale_hours):
        return None
    return Finding(one.instance, one.database, Rule.STALE, day, measured_at=one.measured_at,
                   hours=int((now - since).total_seconds()) // 3600)
