"""Many instances, a few at a time, each on its own, with a record of the run."""
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from attrs import evolve, frozen

from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import EngineError, Failure, StoreFailed, as_engine_error
from capacity_sync.domain.sync_report import (
    RunRecord,
    RunReport,
    Status,
    SyncReport,
    instance_run,
    run_status,
)
from capacity_sync.ports import Clock, SyncObserver, UnitOfWork
from capacity_sync.use_cases.coordinator import CapacitySyncCoordinator
from capacity_sync.use_cases.parallel import side_by_side
from capacity_sync.use_cases.run import RunContext, transaction


@frozen
class FleetSync:
    """Syncs instances, begun in the order given. One broken instance never costs another.

    Raises: StoreFailed: the store is broken; what was committed stays, and the run record says failed if it can.
    An interrupt closes the record as interrupted and passes.
    """

    coordinator: CapacitySyncCoordinator
    unit_of_work: Callable[[], UnitOfWork]
    clock: Clock
    observer: SyncObserver
    new_run_id: Callable[[], str]

    def run(self, instances: Sequence[Instance], *, accepted: Mapping[str, Accepted] | None = None,
            dry_run: bool = False, whole_fleet: bool = False, workers: int = 1) -> RunReport:
        """One run, with at most `workers` instances at a time. `whole_fleet`: instances that are not in it are retired.
        `dry_run` writes nothing at all."""
        begun = self.clock.monotonic()
        run = RunContext(self.clock.stamp(), self.new_run_id(), accepted or {}, dry_run)
        try:
            warnings = self._start(run, instances, whole_fleet)
            reports = side_by_side([partial(self._one, instance, run) for instance in instances], workers)
            finished = self._now(run, begun)
            status = run_status(report.status for report in reports)
            self._finish(run, status, finished)
            report = RunReport(run.run_id or "", status, run.stamp.at, finished, run.stamp.day, reports)
            warnings += _told(lambda: self.observer.run_finished(report))
        except BaseException as error:
            self._give_up(run, begun, error)
            raise
        return _warned(report, warnings)

    def _start(self, run: RunContext, instances: Sequence[Instance], whole_fleet: bool) -> list[Failure]:
        record = RunRecord(run.run_id or "", Status.RUNNING, run.stamp.at, run.stamp.day)
        if not run.dry_run:
            with transaction(self.unit_of_work) as work:
                work.instances.register(instances, run.stamp.at)
                if whole_fleet:
                    work.instances.retire({instance.name for instance in instances}, run.stamp.at)
                work.runs.start(record)
        return _told(lambda: self.observer.run_started(record, instances))

    def _one(self, instance: Instance, run: RunContext) -> SyncReport:
        unheard = _told(lambda: self.observer.instance_started(instance))
        report = self.coordinator.collect_and_save(instance, run)
        report = evolve(report, warnings=(*report.warnings, *unheard))
        if not run.dry_run:
            with transaction(self.unit_of_work) as work:
                work.runs.add(run.run_id or "", instance_run(report))
        unheard = _told(lambda: self.observer.instance_finished(report))
        return evolve(report, warnings=(*report.warnings, *unheard))

    def _finish(self, run: RunContext, status: Status, at: datetime, error: str | None = None) -> None:
        if not run.dry_run:
            with transaction(self.unit_of_work) as work:
                work.runs.finish(run.run_id or "", status, at, error)

    def _give_up(self, run: RunContext, begun: float, error: BaseException) -> None:
        """Close the record of a run that *error* ends, if the store still lets us."""
        status = Status.FAILED if isinstance(error, Exception) else Status.INTERRUPTED
        with suppress(StoreFailed):
            self._finish(run, status, self._now(run, begun), f"{type(error).__name__}: {error}")

    def _now(self, run: RunContext, begun: float) -> datetime:
        return run.stamp.at + timedelta(seconds=self.clock.monotonic() - begun)


def _warned(run: RunReport, warnings: Sequence[Failure]) -> RunReport:
    """*run* with *warnings*, which are nobody's, at its first instance."""
    first = [evolve(report, warnings=(*report.warnings, *warnings)) for report in run.instances[:1]]
    return evolve(run, instances=(*first, *run.instances[1:]))


def _told(call: Callable[[], None]) -> list[Failure]:
    """Tell an observer; its failure is a warning."""
    try:
        with as_engine_error():
            call()
    except EngineError as error:
        return [evolve(error.failure, message=f"an observer failed: {error.failure.message}")]
    return []
