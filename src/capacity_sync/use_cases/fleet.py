"""Many instances, a few at a time, each on its own, with a record of the run."""
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import datetime, timedelta

from attrs import frozen

from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import Failure, StoreFailed
from capacity_sync.domain.schedule import NO_BUDGET, PER_HOST, Schedule
from capacity_sync.domain.stamp import Stamp
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
from capacity_sync.use_cases.leasing import close_the_dead, run_lease
from capacity_sync.use_cases.parallel import side_by_side
from capacity_sync.use_cases.run import RunContext, transacted
from capacity_sync.use_cases.run_record import begin_record, usual_seconds
from capacity_sync.use_cases.telling import told, warned, with_warnings
from capacity_sync.use_cases.watched import Queue, WatchedSync


@frozen
class FleetSync:
    """Syncs instances, each in a thread of its own and never beyond its deadline. One broken instance never costs
    another. Observers, and the record of the run, hear from the calling thread alone.

    Raises: StoreFailed: the store is broken; what was committed stays, and the run record says failed if it can.
    An interrupt closes the record as interrupted and passes.
    """

    coordinator: CapacitySyncCoordinator
    unit_of_work: Callable[[], UnitOfWork]
    clock: Clock
    observer: SyncObserver
    new_run_id: Callable[[], str]

    def run(self, instances: Sequence[Instance], *, accepted: Mapping[str, Accepted] | None = None,
            dry_run: bool = False, whole_fleet: bool = False, workers: int = 1, per_host: int = PER_HOST,
            budget: float = NO_BUDGET, stale_after: float | None = None) -> RunReport:
        """One run over *instances*, whose names differ. `whole_fleet`: those that are not in it are retired.

        At most `workers` at a time, `per_host` of a host, and all of them within `budget` seconds: what had no turn
        until then failed, what is under way is cut. `stale_after`: measure only databases whose last size is older, in
        seconds. `dry_run` writes nothing at all.
        """
        begun = self.clock.monotonic()
        run = _context(self.clock.stamp(), self.new_run_id(), accepted or {}, dry_run, stale_after)
        try:
            with run_lease(self.unit_of_work, run):
                warnings = self._start(run, instances, whole_fleet)
                seconds = {} if dry_run else usual_seconds(self.unit_of_work)
                queue = Queue(Schedule.of(instances, seconds, per_host), self.coordinator, run, budget)
                reports = self._reports(queue, workers)
                finished = self._now(run, begun)
                status = run_status(report.status for report in reports.values())
                self._finish(run, status, finished)
            in_order = [reports[instance.name] for instance in instances]
            report = RunReport(run.run_id or "", status, run.stamp.at, finished, run.stamp.day, in_order)
            warnings += told(lambda: self.observer.run_finished(report))
        except BaseException as error:
            self._give_up(run, begun, error)
            raise
        return warned(report, warnings)

    def _reports(self, queue: Queue, workers: int) -> dict[str, SyncReport]:
        """By name."""
        unheard: dict[str, list[Failure]] = {}

        def begin() -> WatchedSync | None:
            task = queue.next()
            if task is not None:
                unheard[task.instance.name] = told(lambda: self.observer.instance_started(task.instance))
            return task

        reports = {}
        with closing(side_by_side(begin, workers)) as results:
            for report in results:
                queue.ended(report.name)
                reports[report.name] = self._heard(queue.run, with_warnings(report, unheard.pop(report.name)))
        return reports | {one.name: self._heard(queue.run, one) for one in queue.without_a_turn()}

    def _start(self, run: RunContext, instances: Sequence[Instance], whole_fleet: bool) -> list[Failure]:
        record = RunRecord(run.run_id or "", Status.RUNNING, run.stamp.at, run.stamp.day)
        if run.dry_run:
            transacted(self.unit_of_work, lambda work: work.instances.expect(instances), commit=False)
        else:
            others = begin_record(self.unit_of_work, record, instances, whole_fleet=whole_fleet)
            close_the_dead(self.unit_of_work, others, run)
        return told(lambda: self.observer.run_started(record, instances))

    def _heard(self, run: RunContext, report: SyncReport) -> SyncReport:
        """*report*, recorded and told."""
        if not run.dry_run:
            ended = instance_run(report)
            transacted(self.unit_of_work, lambda work: work.runs.add(run.run_id or "", ended))
        return with_warnings(report, told(lambda: self.observer.instance_finished(report)))

    def _finish(self, run: RunContext, status: Status, at: datetime, error: str | None = None) -> None:
        if not run.dry_run:
            transacted(self.unit_of_work, lambda work: work.runs.finish(run.run_id or "", status, at, error))

    def _give_up(self, run: RunContext, begun: float, error: BaseException) -> None:
        """Close the record of a run that *error* ends, if the store still lets us."""
        status = Status.FAILED if isinstance(error, Exception) else Status.INTERRUPTED
        with suppress(StoreFailed):
            self._finish(run, status, self._now(run, begun), f"{type(error).__name__}: {error}")

    def _now(self, run: RunContext, begun: float) -> datetime:
        return run.stamp.at + timedelta(seconds=self.clock.monotonic() - begun)


def _context(stamp: Stamp, run_id: str, accepted: Mapping[str, Accepted], dry_run: bool,
             stale_after: float | None) -> RunContext:
    since = None if stale_after is None else stamp.at - timedelta(seconds=stale_after)
    return RunContext(stamp, run_id, accepted, dry_run, since)
