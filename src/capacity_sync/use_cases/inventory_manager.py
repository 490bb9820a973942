"""The life cycle of databases: the only writer of create, refresh, reactivate and deactivate."""
from attrs import frozen

from capacity_sync.domain.filters import FilterRules
from capacity_sync.domain.guard import Accepted, decide
from capacity_sync.domain.instance import EngineTraits, Instance
from capacity_sync.domain.inventory import Listing
from capacity_sync.domain.reconciliation import InventoryChange, reconcile
from capacity_sync.ports import UnitOfWork
from capacity_sync.use_cases.run import RunContext


@frozen
class InventoryManager:
    """Phase one: what a listing changes, and writing it. `filters` are judged after the guard."""

    filters: FilterRules = FilterRules()

    def plan(self, work: UnitOfWork, instance: Instance, traits: EngineTraits, listing: Listing,
             run: RunContext) -> InventoryChange:
        """What *listing* changes, judged by the guard on the raw listing and then filtered. Writes nothing."""
        instance_id = work.instances.ids([instance.name]).get(instance.name)
        known = () if instance_id is None else work.databases.known(instance_id)
        accepted = run.accepted.get(instance.name, Accepted())
        decision = decide(known, listing, instance.guard, run.stamp.day, accepted)
        rules = self.filters.of(traits.name)
        return reconcile(known, listing, decision, run.stamp,
                         excluded=lambda name: rules.reason(name) is not None,
                         include_system=instance.wants_system(traits))

    def apply(self, work: UnitOfWork, instance_id: int, change: InventoryChange, run: RunContext) -> None:
        """Write *change*: one bulk write of databases, one of events, none when there is nothing."""
        if change.after:
            work.databases.save(instance_id, change.after, run.stamp.at)
        if change.events:
            work.databases.record(instance_id, change.events, run.run_id, run.stamp.at)
