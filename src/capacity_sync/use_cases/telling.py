"""Observers are told, and what they cannot bear becomes a warning of the reports."""
from collections.abc import Callable, Sequence

from attrs import evolve

from capacity_sync.domain.outcomes import EngineError, Failure, as_engine_error
from capacity_sync.domain.sync_report import RunReport, SyncReport


def told(call: Callable[[], None]) -> list[Failure]:
    """Tell an observer; its failure is a warning."""
    try:
        with as_engine_error():
            call()
    except EngineError as error:
        return [evolve(error.failure, message=f"an observer failed: {error.failure.message}")]
    return []


def with_warnings(report: SyncReport, warnings: Sequence[Failure]) -> SyncReport:
    return evolve(report, warnings=(*report.warnings, *warnings)) if warnings else report


def warned(run: RunReport, warnings: Sequence[Failure]) -> RunReport:
    """*run* with *warnings*, which are nobody's, at its first instance."""
    return evolve(run, instances=(*(with_warnings(one, warnings) for one in run.instances[:1]), *run.instances[1:]))
