"""How long measurements are kept, and what a horizon leaves behind."""
import re
from calendar import monthrange
from datetime import date
from enum import Enum

from attrs import field, frozen, validators

from capacity_sync.domain.periods import Period, PeriodKind

_WRITTEN = re.compile(r"([1-9][0-9]{0,8})(d|mo|y)")


class Span(Enum):
    DAYS = "d"
    MONTHS = "mo"
    YEARS = "y"


@frozen
class Keep:
    """So many days, months or years; at least one."""

    count: int = field(validator=validators.ge(1))
    span: Span

    @classmethod
    def parse(cls, text: str) -> "Keep":
        """Of `90d`, `13mo` or `2y`. Raises: ValueError: it is none of these."""
        written = _WRITTEN.fullmatch(text.strip())
        if written is None:
            raise ValueError(f'"{text}" is no time to keep: write days, months or years, such as 90d, 13mo or 2y')
        return cls(int(written[1]), Span(written[2]))

    def horizon(self, today: date) -> date:
        """The first day that is kept. A month back from the 31st is the last day of a shorter month."""
        if self.span is Span.DAYS:
            return date.fromordinal(max(1, today.toordinal() - self.count))
        months = today.year * 12 + today.month - 1 - self.count * (12 if self.span is Span.YEARS else 1)
        year, month = divmod(months, 12)
        if year < 1:
            return date.min
        return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))


class Kind(Enum):
    """What is pruned, by the name of its table. Aggregates and the events of databases stay for ever."""

    SIZES = "database_size_stats"
    TOTALS = "instance_size_stats"
    RUNS = "capacity_sync_runs"


@frozen
class Pruned:
    """What went, or would go, of one table: `rows` altogether, and the `partitions` that went as a whole."""

    kind: Kind
    rows: int
    partitions: tuple[str, ...] = field(default=(), converter=tuple[str, ...])


@frozen
class PruneReport:
    """`horizon`: the first day that is kept. `cut`: the aggregates that lose days which they may still need."""

    horizon: date
    pruned: tuple[Pruned, ...] = field(converter=tuple[Pruned, ...])
    cut: tuple[PeriodKind, ...] = field(converter=tuple[PeriodKind, ...])


def cut_by(horizon: date, today: date) -> list[PeriodKind]:
    """Kinds of periods of which the one of *today*, or the one that it is compared with, begins before *horizon*."""
    return [kind for kind in PeriodKind if Period.containing(kind, today).previous.start < horizon]
