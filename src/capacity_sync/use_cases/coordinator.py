"""One instance, two phases: a true inventory first, committed, and then its sizes."""
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from attrs import evolve, frozen

from capacity_sync.domain.capacity import Measurements, Unmeasured, account_for, nothing_measured
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import Listing
from capacity_sync.domain.outcomes import EngineError, as_engine_error
from capacity_sync.domain.reconciliation import InventoryChange
from capacity_sync.domain.sync_report import SyncReport
from capacity_sync.ports import Clock, Connection, ConnectionFactory, EngineAdapter, EngineCatalog, UnitOfWork
from capacity_sync.use_cases.capacity_persistence import CapacityPersistence
from capacity_sync.use_cases.draft import SyncDraft, measurable
from capacity_sync.use_cases.inventory_manager import InventoryManager
from capacity_sync.use_cases.run import RunContext, transaction


@frozen
class _Session:
    """An open connection, whom it belongs to, and the run it serves."""

    instance: Instance
    adapter: EngineAdapter
    connection: Connection
    run: RunContext


@frozen
class CapacitySyncCoordinator:
    """Opens one connection per instance and run, and always closes it.

    Whatever an engine raises ends in the report; phase one is committed before phase two begins.
    Raises: StoreFailed: the store, not the instance, is broken.
    """

    engines: EngineCatalog
    connections: ConnectionFactory
    unit_of_work: Callable[[], UnitOfWork]
    inventory: InventoryManager
    capacity: CapacityPersistence
    clock: Clock

    def collect_and_save(self, instance: Instance, run: RunContext | None = None) -> SyncReport:
        """Both phases."""
        return self._report(instance, run, self._both)

    def synchronize_inventory(self, instance: Instance, run: RunContext | None = None) -> SyncReport:
        """Phase one alone: `capacity` of the report is None."""
        return self._report(instance, run, self._phase_one)

    def collect_capacity(self, instance: Instance, targets: Sequence[str] | None = None,
                         run: RunContext | None = None) -> SyncReport:
        """Phase two alone, for *targets* or, when None, all active databases: `inventory` of the report is None."""
        return self._report(instance, run, lambda session, draft: self._sizes_of(session, draft, targets))

    def _report(self, instance: Instance, run: RunContext | None,
                phases: Callable[[_Session, SyncDraft], object]) -> SyncReport:
        draft = SyncDraft(instance)
        try:
            with as_engine_error(), self._timed(draft):
                run = run or RunContext(self.clock.stamp())
                with self._connected(instance, run, draft) as session:
                    phases(session, draft)
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

    @contextmanager
    def _connected(self, instance: Instance, run: RunContext, draft: SyncDraft) -> Iterator[_Session]:
        adapter = self.engines.adapter(instance.engine)
        connection = self.connections.open(instance)
        try:
            yield _Session(instance, adapter, connection, run)
        finally:
            _close(connection, draft)

    def _both(self, session: _Session, draft: SyncDraft) -> None:
        listing, change = self._phase_one(session, draft)
        if not session.run.dry_run:
            draft.targets, impossible = measurable(listing, change)
            self._phase_two(session, draft, change.active, impossible)

    def _phase_one(self, session: _Session, draft: SyncDraft) -> tuple[Listing, InventoryChange]:
        instance, run, traits = session.instance, session.run, session.adapter.traits
        listing = session.adapter.fetch_inventory(session.connection)
        versions = {instance.name: listing.server_version} if listing.server_version else {}
        with transaction(self.unit_of_work, commit=not run.dry_run) as work:
            change = self.inventory.plan(work, instance, traits, listing, run)
            if not run.dry_run:
                ids = work.instances.register([instance], run.stamp.at, versions)
                self.inventory.apply(work, ids[instance.name], change, run)
        draft.note_listing(listing, change)
        return listing, change

    def _sizes_of(self, session: _Session, draft: SyncDraft, targets: Sequence[str] | None) -> None:
        with transaction(self.unit_of_work) as work:
            ids = work.instances.register([session.instance], session.run.stamp.at)
            known = work.databases.known(ids[session.instance.name])
        active = [k.name for k in known if k.is_active]
        rules = self.inventory.filters.of(session.instance.engine)
        draft.targets = tuple(n for n in (active if targets is None else targets) if rules.reason(n) is None)
        self._phase_two(session, draft, active, ())

    def _phase_two(self, session: _Session, draft: SyncDraft, active: Sequence[str],
                   impossible: Sequence[Unmeasured]) -> None:
        measured = self._measure(session, draft)
        draft.note_measured(measured)
        with transaction(self.unit_of_work) as work:
            saved = self.capacity.save(work, work.instances.ids()[session.instance.name], measured, active,
                                       session.adapter.traits.mb_rounding, session.run.stamp)
        lost = sorted((*saved.unmeasured, *impossible), key=lambda u: u.database_name)
        draft.capacity = evolve(saved, unmeasured=tuple(lost))

    def _measure(self, session: _Session, draft: SyncDraft) -> Measurements:
        """Every target's size or the reason for its absence; a failure of the whole call is everybody's reason."""
        if not draft.targets:
            return Measurements()
        try:
            with as_engine_error():
                return account_for(session.adapter.fetch_capacity(session.connection, draft.targets), draft.targets)
        except EngineError as error:
            draft.error = error.failure
            return nothing_measured(draft.targets, error.failure)


def _close(connection: Connection, draft: SyncDraft) -> None:
    try:
        with as_engine_error():
            connection.close()
    except EngineError as error:
        draft.warnings.append(error.failure)
