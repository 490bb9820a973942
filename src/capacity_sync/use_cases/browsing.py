"""What the store knows: databases and sizes, for lists."""
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date

from attrs import frozen

from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.reconciliation import LifecycleEvent
from capacity_sync.domain.sync_report import RunRecord
from capacity_sync.ports import UnitOfWork
from capacity_sync.use_cases.run import transaction


@frozen
class KnownOf:
    """One database and whose it is."""

    instance: str
    engine: str
    database: KnownDatabase


@frozen
class SizeOf:
    """One day's size and whose it is."""

    instance: str
    engine: str
    size: StoredSize


@frozen
class StoreBrowser:
    """Reads only. `instances` None: all; `engine` None: any."""

    unit_of_work: Callable[[], UnitOfWork]

    def databases(self, *, instances: Collection[str] | None = None, engine: str | None = None,
                  with_inactive: bool = False) -> list[KnownOf]:
        """Sorted by instance and name."""
        with transaction(self.unit_of_work, commit=False) as work:
            return [KnownOf(name, kind, known) for name, kind, id_ in _chosen(work, instances, engine)
                    for known in work.databases.known(id_) if known.is_active or with_inactive]

    def sizes(self, *, instances: Collection[str] | None = None, engine: str | None = None,
              day: date | None = None, with_inactive: bool = False) -> list[SizeOf]:
        """The rows of *day*, or of each instance's latest day with rows; sorted by instance and name."""
        found: list[SizeOf] = []
        with transaction(self.unit_of_work, commit=False) as work:
            for name, kind, id_ in _chosen(work, instances, engine):
                of = day or work.sizes.latest_day(id_)
                active = {known.name for known in work.databases.known(id_) if known.is_active or with_inactive}
                rows = [] if of is None else work.sizes.of_day(id_, of)
                found.extend(SizeOf(name, kind, row) for row in rows if row.database_name in active)
        return found

    def instances(self) -> list[str]:
        """Every instance the store knows, sorted."""
        with transaction(self.unit_of_work, commit=False) as work:
            return sorted(work.instances.ids())

    def runs(self, limit: int) -> list[RunRecord]:
        """Newest first, without their instances."""
        with transaction(self.unit_of_work, commit=False) as work:
            return list(work.runs.recent(limit))

    def run(self, run_id: str) -> RunRecord | None:
        with transaction(self.unit_of_work, commit=False) as work:
            return work.runs.find(run_id)

    def happened(self, run_id: str) -> Mapping[str, Sequence[LifecycleEvent]]:
        """What a run changed, by the name of the instance; an instance where nothing happened is not in it."""
        with transaction(self.unit_of_work, commit=False) as work:
            events = work.databases.events_of_run(run_id)
            names = {id_: name for name, id_ in work.instances.ids().items()} if events else {}
            return {names[id_]: of_one for id_, of_one in events.items() if id_ in names}


def _chosen(work: UnitOfWork, instances: Collection[str] | None,
            engine: str | None) -> Iterator[tuple[str, str, int]]:
    engines = work.instances.engines()
    for name, id_ in sorted(work.instances.ids().items()):
        if (instances is None or name in instances) and engine in (None, engines[name]):
            yield name, engines[name], id_
