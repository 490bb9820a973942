"""What a query over one period is told. The queries themselves are built once and kept: they take longer to build than
to run on a small store."""
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Integer, String, bindparam, select

from capacity_sync.adapters.stores.sql.columns import UtcDateTime
from capacity_sync.adapters.stores.sql.tables import instances
from capacity_sync.domain.periods import Period

KIND = bindparam("of_kind", type_=String(20))
FIRST, LAST = bindparam("of_first", type_=Date), bindparam("of_last", type_=Date)
FIRST_BEFORE, LAST_BEFORE = bindparam("of_first_before", type_=Date), bindparam("of_last_before", type_=Date)
AT = bindparam("of_at", type_=UtcDateTime)


def of_period(period: Period, instance_ids: Collection[int] | None, at: datetime) -> dict[str, Any]:
    """*instance_ids* None: of all instances."""
    before = period.previous
    told = {"of_kind": period.kind.value, "of_first": period.start, "of_last": period.end, "of_at": at,
            "of_first_before": before.start, "of_last_before": before.end}
    return told if instance_ids is None else told | {"of_ids": sorted(instance_ids)}


def of_instances(column: ColumnElement[Any], named: bool) -> ColumnElement[bool]:
    """Of those named in the parameters, else of all there are."""
    return column.in_(bindparam("of_ids", type_=Integer, expanding=True) if named else select(instances.c.id))
