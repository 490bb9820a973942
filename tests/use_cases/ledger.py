"""A store in memory that is filled by hand: sizes by day, their totals, and aggregates over them."""
from datetime import UTC, date, datetime, time, timedelta

from attrs import Factory, define, evolve

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.domain.capacity import MIB, Basis, StoredSize, total_of
from capacity_sync.domain.capacity import InstanceFacts as Facts
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.stamp import Stamp

TODAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
MARKS = {"method": "files", "basis": Basis.FILE}


def at(day):
    return datetime.combine(day, time(3), UTC)


@define
class Ledger:
    store: object = Factory(InMemoryUnitOfWork)

    def unit_of_work(self):
        return self.store

    def instance(self, name, engine=None):
        with self.store as work:
            known = work.instances.engines().get(name, "scripted")
        engine = engine or known
        with self.store as work:
            ids = work.instances.register([Instance(name, engine)], NOW)
            work.commit()
        return ids[name]

    def database(self, instance, name, **more):
        owner = self.instance(instance)
        with self.store as work:
            known = KnownDatabase(name, TODAY - timedelta(400), TODAY, **{"identity": f"of {name}"} | more)
            work.databases.save(owner, [known], NOW)
            work.commit()

    def sizes(self, instance, name, *sizes, last=TODAY, **marks):
        """MiB of the days up to *last*; None is a day without a row."""
        owner = self.instance(instance)
        days = [last - timedelta(n) for n in range(len(sizes) - 1, -1, -1)]
        marks = MARKS | {"identity": f"of {name}"} | marks
        rows = [evolve(StoredSize(name, day, at(day), size, size_bytes=size * MIB), **marks)
                for day, size in zip(days, sizes, strict=True) if size is not None]
        self.database(instance, name, identity=rows[-1].identity)
        with self.store as work:
            for row in rows:
                work.sizes.save(owner, [row])
            work.commit()

    def total(self):
        """The totals of every day and instance, by the rows of the databases that are active now."""
        with self.store as work:
            for owner in work.instances.ids().values():
                active = {known.name for known in work.databases.known(owner) if known.is_active}
                for day in (TODAY - timedelta(n) for n in range(120)):
                    total = total_of(work.sizes.of_day(owner, day), active, Facts())
                    if total is not None:
                        work.sizes.save_total(owner, total, Stamp(at(day), day))
            work.commit()

    def aggregate(self, kind=PeriodKind.WEEKLY, days=21):
        self.total()
        with self.store as work:
            for period in sorted({Period.containing(kind, TODAY - timedelta(n)) for n in range(days)}):
                work.aggregates.compute(period, None, NOW)
            work.commit()
