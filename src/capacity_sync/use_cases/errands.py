"""One instance of a dispatched run, as a worker syncs it."""
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import timedelta

from attrs import frozen

from capacity_sync.domain.errand import Errand
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import Category, ErrandPostponed, Failure, StoreRefused
from capacity_sync.domain.schedule import PER_HOST, Schedule
from capacity_sync.domain.sync_report import RunRecord, Status, SyncReport, instance_run
from capacity_sync.ports import Clock, UnitOfWork
from capacity_sync.use_cases.coordinator import CapacitySyncCoordinator
from capacity_sync.use_cases.leasing import AFTER_THE_DEADLINE, leased
from capacity_sync.use_cases.outcomes_awaited import bring, stop_waiting
from capacity_sync.use_cases.parallel import side_by_side
from capacity_sync.use_cases.run import RunContext, transacted
from capacity_sync.use_cases.watched import Queue

NOBODY_CAME = Failure(Category.TIMEOUT, "no worker was done with it when the run's time was over",
                      remedy="see whether workers listen to its queue, start more of them, or raise `budget`")


@frozen
class ErrandSync:
    """Runs errands. One that is run again, by whomever and however often, changes nothing once its outcome is there.

    Raises: StoreFailed: the store is broken; the errand is to be run again.
    """

    coordinator: CapacitySyncCoordinator
    unit_of_work: Callable[[], UnitOfWork]
    clock: Clock
    per_host: int = PER_HOST

    def run(self, errand: Errand, instance: Instance) -> SyncReport | None:
        """None: nobody waits for it any more.

        Raises: ErrandPostponed: another process does it, or its host has no room; StoreRefused: this is not the
        store of its run.
        """
        if not self._is_awaited(errand):
            return None
        with ExitStack() as turns:
            self._take_turns(turns, errand, instance)
            if not self._is_awaited(errand):
                return None
            report = self._report(errand, instance)
            self.record(errand.run_id, report)
        return report

    def record(self, run_id: str, report: SyncReport) -> None:
        """Add the outcome, if it is awaited; the last one closes the run."""
        outcome, at = instance_run(report), self.clock.stamp().at
        transacted(self.unit_of_work, lambda work: bring(work, run_id, outcome, at))

    def record_of(self, run_id: str) -> RunRecord | None:
        return transacted(self.unit_of_work, lambda work: work.runs.find(run_id), commit=False)

    def close_overdue(self, budget: float) -> list[str]:
        """Close the dispatched runs that have lasted longer than *budget* seconds and what was begun just before their
        end; the ids."""
        latest = self.clock.stamp().at - timedelta(seconds=budget + AFTER_THE_DEADLINE)

        def overdue(work: UnitOfWork) -> list[str]:
            running = filter(None, map(work.runs.find, work.runs.running()))
            return [run.run_id for run in running if run.started_at < latest and work.runs.awaited(run.run_id)]

        found = transacted(self.unit_of_work, overdue, commit=False)
        for run_id in found:
            self.stop_waiting(run_id)
        return found

    def stop_waiting(self, run_id: str) -> None:
        """Close the run; what is awaited has failed."""
        at = self.clock.stamp().at
        transacted(self.unit_of_work, lambda work: stop_waiting(work, run_id, NOBODY_CAME, at))

    def abandon(self, run_id: str, status: Status, why: str) -> None:
        """Close the run as *status*, if it is open: workers leave what they have not begun."""
        at = self.clock.stamp().at

        def close(work: UnitOfWork) -> None:
            if work.runs.awaited(run_id):
                work.runs.finish(run_id, status, at, why)

        transacted(self.unit_of_work, close)

    def _is_awaited(self, errand: Errand) -> bool:
        names = transacted(self.unit_of_work, lambda work: work.runs.awaited(errand.run_id), commit=False)
        if names is None:
            raise StoreRefused(f"the store of this worker does not know run {errand.run_id}: whoever syncs and all "
                               "workers need the same store, on a database server when they are several machines")
        return errand.instance in names

    def _take_turns(self, turns: ExitStack, errand: Errand, instance: Instance) -> None:
        """One process at a time for the errand, and `per_host` of them for the host, over all machines."""
        seconds = instance.timeouts.deadline + AFTER_THE_DEADLINE

        def taken(what: str) -> bool:
            return turns.enter_context(leased(self.unit_of_work, what, seconds))

        if not taken(f"run {errand.run_id} {instance.name}"):
            raise ErrandPostponed(f"{instance.name}: another worker is at it")
        host = instance.host and instance.host.casefold()
        if host and not any(taken(f"host {host} {n}") for n in range(self.per_host)):
            raise ErrandPostponed(f"{instance.name}: its host is asked {self.per_host} times already")

    def _report(self, errand: Errand, instance: Instance) -> SyncReport:
        """Within the deadline, and within what the run's budget has left."""
        fresh = None if errand.stale_after is None else errand.stamp.at - timedelta(seconds=errand.stale_after)
        run = RunContext(errand.stamp, errand.run_id, {instance.name: errand.accepted}, fresh_since=fresh)
        gone = (self.clock.stamp().at - errand.stamp.at).total_seconds()
        queue = Queue(Schedule.of([instance], {}), self.coordinator, run, errand.budget - gone)
        with closing(side_by_side(queue.next, 1)) as results:
            return next(iter([*results, *queue.without_a_turn()]))


def unknown_instance(errand: Errand) -> SyncReport:
    """The report on an errand whose instance this machine has not."""
    why = Failure(Category.UNSUPPORTED, "the worker that was asked has no such instance",
                  remedy="give all machines the same fleet file, and start the workers again")
    return SyncReport(errand.instance, errand.engine, Status.FAILED, error=why)
