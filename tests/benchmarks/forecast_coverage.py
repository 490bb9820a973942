"""How often a forecast's interval of 95 % holds the truth, before and after the days were known to hang together.

Run: python -m tests.benchmarks.forecast_coverage [TIMES]    (300 and a quarter of an hour: the table of decision 45)
"""
import math
import random
import sys
from datetime import date, timedelta
from itertools import accumulate
from statistics import median

from attrs import frozen

from capacity_sync.domain import forecast as module
from capacity_sync.domain.forecast import Full, forecast, lines_through
from capacity_sync.domain.series import Point

DAY = date(2026, 1, 1)
A_DAY = 1_000_000
"""Bytes of growth; deviations are as large, on average."""
AHEAD = 4
"""The future is looked at for so many times the history."""


def independent(dice, days):
    return [dice.gauss(0, 1) for _ in range(days)]


def autoregressive(rho):
    def deviations(dice, days):
        found = [dice.gauss(0, 1)]
        while len(found) < days:
            found.append(rho * found[-1] + math.sqrt(1 - rho * rho) * dice.gauss(0, 1))
        return found
    return deviations


def cumulated(dice, days):
    """Every day grows by chance: most by little, some by much."""
    return list(accumulate(dice.expovariate(1) - 1 for _ in range(days)))


def cumulated_and_measured_at_any_hour(dice, days):
    return [one + 2 * dice.gauss(0, 1) for one in cumulated(dice, days)]


def loads(dice, days):
    """Every tenth day or so brings what ten days need."""
    return list(accumulate((10 if dice.random() < 0.1 else 0) - 1 for _ in range(days)))


def sawtooth(dice, days):
    """A week's growth goes on Sunday."""
    first = dice.randrange(7)
    return [(first + n) % 7 + 0.2 * dice.gauss(0, 1) - 3 for n in range(days)]


@frozen
class Kind:
    """`walks`: the next size goes on from the last one, not from a trend."""

    name: str
    deviations: object
    walks: bool = False


KINDS = (
    Kind("independent", independent), Kind("AR(1), 0.5", autoregressive(0.5)), Kind("AR(1), 0.8", autoregressive(0.8)),
    Kind("AR(1), 0.95", autoregressive(0.95)), Kind("cumulated", cumulated, walks=True),
    Kind("cumulated, measured with noise", cumulated_and_measured_at_any_hour, walks=True),
    Kind("loads by chance", loads, walks=True), Kind("weekly sawtooth", sawtooth),
)


@frozen
class Case:
    """A history that grows by A_DAY, a limit, the days until it is expected there, and until it came there."""

    points: tuple
    limit: int
    expected: int
    came: float

    @classmethod
    def of(cls, kind, days, dice):
        sizes = [round((10_000 + n + one) * A_DAY)
                 for n, one in enumerate(kind.deviations(dice, days * (1 + AHEAD)))]
        history, future = sizes[:days], sizes[days:]
        level = history[-1] if kind.walks else (10_000 + days - 1) * A_DAY
        limit = max(level + days // 2 * A_DAY, max(history) + 1)
        came = next((n for n, size in enumerate(future, start=1) if size >= limit), math.inf)
        return cls([Point(DAY + timedelta(n), size) for n, size in enumerate(history)], limit,
                   math.ceil((limit - level) / A_DAY), came)


@frozen
class Verdict:
    """What holds: the slope, the expected date, the date that came; None: there was no date."""

    slope: bool
    date: bool | None
    came: bool | None
    width: float
    bounded: bool | None


def verdict(case):
    answer = forecast(case.points, case.limit, case.points[-1].day)
    lines = answer.lines or lines_through(case.points)
    slope = lines.slowest.per_day <= A_DAY <= lines.fastest.per_day
    width = float(lines.fastest.per_day - lines.slowest.per_day)
    if not isinstance(answer, Full):
        return Verdict(slope, None, None, width, None)
    latest = math.inf if answer.latest is None else answer.latest
    return Verdict(slope, answer.earliest <= case.expected <= latest, answer.earliest <= case.came <= latest, width,
                   answer.latest is not None)


def as_if_independent(case):
    """The verdict of decision 38."""
    known, module.persistence = module.persistence, lambda _: 0.0
    try:
        return verdict(case)
    finally:
        module.persistence = known


def share(verdicts, what):
    told = [getattr(one, what) for one in verdicts if getattr(one, what) is not None]
    return f"{100 * sum(told) / len(told):.0f}" if told else "-"


def row(*cells):
    print(f"| {' | '.join(map(str, cells))} |", flush=True)  # noqa: T201 - a script


def main(times=300):
    row("deviations", "days", "slope", "date", "came", "width", "no date", "no latest")
    row(*["---"] * 8)
    for days in (10, 30, 90, 400):
        for kind in KINDS:
            dice = random.Random(f"{kind.name} {days}")  # the same figures every time
            cases = [Case.of(kind, days, dice) for _ in range(times)]
            before, after = [as_if_independent(case) for case in cases], [verdict(case) for case in cases]
            wider = median(new.width / old.width for old, new in zip(before, after, strict=True) if old.width)
            both = [f"{share(before, what)} -> {share(after, what)}" for what in ("slope", "date", "came")]
            none = sum(one.date is None for one in after)
            open_ = sum(one.bounded is False for one in after)
            row(kind.name, days, *both, f"{wider:.2f}", f"{100 * none / len(after):.0f}",
                f"{100 * open_ / max(1, len(after) - none):.0f}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
