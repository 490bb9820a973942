"""Aggregates as JSON values: the old names, and the exact bytes and what is known beside them."""
from typing import Any

from capacity_sync.domain.growth import Change, DatabaseAggregate, InstanceAggregate, Observed, Spread
from capacity_sync.domain.history import Owner
from capacity_sync.domain.periods import Period
from capacity_sync.entrypoints.cli.aggregating import row_of
from capacity_sync.use_cases.aggregation import AggregationReport

Json = dict[str, Any]


def database_aggregate_document(row: DatabaseAggregate) -> Json:
    """`series` tells databases of one name on two instances apart."""
    return {
        **_beginning(row.owner, row.period), "database_name": row.database_name,
        "series": f"{row.owner.name}/{row.database_name}", "data_count": row.data_count,
        **_spread(row.megabytes, "size_mb"), **_spread(row.data_mb, "data_size_mb"),
        **_spread(row.log_mb, "log_size_mb"),
        **_change(row.change, "size"), **_change(row.data_change, "data_size"), **_change(row.log_change, "log_size"),
        "growth_rate": float(row.change.percent), **_observed(row.observed, "size_change_bytes"),
        "calculated_at": row.calculated_at.isoformat(),
    }


def instance_aggregate_document(row: InstanceAggregate) -> Json:
    return {
        **_beginning(row.owner, row.period), "data_count": row.data_count, "total_size_mb": row.megabytes.average,
        **_spread(row.megabytes, "size_mb"), "database_count": row.databases.average,
        **_spread(row.databases, "database_count"), **_change(row.change, "total_size"),
        "database_count_change": row.database_change.amount,
        "database_count_change_percent": float(row.database_change.percent),
        "growth_rate": float(row.change.percent), "trend_direction": row.trend.value, "partial": row.partial,
        **_observed(row.observed, "total_size_change_bytes"), "calculated_at": row.calculated_at.isoformat(),
    }


def aggregation_document(report: AggregationReport) -> Json:
    return {"calculated_at": report.calculated_at.isoformat(), "computed": [row_of(one) for one in report.computed]}


def _beginning(owner: Owner, period: Period) -> Json:
    return {
        "instance_id": owner.instance_id, "instance_name": owner.name, "db_type": owner.engine,
        "period_type": period.kind.value, "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
    }


def _spread(spread: Spread | None, name: str) -> Json:
    values = (None, None, None) if spread is None else (spread.average, spread.largest, spread.smallest)
    return {f"{of}_{name}": value for of, value in zip(("avg", "max", "min"), values, strict=True)}


def _change(change: Change | None, name: str) -> Json:
    return {f"{name}_change_mb": None if change is None else change.amount,
            f"{name}_change_percent": None if change is None else float(change.percent)}


def _observed(seen: Observed, change: str) -> Json:
    return {
        **_spread(seen.bytes, "size_bytes"), "first_size_bytes": seen.first_bytes, "last_size_bytes": seen.last_bytes,
        change: seen.change_bytes, "comparison": None if seen.comparison is None else seen.comparison.value,
        "days_observed": seen.days_observed, "days_expected": seen.days_expected,
    }
