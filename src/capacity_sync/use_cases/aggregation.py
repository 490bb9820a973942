"""Aggregates: those of the periods that new, late and corrected sizes belong to, or those of given days."""
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial

from attrs import field, frozen

from capacity_sync.domain.calculation import LONGEST_RUN, Computed, Mark, Touch, mark_of
from capacity_sync.domain.periods import FIRST_DAY, LAST_DAY, Period, PeriodKind, periods
from capacity_sync.domain.stamp import Stamp
from capacity_sync.ports import Clock, UnitOfWork
from capacity_sync.use_cases.run import transacted

Todo = Mapping[Period, Collection[int] | None]
"""The periods to compute, each with its instances; None: all of them."""


@frozen
class AggregationReport:
    """What was computed, in the order of periods. Periods without any rows are not in it."""

    calculated_at: datetime
    computed: tuple[Computed, ...] = field(default=(), converter=tuple[Computed, ...])


@frozen
class Aggregation:
    """One transaction per period: whatever ends it, what is committed is right, and what is missing is found again.

    Raises: StoreFailed.
    """

    unit_of_work: Callable[[], UnitOfWork]
    clock: Clock

    def due(self, kinds: Collection[PeriodKind] = tuple(PeriodKind)) -> AggregationReport:
        """Of every period that was touched since the last time, and of the next one, whose change rests on it."""
        stamp = self.clock.stamp()
        computed: list[Computed] = []
        for kind in PeriodKind:
            if kind in kinds:
                mark, todo = transacted(self.unit_of_work, partial(_due, kind=kind, stamp=stamp), commit=False)
                computed.extend(self._computed(todo, stamp))
                transacted(self.unit_of_work, partial(_set_mark, kind=kind, mark=mark))
        return AggregationReport(stamp.at, computed)

    def between(self, kinds: Collection[PeriodKind], first: date, last: date | None = None) -> AggregationReport:
        """Of every period that has a day from *first* to *last*, by default today, touched or not.

        Raises: ValueError: a day is not between FIRST_DAY and LAST_DAY.
        """
        stamp = self.clock.stamp()
        last = last or max(first, stamp.day)
        wanted = [period for kind in PeriodKind if kind in kinds for period in periods(kind, first, last)]
        return AggregationReport(stamp.at, self._computed(dict.fromkeys(wanted), stamp))

    def current(self, kinds: Collection[PeriodKind] = tuple(PeriodKind)) -> AggregationReport:
        """Of the periods that today belongs to."""
        stamp = self.clock.stamp()
        wanted = [Period.containing(kind, stamp.day) for kind in PeriodKind if kind in kinds]
        return AggregationReport(stamp.at, self._computed(dict.fromkeys(wanted), stamp))

    def _computed(self, todo: Todo, stamp: Stamp) -> Iterator[Computed]:
        for period, ids in todo.items():
            found = transacted(self.unit_of_work, partial(_compute, period=period, ids=ids, at=stamp.at))
            if any(level.computed or level.unchanged for level in found):
                yield from found


def _due(work: UnitOfWork, kind: PeriodKind, stamp: Stamp) -> tuple[Mark, Todo]:
    """What is to be done, and the mark when it is done. What is committed meanwhile is found the next time."""
    before = work.aggregates.mark(kind)
    if before is None:
        mark = mark_of(work.aggregates.touched(stamp.at - LONGEST_RUN), stamp.at, None)
        todo: Todo = dict.fromkeys(_of_days(kind, work.aggregates.measured_days()))
        return mark_of(work.aggregates.touched(mark.since), stamp.at, mark), todo
    touches = work.aggregates.touched(before.since)
    return mark_of(touches, stamp.at, before), _touched(kind, before.news(touches), stamp.day)


def _touched(kind: PeriodKind, touches: Collection[Touch], today: date) -> Todo:
    """Up to the last period that can have rows: a zone further east may have begun a day that is not today yet."""
    found: dict[Period, set[int]] = {}
    last = max([today, *(touch.day for touch in touches)])
    for touch in touches:
        for period in _of_days(kind, [touch.day]):
            for one in (period, period.next):
                found.setdefault(one, set()).add(touch.instance_id)
    return {period: found[period] for period in sorted(found) if period.start <= last}


def _compute(work: UnitOfWork, period: Period, ids: Collection[int] | None, at: datetime) -> Sequence[Computed]:
    return work.aggregates.compute(period, ids, at)


def _set_mark(work: UnitOfWork, kind: PeriodKind, mark: Mark) -> None:
    work.aggregates.set_mark(kind, mark)


def _of_days(kind: PeriodKind, days: Collection[date]) -> list[Period]:
    return sorted({Period.containing(kind, day) for day in days if FIRST_DAY <= day <= LAST_DAY})
