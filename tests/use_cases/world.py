"""A small world for use case tests: scripted servers, a store in memory, a clock that the test moves."""
from datetime import UTC, datetime, timedelta
from itertools import count

from attrs import Factory, define

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.adapters.telemetry.silent import SilentObserver
from capacity_sync.domain.filters import EngineRules, FilterRules
from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing.engines import ScriptedAdapter, ScriptedEngines, ScriptedServer
from capacity_sync.testing.retrying import ImmediateRetrying
from capacity_sync.use_cases.browsing import StoreBrowser
from capacity_sync.use_cases.capacity_persistence import CapacityPersistence
from capacity_sync.use_cases.coordinator import CapacitySyncCoordinator
from capacity_sync.use_cases.diagnosis import FleetCheck
from capacity_sync.use_cases.fleet import FleetSync
from capacity_sync.use_cases.inventory_manager import InventoryManager

GIB = 1024**3


@define
class HandClock:
    """Moves only when told; one second, or `pace`, passes between two monotonic readings."""

    now: datetime = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)
    ticks: float = 0.0
    pace: float = 1.0

    def stamp(self):
        return Stamp.of(self.now, UTC)

    def monotonic(self):
        self.ticks += self.pace
        return self.ticks

    def pass_days(self, days):
        self.now += timedelta(days=days)


@define
class World:
    servers: dict[str, ScriptedServer] = Factory(dict)
    store: object = Factory(InMemoryUnitOfWork)
    clock: HandClock = Factory(HandClock)
    filters: FilterRules = FilterRules()
    observer: object = Factory(SilentObserver)
    retrying: object = Factory(ImmediateRetrying)
    settings: dict = Factory(dict)
    capacity: CapacityPersistence = Factory(CapacityPersistence)
    adapted: object = lambda adapter: adapter
    run_ids: object = Factory(lambda: (f"run-{n}" for n in count(1)))

    def server(self, name="one", **sizes):
        return self.servers.setdefault(name, ScriptedServer(sizes))

    def instance(self, name="one"):
        return Instance(name, "scripted", **self.settings)

    def exclude(self, *patterns, names=()):
        self.filters = FilterRules({"scripted": EngineRules(names, patterns)})

    def engines(self):
        return ScriptedEngines([self.adapted(ScriptedAdapter(self.servers))])

    def unit_of_work(self):
        return self.store

    def coordinator(self):
        engines = self.engines()
        return CapacitySyncCoordinator(engines, engines, self.unit_of_work, InventoryManager(self.filters),
                                       self.capacity, self.clock, self.retrying)

    def fleet(self):
        return FleetSync(self.coordinator(), self.unit_of_work, self.clock, self.observer, lambda: next(self.run_ids))

    def sync(self, *names, **options):
        return self.fleet().run([self.instance(name) for name in names or self.servers], **options)

    def sync_one(self, name="one", accept=(), **options):
        accepted = {name: Accepted(names=accept)}
        return self.sync(name, accepted=accepted, **options).instances[0]

    def check(self, *names):
        engines = self.engines()
        return FleetCheck(engines, engines).check([self.instance(name) for name in names])

    def browser(self):
        return StoreBrowser(self.unit_of_work)

    def active(self, name="one"):
        return [known.database.name for known in self.browser().databases(instances=[name])]

    def known(self, name="one"):
        return {k.database.name: k.database for k in self.browser().databases(instances=[name], with_inactive=True)}

    def sizes(self, name="one"):
        return {s.size.database_name: s.size.size_bytes for s in self.browser().sizes(instances=[name])}

    def total(self, name="one"):
        with self.unit_of_work() as work:
            return work.sizes.total(work.instances.ids()[name], self.clock.stamp().day)

    def events(self, name="one"):
        with self.unit_of_work() as work:
            happened = work.databases.events(work.instances.ids()[name])
        return [(event.kind.value, event.database_name, event.detail) for event in happened]

    def record(self, run_id):
        return self.browser().run(run_id)
