"""The record of a run whose outcomes come from several processes: whoever brings the last one closes it."""
from collections.abc import Iterable
from datetime import datetime

from attrs import evolve

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import Failure
from capacity_sync.domain.sync_report import InstanceRun, RunRecord, Status, SyncReport, instance_run, run_status
from capacity_sync.ports import UnitOfWork


def awaiting(run: RunRecord, instances: Iterable[Instance]) -> RunRecord:
    """*run*, waiting for an outcome of each of *instances*."""
    return evolve(run, instances=[
        instance_run(SyncReport(one.name, one.engine, Status.RUNNING)) for one in instances])


def bring(work: UnitOfWork, run_id: str, outcome: InstanceRun, at: datetime) -> None:
    """Record *outcome* if it is awaited; the last one closes the run."""
    awaited = work.runs.awaited(run_id) or ()
    if outcome.name in awaited:
        work.runs.add(run_id, outcome)
        if len(awaited) == 1:
            _close(work, run_id, at)


def stop_waiting(work: UnitOfWork, run_id: str, why: Failure, at: datetime) -> None:
    """Close the run, if it is open; what is awaited failed for that reason."""
    awaited, record = work.runs.awaited(run_id) or (), work.runs.find(run_id)
    for one in record.instances if record else ():
        if one.name in awaited:
            work.runs.add(run_id, evolve(one, status=Status.FAILED, error=why))
    _close(work, run_id, at)


def _close(work: UnitOfWork, run_id: str, at: datetime) -> None:
    """With the truth that follows from the outcomes; *at* is another machine's clock and may be behind."""
    record = work.runs.find(run_id)
    if record is not None and record.status is Status.RUNNING:
        status = run_status(one.status for one in record.instances)
        work.runs.finish(run_id, status, max(at, record.started_at))
