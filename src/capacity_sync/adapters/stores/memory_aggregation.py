"""One instance's aggregates of one period, from lists of rows."""
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TypeVar

from attrs import frozen

from capacity_sync.domain.capacity import InstanceTotal, StoredSize
from capacity_sync.domain.growth import (
    Change,
    Comparison,
    DatabaseAggregate,
    InstanceAggregate,
    Observed,
    Spread,
    change_of,
    trend_of,
)
from capacity_sync.domain.history import Owner, complete
from capacity_sync.domain.periods import Period

Sizes = Mapping[str, Sequence[StoredSize]]
Totals = Mapping[date, InstanceTotal]
Figure = TypeVar("Figure", Spread, int)


@frozen
class InstanceRows:
    """Sizes by name, each in the order of days, and complete or incomplete totals by day; of the period and before."""

    owner: Owner
    period: Period
    sizes: Sizes
    sizes_before: Sizes
    totals: Totals
    totals_before: Totals
    first_seen: Mapping[str, date]

    def databases(self, at: datetime) -> list[DatabaseAggregate]:
        return [self._database(name, rows, at) for name, rows in self.sizes.items()]

    def _database(self, name: str, rows: Sequence[StoredSize], at: datetime) -> DatabaseAggregate:
        before, comparison = compared(name, rows, self.sizes_before)
        mb, data, log = (_three(rows, key) for key in ("size_mb", "data_size_mb", "log_size_mb"))
        mb_before, data_before, log_before = (_three(before, key) for key in ("size_mb", "data_size_mb", "log_size_mb"))
        now, then = spread(row.size_bytes for row in rows), spread(row.size_bytes for row in before)
        assert mb is not None  # noqa: S101 - for the type checker: of a row in the period
        observed = Observed(
            now, rows[0].size_bytes if alike(rows) else None, rows[-1].size_bytes,
            change_bytes=now.average - then.average if now and then else None, comparison=comparison,
            days_observed=len(rows),
            days_expected=self._expected(self.first_seen.get(name), rows[0].collected_date),
        )
        return DatabaseAggregate(self.owner, name, self.period, mb, len(rows), _change(mb, mb_before) or Change(), at,
                                 data, _change(data, data_before), log, _change(log, log_before), observed)

    def instance(self, at: datetime, *, remeasured: bool) -> InstanceAggregate | None:
        """None without totals. *remeasured*: one of its databases was, or the previous period's was."""
        if not self.totals:
            return None
        whole, before = _whole(self.totals), _whole(self.totals_before)
        comparison = self._comparison(remeasured=remeasured)
        then = before if comparison is Comparison.COMPARED else {}
        change = _between(whole, then, "total_mb")
        now_bytes, then_bytes = (spread(total.total_bytes for total in days.values()) for days in (whole, then))
        first, last = min(whole, default=None), max(whole, default=None)
        observed = Observed(
            now_bytes,
            None if first is None or comparison is Comparison.REMEASURED else whole[first].total_bytes,
            None if last is None else whole[last].total_bytes,
            change_bytes=now_bytes.average - then_bytes.average if now_bytes and then_bytes else None,
            comparison=comparison, days_observed=len(whole),
            days_expected=self._expected(min(self.first_seen.values(), default=None), min(self.totals)),
        )
        return InstanceAggregate(
            self.owner, self.period, _spread_of(self.totals, "total_mb"), _spread_of(self.totals, "measured_count"),
            len(self.totals), change, _between(whole, before, "measured_count"), trend_of(change.percent), at, observed)

    def _comparison(self, *, remeasured: bool) -> Comparison:
        if not self.totals_before:
            return Comparison.NO_PREVIOUS
        if not (_whole(self.totals) and _whole(self.totals_before)):
            return Comparison.PARTIAL
        return Comparison.REMEASURED if remeasured else Comparison.COMPARED

    def _expected(self, first_seen: date | None, first_day: date) -> int:
        begin = max(self.period.start, min(first_seen or self.period.start, first_day))
        return (self.period.end - begin).days + 1


def compared(name: str, rows: Sequence[StoredSize], before: Sizes) -> tuple[Sequence[StoredSize], Comparison]:
    """The rows of the previous period that *rows* grew from, none if they cannot be compared, and why."""
    if not _one(rows, "identity"):
        return (), Comparison.RECREATED
    if not alike(rows):
        return (), Comparison.REMEASURED
    then = _predecessor(name, rows, before)
    if then is None:
        return (), Comparison.RECREATED if name in before else Comparison.NO_PREVIOUS
    if not alike([*then, *rows]):
        return (), Comparison.REMEASURED
    return then, Comparison.COMPARED


def _predecessor(name: str, rows: Sequence[StoredSize], before: Sizes) -> Sequence[StoredSize] | None:
    """Under the same name, or under the one that its identity had last."""
    if name in before and _one([*before[name], *rows], "identity"):
        return before[name]
    known = {row.identity for row in rows} - {None}
    renamed = [(then[-1].collected_date, old) for old, then in before.items()
               if old != name and known and {row.identity for row in then} - {None} == known]
    return before[max(renamed)[1]] if renamed else None


def alike(rows: Iterable[StoredSize]) -> bool:
    """Whether they are of one incarnation, method and basis; what is not known contradicts nothing."""
    rows = list(rows)
    return all(_one(rows, key) for key in ("identity", "method", "basis"))


def _one(rows: Iterable[StoredSize], key: str) -> bool:
    return len({getattr(row, key) for row in rows} - {None}) <= 1


def spread(figures: Iterable[int | None]) -> Spread | None:
    """None when one of them is not known, or none is there."""
    known = list(figures)
    numbers = [figure for figure in known if figure is not None]
    if not numbers or len(numbers) < len(known):
        return None
    return Spread(sum(numbers) // len(numbers), max(numbers), min(numbers))


def _three(rows: Iterable[StoredSize], key: str) -> Spread | None:
    """Of the legacy columns: over the rows that have the figure."""
    return spread(figure for row in rows if (figure := getattr(row, key)) is not None)


def _change(now: Spread | None, before: Spread | None) -> Change | None:
    if now is None:
        return None
    return Change() if before is None else change_of(now.average, before.average)


def _whole(totals: Totals) -> Totals:
    return {day: total for day, total in totals.items() if complete(total)}


def _spread_of(totals: Totals, key: str) -> Spread:
    found = spread(getattr(total, key) for total in totals.values())
    assert found is not None  # noqa: S101 - for the type checker: there are totals
    return found


def _between(now: Totals, before: Totals, key: str) -> Change:
    if not (now and before):
        return Change()
    return change_of(_spread_of(now, key).average, _spread_of(before, key).average)
