"""`capacity-sync aggregate`."""
from collections.abc import Sequence
from datetime import date
from typing import Any

from attrs import frozen

from capacity_sync.container import Purpose
from capacity_sync.domain.calculation import Computed
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.domain.periods import PeriodKind
from capacity_sync.entrypoints.cli.printing import Column, Sheet
from capacity_sync.entrypoints.cli.session import Session
from capacity_sync.use_cases.aggregation import Aggregation, AggregationReport

COLUMNS = (
    Column("period_type", "Period"), Column("period_start", "From"), Column("period_end", "To"),
    Column("level", "Of"), Column("computed", "Computed", right=True), Column("unchanged", "Unchanged", right=True),
    Column("skipped", "Skipped", right=True),
)


@frozen
class Wanted:
    """What one `aggregate` was asked for; no days and not `current`: what is due."""

    kind: str | None = None
    day: date | None = None
    current: bool = False
    first: date | None = None
    last: date | None = None

    @property
    def kinds(self) -> Sequence[PeriodKind]:
        return [PeriodKind(self.kind)] if self.kind else list(PeriodKind)

    def check(self) -> None:
        """Raises: ConfigurationRefused: two ways to say which days, or days that are none."""
        ways = {"--date": self.day, "--current": self.current, "--from": self.first, "--to": self.last}
        said = [option for option, value in ways.items() if value]
        if len(said) > 1 and said != ["--from", "--to"]:
            raise ConfigurationRefused(f"{' and '.join(said)} do not go together")
        if said == ["--to"]:
            raise ConfigurationRefused("--to: say with --from where the days begin")
        if self.first and self.last and self.first > self.last:
            raise ConfigurationRefused("--to: it is before --from")


def aggregate_periods(session: Session, wanted: Wanted, form: str) -> None:
    """Raises: ConfigurationRefused; StoreRefused: there is no store yet."""
    wanted.check()
    container = session.container(session.settings_to_read(), Purpose.CHANGE)
    report = _computed(container.aggregation(), wanted)
    Sheet(COLUMNS, [row_of(one) for one in report.computed]).print(form)
    if not report.computed:
        session.say("no sizes in these periods" if wanted.day or wanted.current or wanted.first else "nothing is due")


def _computed(aggregation: Aggregation, wanted: Wanted) -> AggregationReport:
    if wanted.current:
        return aggregation.current(wanted.kinds)
    first = wanted.day or wanted.first
    if first is None:
        return aggregation.due(wanted.kinds)
    try:
        return aggregation.between(wanted.kinds, first, wanted.day or wanted.last)
    except ValueError as error:
        raise ConfigurationRefused(f"{'--date' if wanted.day else '--from, --to'}: {error}") from error


def row_of(one: Computed) -> dict[str, Any]:
    return {
        "period_type": one.period.kind.value, "period_start": one.period.start.isoformat(),
        "period_end": one.period.end.isoformat(), "level": one.level.value, "computed": one.computed,
        "unchanged": one.unchanged, "skipped": one.skipped,
    }
