"""When a limit is reached, or why nobody can say.

The line is that of Theil and Sen: the median of the slopes between all pairs of points, through the median of the
levels (https://en.wikipedia.org/wiki/Theil-Sen_estimator). A quarter of the points may be wrong without moving it far.
"""
import math
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction
from itertools import combinations, pairwise
from statistics import median, median_low

from attrs import frozen

from capacity_sync.domain.credible import middle_bound, persistence, slopes_bound
from capacity_sync.domain.series import Point, current

LEAST_POINTS = 7
"""There is one a day: a week at least."""
MOST_POINTS = 400
"""Of more, every second (third, ...) counts, from the newest back: the pairs grow with the square."""
SIDE = 3
"""Points on each side of a jump, of which the median counts: one alone may be an outlier."""
NOISE = 6
"""A jump is none unless it is so many times what the sizes sway from day to day."""


class Refusal(Enum):
    """Why there is no date."""

    NEVER = "never"
    INSUFFICIENT_DATA = "insufficient_data"
    STEP_CHANGE = "step_change"
    NO_LIMIT = "no_limit"


@frozen
class Line:
    """`level` bytes on the last day that was measured, and so many more `per_day`."""

    level: Fraction
    per_day: Fraction

    def at(self, days: int) -> int:
        """Bytes so many *days* later, never below zero."""
        return max(0, round(self.level + self.per_day * days))

    def days_until(self, limit: int) -> int | None:
        """Whole days until *limit* is reached; None: never."""
        if self.level >= limit:
            return 0
        return _growing_until(self, limit) if self.per_day > 0 else None


def _growing_until(line: Line, limit: int) -> int:
    return max(0, math.ceil((limit - line.level) / line.per_day))


@frozen
class Lines:
    """The likely line, and those of the slowest and the fastest growth that are still credible (95 %)."""

    likely: Line
    slowest: Line
    fastest: Line


@frozen
class Evidence:
    """What an answer rests on: `points` measured days of `days` calendar days, the last of them `last_day`."""

    points: int
    days: int
    last_day: date | None


@frozen
class Full:
    """The limit is reached in `days` days, from the day that was asked about; `latest` None: perhaps never."""

    limit: int
    days: int
    earliest: int
    latest: int | None
    evidence: Evidence
    lines: Lines | None


@frozen
class Refused:
    """There is no date. `lines` None: there is no line either."""

    why: Refusal
    evidence: Evidence
    lines: Lines | None = None


Forecast = Full | Refused


def forecast(history: Iterable[Point], limit: int | None, day: date) -> Forecast:
    """When *limit* bytes are reached, seen from *day*, which is not before the last point.

    Only the newest incarnation counts, and only the newest way of measuring.
    """
    points = current(history)
    evidence = _evidence(points)
    if points and limit is not None and points[-1].bytes >= limit:
        return Full(limit, 0, 0, 0, evidence, None)
    if evidence.points < LEAST_POINTS:
        return Refused(Refusal.INSUFFICIENT_DATA, evidence)
    if _a_jump_dominates(points):
        return Refused(Refusal.STEP_CHANGE, evidence)
    lines = lines_through(points)
    if lines.likely.per_day <= 0:
        return Refused(Refusal.NEVER, evidence, lines)
    if limit is None:
        return Refused(Refusal.NO_LIMIT, evidence, lines)
    return _full(limit, lines, evidence, (day - points[-1].day).days)


def _evidence(points: Sequence[Point]) -> Evidence:
    if not points:
        return Evidence(0, 0, None)
    return Evidence(len(points), (points[-1].day - points[0].day).days + 1, points[-1].day)


def _full(limit: int, lines: Lines, evidence: Evidence, passed: int) -> Full:
    """*passed*: days since the last point, whose level the lines start from."""
    latest = lines.slowest.days_until(limit)
    return Full(limit, max(0, _growing_until(lines.likely, limit) - passed),
                max(0, _growing_until(lines.fastest, limit) - passed),
                None if latest is None else max(0, latest - passed), evidence, lines)


def lines_through(points: Sequence[Point]) -> Lines:
    """The line through *points* of three days or more, sorted by day."""
    thin = points[::-1][::math.ceil(len(points) / MOST_POINTS)][::-1]
    last, count = thin[-1].day, len(thin)
    slopes = sorted(((b.bytes - a.bytes, (b.day - a.day).days) for a, b in combinations(thin, 2)),
                    key=lambda rise: rise[0] / rise[1])

    def slope(place: int) -> Fraction:
        return Fraction(*slopes[place])

    def levels(per_day: Fraction) -> list[int]:
        """Times the slope's denominator: whole numbers are compared more quickly than fractions."""
        return [p.bytes * per_day.denominator + per_day.numerator * (last - p.day).days for p in thin]

    def level(per_day: Fraction, place: int) -> Fraction:
        return Fraction(sorted(levels(per_day))[place], per_day.denominator)

    likely = (slope((len(slopes) - 1) // 2) + slope(len(slopes) // 2)) / 2
    persisting = persistence(levels(likely))
    bound, low = slopes_bound(count, persisting), middle_bound(count, persisting)
    slowest, fastest = slope(bound), slope(-1 - bound)
    measured = Fraction(points[-1].bytes)
    middle = (level(likely, (count - 1) // 2) + level(likely, count // 2)) / 2
    return Lines(Line(middle, likely), Line(min(level(slowest, low), measured), slowest),
                 Line(max(level(fastest, -1 - low), measured), fastest))


def _a_jump_dominates(points: Sequence[Point]) -> bool:
    """Whether one jump moved the size further than all the rest did together.

    Sizes before and after are medians of three: an outlier is no jump, and a jump counts once two points agree.
    """
    sizes = [p.bytes for p in points]
    rates = [Fraction(b.bytes - a.bytes, (b.day - a.day).days) for a, b in pairwise(points)]
    usual = median(rates)
    noise = median(abs(rate - usual) for rate in rates)
    a_day, unit = usual.numerator, usual.denominator
    level = [p.bytes * unit - a_day * (p.day - points[0].day).days for p in points]
    jumps = (median_low(level[n:n + SIDE]) - median_low(level[n - SIDE:n]) for n in range(SIDE, len(points) - SIDE + 1))
    largest = Fraction(max(jumps, key=abs), unit)
    rest = median(sizes[-SIDE:]) - median(sizes[:SIDE]) - largest
    return abs(largest) > NOISE * noise and abs(largest) > abs(rest)


def on(day: date, days: int | None) -> date | None:
    """The date *days* after *day*; None: never, or after the calendar ends."""
    if days is None or days > (date.max - day).days:
        return None
    return day + timedelta(days)
