"""Rows of the aggregates as values."""
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from capacity_sync.domain.growth import (
    Change,
    Comparison,
    DatabaseAggregate,
    InstanceAggregate,
    Observed,
    Spread,
    Trend,
)
from capacity_sync.domain.history import Owner
from capacity_sync.domain.periods import Period, PeriodKind


def database_of(row: Row[Any]) -> DatabaseAggregate:
    return DatabaseAggregate(
        _owner(row), row.database_name, _period(row), _known(row, "size_mb"), row.data_count,
        _change(row.size_change_mb, row.size_change_percent) or Change(), row.calculated_at,
        _spread(row, "data_size_mb"), _change(row.data_size_change_mb, row.data_size_change_percent),
        _spread(row, "log_size_mb"), _change(row.log_size_change_mb, row.log_size_change_percent),
        _observed(row, row.size_change_bytes),
    )


def instance_of(row: Row[Any]) -> InstanceAggregate:
    """Rows of the old service may have no trend and no spread of the count."""
    counts = _spread(row, "database_count") or Spread(*[row.database_count] * 3)
    return InstanceAggregate(
        _owner(row), _period(row), _known(row, "size_mb"), counts, row.data_count,
        _change(row.total_size_change_mb, row.total_size_change_percent) or Change(),
        _change(row.database_count_change, row.database_count_change_percent) or Change(),
        Trend(row.trend_direction or Trend.STABLE), row.calculated_at, _observed(row, row.total_size_change_bytes),
    )


def _owner(row: Row[Any]) -> Owner:
    return Owner(row.instance_id, row.owner, row.db_type)


def _period(row: Row[Any]) -> Period:
    return Period(PeriodKind(row.period_type), row.period_start)


def _known(row: Row[Any], name: str) -> Spread:
    return Spread(*(getattr(row, f"{of}_{name}") for of in ("avg", "max", "min")))


def _spread(row: Row[Any], name: str) -> Spread | None:
    return None if getattr(row, f"avg_{name}") is None else _known(row, name)


def _change(amount: int | None, percent: Decimal | None) -> Change | None:
    return None if amount is None or percent is None else Change(amount, percent)


def _observed(row: Row[Any], change_bytes: int | None) -> Observed:
    return Observed(
        _spread(row, "size_bytes"), row.first_size_bytes, row.last_size_bytes, change_bytes,
        None if row.comparison is None else Comparison(row.comparison), row.days_observed, row.days_expected,
    )
