"""Runs in memory."""
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import final

from attrs import evolve, frozen

from capacity_sync.domain.history import LastOutcome
from capacity_sync.domain.sync_report import InstanceRun, RunRecord, Status
from capacity_sync.ports import RunRepository


@final
@frozen
class MemoryRuns(RunRepository):
    """`runs` by id; `active`: the names of active instances."""

    runs: dict[str, RunRecord]
    active: Collection[str]

    def start(self, run: RunRecord) -> None:
        self.runs[run.run_id] = run

    def add(self, run_id: str, instance: InstanceRun) -> None:
        run = self.runs[run_id]
        others = (other for other in run.instances if other.name != instance.name)
        self.runs[run_id] = evolve(run, instances=(*others, instance))

    def finish(self, run_id: str, status: Status, finished_at: datetime, error: str | None = None) -> None:
        run = self.runs[run_id]
        self.runs[run_id] = evolve(run, status=status, finished_at=finished_at, error=error, instances=_known(run))

    def awaited(self, run_id: str) -> Collection[str] | None:
        run = self.runs.get(run_id)
        return None if run is None else [one.name for one in run.instances if one.status is Status.RUNNING]

    def running(self) -> Collection[str]:
        return [run.run_id for run in self.runs.values() if run.status is Status.RUNNING]

    def recent(self, limit: int) -> Sequence[RunRecord]:
        newest = sorted(self.runs.values(), key=lambda run: (run.started_at, run.run_id), reverse=True)
        return [evolve(run, instances=()) for run in newest[:limit]]

    def durations(self, runs: int) -> Mapping[str, float]:
        lately = [self.runs[run.run_id] for run in reversed(self.recent(runs))]
        return {one.name: one.duration_s for run in lately for one in _known(run)}

    def find(self, run_id: str) -> RunRecord | None:
        return self.runs.get(run_id)

    def last_outcomes(self) -> Sequence[LastOutcome]:
        last: dict[str, LastOutcome] = {}
        for run in sorted(self.runs.values(), key=lambda run: (run.started_at, run.run_id)):
            for one in _known(run):
                before = last[one.name].completed_at if one.name in last else None
                last[one.name] = LastOutcome(one, run.started_at,
                                             run.started_at if one.status is Status.COMPLETED else before)
        return [last[name] for name in sorted(last) if name in self.active]


def _known(run: RunRecord) -> tuple[InstanceRun, ...]:
    """The outcomes that are there."""
    return tuple(one for one in run.instances if one.status is not Status.RUNNING)
