"""Days, weeks, months and quarters of the calendar."""
from collections.abc import Iterator
from datetime import date, timedelta
from enum import Enum
from typing import Self

from attrs import field, frozen

FIRST_DAY, LAST_DAY = date(2, 1, 1), date(9998, 12, 31)
"""Between them every period has an end, a previous and a next one that the calendar of Python knows."""
ONE_DAY = timedelta(days=1)


class PeriodKind(Enum):
    """`weekly` is Monday to Sunday, as ISO 8601 has it."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


def _start(kind: PeriodKind, day: date) -> date:
    if kind is PeriodKind.DAILY:
        return day
    if kind is PeriodKind.WEEKLY:
        return day - timedelta(days=day.weekday())
    if kind is PeriodKind.MONTHLY:
        return day.replace(day=1)
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


@frozen(order=True)
class Period:
    """One day, week, month or quarter, by its first day. Ordered by that day within one kind.

    Raises: ValueError: *start* is no first day of the kind.
    """

    kind: PeriodKind = field(order=lambda kind: list(PeriodKind).index(kind))
    start: date

    def __attrs_post_init__(self) -> None:
        if _start(self.kind, self.start) != self.start:
            raise ValueError(f"no {self.kind.value} period begins on {self.start}")

    @classmethod
    def containing(cls, kind: PeriodKind, day: date) -> Self:
        """Raises: ValueError: the day is not between FIRST_DAY and LAST_DAY."""
        if not FIRST_DAY <= day <= LAST_DAY:
            raise ValueError(f"{day} is not between {FIRST_DAY} and {LAST_DAY}")
        return cls(kind, _start(kind, day))

    @property
    def end(self) -> date:
        """Its last day, included."""
        if self.kind is PeriodKind.DAILY:
            return self.start
        longest = {PeriodKind.WEEKLY: 7, PeriodKind.MONTHLY: 31, PeriodKind.QUARTERLY: 92}[self.kind]
        return _start(self.kind, self.start + timedelta(days=longest)) - ONE_DAY

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    @property
    def previous(self) -> "Period":
        """The one that ends the day before: of a quarter all three months."""
        return Period(self.kind, _start(self.kind, self.start - ONE_DAY))

    @property
    def next(self) -> "Period":
        return Period(self.kind, self.end + ONE_DAY)

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


def periods(kind: PeriodKind, first: date, last: date) -> Iterator[Period]:
    """Those that have a day from *first* to *last*, both included, in order.

    Raises: ValueError: a day is not between FIRST_DAY and LAST_DAY.
    """
    one, end = Period.containing(kind, first), Period.containing(kind, last)
    while first <= last and one.start <= end.start:
        yield one
        one = one.next
