"""The steps of a sync over one open connection, each on its own. The coordinator plays them in their order."""
from collections.abc import Callable, Collection, Mapping, Sequence

from attrs import frozen

from capacity_sync.domain.capacity import InstanceFacts, InstanceTotal, Measurements, StoredSize, account_for
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import Listing, same_incarnation
from capacity_sync.domain.outcomes import as_engine_error
from capacity_sync.domain.reconciliation import InventoryChange
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import CapacityOutcome
from capacity_sync.ports import Connection, ConnectionFactory, EngineAdapter, EngineCatalog, UnitOfWork
from capacity_sync.use_cases.capacity_persistence import CapacityPersistence
from capacity_sync.use_cases.inventory_manager import InventoryManager
from capacity_sync.use_cases.run import RunContext, transacted


@frozen
class Visit:
    """An open connection, whose it is, and the run it serves. Whoever enters closes `connection`."""

    instance: Instance
    adapter: EngineAdapter
    connection: Connection
    run: RunContext


@frozen
class SyncSteps:
    """Raises: EngineError: the instance did not give what was asked; StoreFailed: the store is broken."""

    engines: EngineCatalog
    connections: ConnectionFactory
    unit_of_work: Callable[[], UnitOfWork]
    inventory: InventoryManager
    capacity: CapacityPersistence

    def enter(self, instance: Instance, run: RunContext) -> Visit:
        """Open one connection."""
        with as_engine_error():
            adapter = self.engines.adapter(instance.engine)
            return Visit(instance, adapter, self.connections.open(instance), run)

    def listing(self, visit: Visit) -> Listing:
        """What the engine lists now."""
        with as_engine_error():
            return visit.adapter.fetch_inventory(visit.connection)

    def synchronize(self, visit: Visit, listing: Listing) -> InventoryChange:
        """Phase one's transaction: make the store's inventory follow *listing*.

        The instance is written before its databases are read, for that makes another sync of it wait.
        """
        instance, run = visit.instance, visit.run
        versions = {instance.name: listing.server_version} if listing.server_version else {}

        def planned(work: UnitOfWork) -> InventoryChange:
            return self.inventory.plan(work, instance, visit.adapter.traits, listing, run)

        def followed(work: UnitOfWork) -> InventoryChange:
            ids = work.instances.register([instance], run.stamp.at, versions)
            change = planned(work)
            self.inventory.apply(work, ids[instance.name], change, run)
            return change

        return transacted(self.unit_of_work, planned if run.dry_run else followed, commit=not run.dry_run)

    def stale(self, visit: Visit, listing: Listing, targets: Sequence[str]) -> tuple[str, ...]:
        """Those *targets* without a size that is fresh enough, of the incarnation that is listed."""
        since, rows = visit.run.fresh_since, listing.by_name()
        if since is None:
            return tuple(targets)

        def fresh(work: UnitOfWork) -> Mapping[str, str | None]:
            return work.sizes.measured_since(work.instances.ids([visit.instance.name])[visit.instance.name], since)

        measured = transacted(self.unit_of_work, fresh, commit=False)
        return tuple(name for name in targets
                     if name not in measured or not same_incarnation(measured[name], rows[name].identity))

    def active(self, visit: Visit) -> list[str]:
        """The active databases that the store knows, sorted. Makes the instance known."""
        def known(work: UnitOfWork) -> list[str]:
            ids = work.instances.register([visit.instance], visit.run.stamp.at)
            return [known.name for known in work.databases.known(ids[visit.instance.name]) if known.is_active]

        return transacted(self.unit_of_work, known)

    def wanted(self, visit: Visit, names: Collection[str]) -> tuple[str, ...]:
        """*names* without those that a filter rule removes."""
        rules = self.inventory.filters.of(visit.instance.engine)
        return tuple(name for name in names if rules.reason(name) is None)

    def measure(self, visit: Visit, targets: Sequence[str]) -> Measurements:
        """The sizes of *targets*, each of them measured or unmeasured; no query for none."""
        if not targets:
            return Measurements()
        with as_engine_error():
            return account_for(visit.adapter.fetch_capacity(visit.connection, targets), targets)

    def save(self, visit: Visit, measured: Measurements, active: Collection[str]) -> CapacityOutcome:
        """Phase two's transaction: the rows, and the day's total over *active* databases."""
        name, rounding = visit.instance.name, visit.adapter.traits.mb_rounding
        return self.capacity.batches.transacted(self.unit_of_work, lambda work: self.capacity.save(
            work, work.instances.ids([name])[name], measured, active, rounding, visit.run.stamp))

    def save_sizes(self, visit: Visit, sizes: Sequence[StoredSize]) -> int:
        """Rows that somebody else made, each on its own day; how many were written. No total."""
        def saved(work: UnitOfWork) -> int:
            ids = work.instances.register([visit.instance], visit.run.stamp.at)
            return self.capacity.save_sizes(work, ids[visit.instance.name], sizes)

        return transacted(self.unit_of_work, saved)

    def save_total(self, visit: Visit, stamp: Stamp, sizes: Sequence[StoredSize] = ()) -> InstanceTotal | None:
        """The total of *stamp*'s day, over what is stored and *sizes*, which come before it and need not be stored.

        Databases of *sizes* that the inventory does not know at all count as active.
        """
        def summed(work: UnitOfWork) -> InstanceTotal | None:
            instance_id = work.instances.register([visit.instance], stamp.at)[visit.instance.name]
            known = {one.name: one.is_active for one in work.databases.known(instance_id)}
            active = [name for name in {*known, *(s.database_name for s in sizes)} if known.get(name, True)]
            day = [*work.sizes.of_day(instance_id, stamp.day), *sizes]
            return self.capacity.save_total(work, instance_id, day, active, InstanceFacts(), stamp)

        return transacted(self.unit_of_work, summed)
