"""Pages and summaries as JSON values: the old names, and the exact bytes beside them."""
from collections.abc import Callable
from typing import Any, TypeVar

from capacity_sync.domain.history import Owner, Page, SizeOfDay, Summary, TotalOfDay
from capacity_sync.entrypoints.flask.asking import Asked

Json = dict[str, Any]
Item = TypeVar("Item")


def page_document(page: Page[Item], asked: Asked, row: Callable[[Item], Json]) -> Json:
    pages = -(-page.total // asked.limit)
    return {
        "items": [row(item) for item in page.items], "total": page.total, "page": asked.page, "pages": pages,
        "limit": asked.limit, "has_prev": asked.page > 1, "has_next": asked.page < pages,
    }


def _owner(owner: Owner) -> Json:
    return {"instance_id": owner.instance_id, "instance_name": owner.name, "db_type": owner.engine}


def size_document(row: SizeOfDay) -> Json:
    """`series` tells databases of one name on two instances apart: an instance's name has no slash."""
    size = row.size
    return {
        **_owner(row.owner), "database_name": size.database_name, "series": f"{row.owner.name}/{size.database_name}",
        "collected_date": size.collected_date.isoformat(), "collected_at": size.collected_at.isoformat(),
        "size_mb": size.size_mb, "data_size_mb": size.data_size_mb, "log_size_mb": size.log_size_mb,
        "size_bytes": size.size_bytes, "data_size_bytes": size.data_bytes, "log_size_bytes": size.log_bytes,
        "max_size_bytes": size.max_bytes, "identity": size.identity, "method": size.method,
        "basis": size.basis.value if size.basis else None,
    }


def total_document(row: TotalOfDay) -> Json:
    total = row.total
    return {
        **_owner(row.owner), "collected_date": row.day.isoformat(), "collected_at": row.at.isoformat(),
        "total_size_mb": total.total_mb, "database_count": total.measured_count,
        "total_size_bytes": total.total_bytes, "overhead_bytes": total.facts.overhead_bytes,
        "log_bytes": total.facts.log_bytes, "measured_count": total.measured_count,
        "expected_count": total.expected_count,
    }


def summary_document(summary: Summary) -> Json:
    growth = summary.growth_percent
    return {
        "total_instances": summary.instances, "total_size_mb": summary.megabytes, "total_size_bytes": summary.bytes,
        "avg_size_mb": round(summary.megabytes / summary.count, 2) if summary.count else None,
        "max_size_mb": summary.largest_mb if summary.count else None,
        "growth_rate": None if growth is None else float(growth),
        "growth": {"compared": summary.compared, "before_bytes": summary.before, "after_bytes": summary.after},
    }


def databases_document(summary: Summary) -> Json:
    return {"total_databases": summary.count, **summary_document(summary)}
