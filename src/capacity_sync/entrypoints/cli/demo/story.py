"""What the demo says: both days side by side, and what to type next."""
import shlex
from pathlib import Path
from typing import Any

from capacity_sync.domain.capacity import CapacityRow
from capacity_sync.domain.sync_report import RunReport, SyncReport
from capacity_sync.entrypoints.cli.printing import Column, Sheet, iec
from capacity_sync.entrypoints.cli.session import program
from capacity_sync.entrypoints.cli.sync_sheet import sync_sheet
from capacity_sync.entrypoints.cli.tables import heading, print_lines


def tell(config: Path, store_url: str, yesterday: RunReport, today: RunReport) -> None:
    for title, report in (("First sync", yesterday), ("Second sync, a day later", today)):
        heading(f"{title} ({report.collected_date})", report.status.value)
        sync_sheet(report).print("table")
        print_lines([""])
    heading("What the tool saw", "")
    _side_by_side(yesterday, today).print("table")
    command = shlex.join([program(), "--config", str(config)])
    print_lines(["", f"The store is {store_url}", "", "Type next:",
                 f"  {command} sizes", f"  {command} inventory --all", f"  {command} runs",
                 f"  {command} aggregate", f"  {command} report --period daily", f"  {command} sync",
                 f"  {shlex.quote(program())} engines"])


def _side_by_side(yesterday: RunReport, today: RunReport) -> Sheet:
    before, after = (_sizes(report.instances[0]) for report in (yesterday, today))
    return Sheet(
        (Column("database", "Database"), Column("before", str(yesterday.collected_date), iec, right=True),
         Column("after", str(today.collected_date), iec, right=True), Column("change", "Growth", right=True)),
        [_row(name, before.get(name), after.get(name)) for name in sorted(before.keys() | after.keys())],
    )


def _sizes(report: SyncReport) -> dict[str, CapacityRow]:
    return {row.database_name: row for row in report.capacity.databases} if report.capacity else {}


def _row(name: str, before: CapacityRow | None, after: CapacityRow | None) -> dict[str, Any]:
    return {"database": name, "before": before.size_bytes if before else None,
            "after": after.size_bytes if after else None, "change": _change(before, after)}


def _change(before: CapacityRow | None, after: CapacityRow | None) -> str:
    if before is None or after is None:
        return "added" if before is None else "dropped"
    grown = after.size_bytes - before.size_bytes
    return f"+{iec(grown)} ({grown / before.size_bytes:+.0%})" if grown else "none"
