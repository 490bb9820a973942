"""One instance, two phases: a true inventory first, committed, and then its sizes."""
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from attrs import evolve, frozen

from capacity_sync.domain.capacity import Measurements, nothing_measured
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import EngineError, as_engine_error
from capacity_sync.domain.reconciliation import InventoryChange
from capacity_sync.domain.sync_report import SyncReport
from capacity_sync.ports import Clock, ConnectionFactory, EngineCatalog, Retrying, UnitOfWork
from capacity_sync.use_cases.capacity_persistence import CapacityPersistence
from capacity_sync.use_cases.draft import SyncDraft, by_name
from capacity_sync.use_cases.inventory_manager import InventoryManager
from capacity_sync.use_cases.leasing import ELSEWHERE, instance_lease
from capacity_sync.use_cases.run import RunContext
from capacity_sync.use_cases.steps import SyncSteps, Visit
from capacity_sync.use_cases.visits import Visits


@frozen
class CapacitySyncCoordinator:
    """Opens one connection per instance and run, another one only when the first is lost, and always closes it.

    Whatever an engine raises ends in the report; phase one is committed before phase two begins. An instance that is
    being synced already, here or by another process, is skipped.
    Raises: StoreFailed: the store, not the instance, is broken.
    """

    engines: EngineCatalog
    connections: ConnectionFactory
    unit_of_work: Callable[[], UnitOfWork]
    inventory: InventoryManager
    capacity: CapacityPersistence
    clock: Clock
    retrying: Retrying

    @property
    def steps(self) -> SyncSteps:
        """What it does, step by step, for callers that keep their own order."""
        return SyncSteps(self.engines, self.connections, self.unit_of_work, self.inventory, self.capacity)

    def collect_and_save(self, instance: Instance, run: RunContext | None = None,
                         draft: SyncDraft | None = None) -> SyncReport:
        """Both phases. *draft*: to be looked at, and cut, from another thread. Raises: SyncCut: that happened."""
        return self._report(instance, run, self._both, draft)

    def collect_and_save_over(self, visit: Visit) -> SyncReport:
        """Both phases over a connection that is open already and stays so."""
        def play(draft: SyncDraft) -> None:
            visits = self._visits(visit.instance, visit.run, draft, retries=0)
            visits.current = visit
            self._both(visits, draft)

        return self._drafted(SyncDraft(visit.instance), visit.run, play)

    def synchronize_inventory(self, instance: Instance, run: RunContext | None = None) -> SyncReport:
        """Phase one alone: `capacity` of the report is None."""
        return self._report(instance, run, self._phase_one)

    def collect_capacity(self, instance: Instance, targets: Sequence[str] | None = None,
                         run: RunContext | None = None) -> SyncReport:
        """Phase two alone, for *targets* or, when None, all active databases: `inventory` of the report is None."""
        return self._report(instance, run, partial(self._sizes_of, targets=targets))

    def _report(self, instance: Instance, run: RunContext | None,
                phases: Callable[[Visits, SyncDraft], object], draft: SyncDraft | None = None) -> SyncReport:
        context = run or RunContext(self.clock.stamp())

        def play(draft: SyncDraft) -> None:
            visits = self._visits(instance, context, draft, instance.retries)
            try:
                phases(visits, draft)
            finally:
                visits.leave()

        return self._drafted(draft or SyncDraft(instance), context, play)

    def _visits(self, instance: Instance, run: RunContext, draft: SyncDraft, retries: int) -> Visits:
        return Visits(self.steps, self.retrying, self.clock, instance, run, draft, retries, self.clock.monotonic())

    def _drafted(self, draft: SyncDraft, run: RunContext, play: Callable[[SyncDraft], None]) -> SyncReport:
        try:
            lease = instance_lease(self.unit_of_work, draft.instance, run, lambda: draft.given_back)
            with as_engine_error(), self._timed(draft), lease as draft.leased:
                if draft.leased:
                    play(draft)
                else:
                    draft.skip(ELSEWHERE)
        except EngineError as error:
            draft.error = error.failure
        return draft.report()

    @contextmanager
    def _timed(self, draft: SyncDraft) -> Iterator[None]:
        begun = self.clock.monotonic()
        try:
            yield
        finally:
            draft.duration_s = self.clock.monotonic() - begun

    def _both(self, visits: Visits, draft: SyncDraft) -> None:
        visit, change = self._phase_one(visits, draft, sizes_follow=not visits.run.dry_run)
        if not (visits.run.dry_run or draft.skipped):
            self._phase_two(visits, visit, draft, change.active)

    def _phase_one(self, visits: Visits, draft: SyncDraft, *,
                   sizes_follow: bool = False) -> tuple[Visit, InventoryChange]:
        visit, listing = visits.ask(self.steps.listing)
        with draft.writing():
            change = self.steps.synchronize(visit, listing)
            draft.note_listing(listing, change, sizes_follow=sizes_follow)
            if sizes_follow:
                draft.note_stale(self.steps.stale(visit, listing, draft.targets))
        return visit, change

    def _sizes_of(self, visits: Visits, draft: SyncDraft, targets: Sequence[str] | None) -> None:
        visit, _ = visits.ask(lambda _: None)
        active = self.steps.active(visit)
        draft.targets = self.steps.wanted(visit, active if targets is None else targets)
        self._phase_two(visits, visit, draft, active)

    def _phase_two(self, visits: Visits, visit: Visit, draft: SyncDraft, active: Sequence[str]) -> None:
        measured = self._measured(visits, draft)
        with draft.writing():
            saved = self.steps.save(visit, measured, active)
            draft.note_measured(measured)
            draft.capacity = evolve(saved, unmeasured=by_name((*saved.unmeasured, *draft.impossible)))

    def _measured(self, visits: Visits, draft: SyncDraft) -> Measurements:
        """Every target's size or the reason for its absence; a failure of the whole call is everybody's reason.

        A connection that is lost here is opened again once: who was killed in the middle may be back.
        """
        try:
            return visits.ask(lambda visit: self.steps.measure(visit, draft.targets), at_most=1)[1]
        except EngineError as error:
            draft.error = error.failure
            return nothing_measured(draft.targets, error.failure)
