"""A run as rows of counts: one per instance."""
from collections.abc import Mapping
from typing import Any

from capacity_sync.domain.sync_report import RunReport, SyncReport
from capacity_sync.entrypoints.cli.printing import Column, Sheet, iec

COLUMNS = (
    Column("run_id"), Column("collected_date"),
    Column("name", "Instance"), Column("engine", "Engine"), Column("server_version"), Column("status", "Status"),
    Column("active", "Databases", right=True), Column("measured", "Measured", right=True),
    Column("total_bytes", "Size", iec, right=True), Column("changes", "Changes", only_table=True),
    *map(Column, ("created", "refreshed", "reactivated", "deactivated", "recreated", "renamed", "held", "filtered",
                  "completeness", "saved", "unmeasured", "error_category", "error_code", "error_message",
                  "error_remedy", "duration_s")),
)
SIGNS = {"created": "+{} new", "reactivated": "+{} back", "recreated": "{} recreated", "renamed": "{} renamed",
         "deactivated": "-{} gone", "held": "{} HELD"}


def sync_sheet(report: RunReport) -> Sheet:
    return Sheet(COLUMNS, [{"run_id": report.run_id, "collected_date": report.collected_date.isoformat(), **_row(one)}
                           for one in report.instances])


def _row(report: SyncReport) -> dict[str, Any]:
    inventory, capacity, error = report.inventory, report.capacity, report.error
    row: dict[str, Any] = {"name": report.name, "engine": report.engine, "server_version": report.server_version,
                           "status": report.status.value, "duration_s": round(report.duration_s, 3)}
    if inventory:
        row |= {kind: getattr(inventory, kind)
                for kind in ("created", "refreshed", "reactivated", "deactivated", "recreated", "renamed")}
        row |= {"held": len(inventory.held), "active": len(inventory.active_databases),
                "filtered": len(inventory.filtered_databases), "completeness": inventory.completeness.value}
    if capacity:
        row |= {"saved": capacity.saved, "total_bytes": capacity.total_bytes, "measured": len(capacity.databases),
                "unmeasured": len(capacity.unmeasured)}
    if error:
        row |= {"error_category": error.category.value, "error_code": error.code, "error_message": error.message,
                "error_remedy": error.remedy}
    row["changes"] = changes(row)
    return row


def changes(counts: Mapping[str, Any]) -> str:
    """What is new and what is gone, for the eye."""
    return ", ".join(sign.format(counts[kind]) for kind, sign in SIGNS.items() if counts.get(kind))
