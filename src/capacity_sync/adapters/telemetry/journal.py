"""A log of runs on stderr: one line per instance and per run, for people or as JSON."""
import logging
import os
import sys
from collections.abc import Sequence
from enum import Enum
from typing import Any, final

from attrs import field, frozen

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.sync_report import RunRecord, RunReport, Status, SyncReport
from capacity_sync.ports import SyncObserver

LEVELS = {Status.COMPLETED: "info", Status.SKIPPED: "info", Status.FAILED: "error"}


class LogFormat(Enum):
    TEXT = "text"
    JSON = "json"


@final
@frozen
class JournalObserver(SyncObserver):
    """`log` is a structlog logger; no password can be in what is told here."""

    _log: Any = field(repr=False)

    def run_started(self, run: RunRecord, instances: Sequence[Instance]) -> None:
        self._log.info("run started", run_id=run.run_id, collected_date=run.collected_date.isoformat(),
                       instances=len(instances))

    def instance_started(self, instance: Instance) -> None:
        self._log.debug("instance started", instance=instance.name, engine=instance.engine)

    def instance_finished(self, report: SyncReport) -> None:
        level = LEVELS.get(report.status, "warning")
        getattr(self._log, level)("instance finished", **_of_instance(report))

    def run_finished(self, report: RunReport) -> None:
        level = LEVELS.get(report.status, "warning")
        getattr(self._log, level)("run finished", run_id=report.run_id, status=report.status.value,
                                  duration_s=round((report.finished_at - report.started_at).total_seconds(), 3))


def _of_instance(report: SyncReport) -> dict[str, Any]:
    told: dict[str, Any] = {"instance": report.name, "engine": report.engine, "status": report.status.value,
                            "duration_s": round(report.duration_s, 3)}
    if report.error:
        told |= {"error": report.error.message, "category": report.error.category.value, "code": report.error.code}
    if report.inventory:
        told |= {"active": len(report.inventory.active_databases), "created": report.inventory.created,
                 "deactivated": report.inventory.deactivated, "held": len(report.inventory.held)}
    if report.capacity:
        told |= {"measured": len(report.capacity.databases), "unmeasured": len(report.capacity.unmeasured),
                 "total_bytes": report.capacity.total_bytes}
    return told


def journal(form: LogFormat = LogFormat.TEXT) -> JournalObserver:
    """A journal on stderr. Imports structlog now, not before, and configures nothing globally."""
    import structlog

    colors = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    renderer: Any = (structlog.processors.JSONRenderer(ensure_ascii=False) if form is LogFormat.JSON
                     else structlog.dev.ConsoleRenderer(colors=colors))
    stamped = structlog.processors.TimeStamper(fmt="iso", utc=True)
    return JournalObserver(structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[structlog.processors.add_log_level, stamped, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
    ))
