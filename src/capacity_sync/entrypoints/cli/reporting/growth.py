"""Growth as a sheet: what a person reads, and the same figures as integers."""
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from capacity_sync.domain.forecast import Forecast, Full, Refusal, on
from capacity_sync.domain.growth import Comparison
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.report import Coverage, Grouping, Growth, Report, ReportLine
from capacity_sync.entrypoints.cli.printing import Column, Row, Sheet, iec
from capacity_sync.entrypoints.cli.reporting.sparkline import sparkline

DECADE = 3650
PLURALS = {Grouping.DATABASE: "databases", Grouping.INSTANCE: "instances", Grouping.ENGINE: "engines",
           Grouping.TAG: "tags", Grouping.VOLUME: "volumes"}
SUBJECTS = {
    Grouping.DATABASE: {"instance": "Instance", "database_name": "Database"},
    Grouping.INSTANCE: {"instance": "Instance", "engine": "Engine"},
    Grouping.ENGINE: {"engine": "Engine"},
    Grouping.TAG: {"tag": "Tag"},
    Grouping.VOLUME: {"volume": "Volume"},
}
PERIODS = {PeriodKind.DAILY: "day", PeriodKind.WEEKLY: "week", PeriodKind.MONTHLY: "month",
           PeriodKind.QUARTERLY: "quarter"}


def growth_sheet(report: Report, grouping: Grouping) -> Sheet:
    return Sheet(_columns(grouping), [_row(report, line) for line in report.lines])


def _columns(grouping: Grouping) -> Iterator[Column]:
    titles = SUBJECTS[grouping]
    yield from (Column(key) for key in ("period", "period_start", "period_end"))
    yield from (Column(key, titles.get(key, "")) for key in ("instance", "engine", "tag", "volume", "database_name"))
    yield from (Column("average_bytes"), Column("size_bytes", "Size", iec, right=True), Column("change_bytes"))
    yield Column("change", "Growth", right=True, only_table=True)
    yield from (Column("change_percent", "%", _percent, right=True), Column("comparison"), Column("days_observed"))
    yield Column("days_expected")
    yield Column("days", "Days", right=True, only_table=True)
    yield from (Column("databases_measured"), Column("databases_expected"))
    yield Column("databases", "" if grouping is Grouping.DATABASE else "Databases", right=True, only_table=True)
    yield from (Column("instances_compared"), Column("instances"))
    grouped = grouping in (Grouping.ENGINE, Grouping.TAG, Grouping.VOLUME)
    yield Column("compared", "Compared" if grouped else "", right=True, only_table=True)
    yield from (Column("is_partial", "Partial"), Column("trend", "Trend, 4 weeks", only_table=True))
    yield from map(Column, ("limit_bytes", "bytes_per_day", "forecast", "days_until_full", "days_until_full_earliest",
                            "days_until_full_latest", "full_on", "forecast_points", "forecast_days"))
    yield Column("told", "Forecast", only_table=True)


def _row(report: Report, line: ReportLine) -> Row:
    period, subject, growth = report.period, line.subject, line.growth
    return {
        "period": period.kind.value if period else None, "period_start": period.start.isoformat() if period else None,
        "period_end": period.end.isoformat() if period else None, "instance": subject.instance,
        "engine": subject.engine, "tag": subject.tag, "volume": subject.volume, "database_name": subject.database,
        "average_bytes": growth.average, "size_bytes": growth.last, "change_bytes": growth.change,
        "change": _change(growth, period), "change_percent": None if growth.percent is None else float(growth.percent),
        "comparison": growth.why.value if growth.why else None, "is_partial": growth.partial,
        "trend": sparkline(line.points, report.day), **_coverage(growth.coverage),
        "limit_bytes": line.limit, **_forecast(line.forecast, report),
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "days_observed": coverage.days_observed, "days_expected": coverage.days_expected,
        "days": _of(coverage.days_observed, coverage.days_expected),
        "databases_measured": coverage.measured, "databases_expected": coverage.expected,
        "databases": _of(coverage.measured, coverage.expected),
        "instances_compared": coverage.compared, "instances": coverage.instances,
        "compared": _of(coverage.compared, coverage.instances),
    }


def _forecast(answer: Forecast, report: Report) -> dict[str, Any]:
    full = answer if isinstance(answer, Full) else None
    reached = on(report.day, full.days) if full else None
    return {
        "bytes_per_day": round(answer.lines.likely.per_day) if answer.lines else None,
        "forecast": "full" if isinstance(answer, Full) else answer.why.value,
        "days_until_full": full.days if full else None, "days_until_full_earliest": full.earliest if full else None,
        "days_until_full_latest": full.latest if full else None, "full_on": reached.isoformat() if reached else None,
        "forecast_points": answer.evidence.points, "forecast_days": answer.evidence.days, "told": told(answer),
    }


def told(answer: Forecast) -> str:
    """`full in 120 days (90-200)`, or the word of the refusal."""
    if isinstance(answer, Full):
        if answer.days == 0:
            return "full"
        if answer.days > DECADE:
            return "full in more than 10 years"
        latest = "?" if answer.latest is None or answer.latest > DECADE else answer.latest
        between = "" if answer.earliest == answer.latest else f" ({answer.earliest}-{latest})"
        return f"full in {answer.days} day{'' if answer.days == 1 else 's'}{between}"
    word: str = answer.why.value
    if answer.why is Refusal.INSUFFICIENT_DATA:
        return f"{word} ({answer.evidence.points} days)"
    if answer.why is Refusal.NO_LIMIT and answer.lines:
        return f"{word}, +{iec(round(answer.lines.likely.per_day))} a day"
    return word


def _change(growth: Growth, period: Period | None) -> str:
    """`+1.2 GiB`, or `unknown` and why."""
    if growth.change is not None:
        return f"{'+' if growth.change > 0 else ''}{iec(growth.change)}"
    if growth.why is Comparison.NO_PREVIOUS and period:
        return f"unknown (no {PERIODS[period.kind]} before)"
    return f"unknown ({growth.why.value})" if growth.why else "unknown"


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{Decimal(str(value)):+.1f}"


def _of(some: int | None, all_: int | None) -> str:
    return "-" if some is None or all_ is None else f"{some}/{all_}"


def print_summary(report: Report, grouping: Grouping) -> None:
    from capacity_sync.entrypoints.cli.tables import print_lines

    if report.period is None or not report.lines:
        return
    period = report.period
    print_lines(["", f"{period.kind.value}, {period.start} to {period.end}, against the {PERIODS[period.kind]} before: "
                     f"{len(report.lines)} of {report.of} {PLURALS[grouping]}"])
    if report.unknown:
        print_lines([f"growth unknown: {report.unknown}, new, recreated or measured differently, "
                     "listed last by size"])
    partial = sum(line.growth.partial for line in report.lines)
    if partial:
        print_lines([f"{partial} partial: some days or databases were not measured"])
