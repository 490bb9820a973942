"""Findings, one line each."""
from collections.abc import Iterable

from capacity_sync.domain.alerts import Finding, Rule
from capacity_sync.entrypoints.cli.printing import Column, Row, Sheet, iec

SUBJECT = (Column("day", "Day"), Column("rule", "Rule"), Column("instance", "Instance"),
           Column("database_name", "Database"))
FIGURES = (
    Column("told", "Finding", only_table=True), Column("size_bytes"), Column("change_bytes"),
    Column("change_percent"), Column("days"), Column("limit_bytes"), Column("days_until_full"), Column("hours"),
    Column("measured_at"),
)


def alert_sheet(findings: Iterable[Finding]) -> Sheet:
    """A table has a column of volumes when one of them is nearly full."""
    rows = [_row(one) for one in findings]
    volume = Column("volume", "Volume" if any(row["volume"] for row in rows) else "")
    return Sheet((*SUBJECT, volume, *FIGURES), rows)


def _row(one: Finding) -> Row:
    return {
        "day": one.day.isoformat(), "rule": one.rule.value, "instance": one.instance, "database_name": one.database,
        "volume": one.volume,
        "told": _told(one), "size_bytes": one.size_bytes, "change_bytes": one.change_bytes,
        "change_percent": None if one.change_percent is None else float(one.change_percent), "days": one.days,
        "limit_bytes": one.limit_bytes, "days_until_full": one.days_until_full, "hours": one.hours,
        "measured_at": one.measured_at.isoformat() if one.measured_at else None,
    }


def _told(one: Finding) -> str:
    match one.rule:
        case Rule.GROWTH:
            percent = "" if one.change_percent is None else f" ({one.change_percent:+.0f} %)"
            return f"+{iec(one.change_bytes)}{percent} in {_counted(one.days, 'day')}, now {iec(one.size_bytes)}"
        case Rule.NEARLY_FULL:
            share = 100 * (one.size_bytes or 0) / (one.limit_bytes or 1)
            soon = "" if one.days_until_full is None else f", full in {_counted(one.days_until_full, 'day')}"
            return f"{share:.1f} % of {iec(one.limit_bytes)} used{soon if share < 100 else ', full'}"
        case Rule.STALE:
            hours = _counted(one.hours, "hour")
            return f"not measured for {hours}" if one.measured_at else f"never measured, known for {hours}"


def _counted(number: int | None, unit: str) -> str:
    return f"{number} {unit}{'' if number == 1 else 's'}"
