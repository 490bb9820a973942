"""A made-up fleet of four months, for pictures and for tests of the report: growth, gaps, a recreation, an outlier."""
import math
import random
from datetime import UTC, date, datetime, time, timedelta

from attrs import evolve, frozen

from capacity_sync.domain.capacity import Basis, InstanceFacts, StoredSize, total_of
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.stamp import Stamp

GIB = 1024**3
MIB = 1024**2
DAYS = 120
LIMIT = 400 * GIB


@frozen
class Story:
    """One database: GiB at first, a day, and how far it sways. `gaps`, `since` and `reborn` in days from the first."""

    instance: str
    name: str
    first: float
    a_day: float
    sway: float = 0.0
    limit: int | None = None
    gaps: tuple[range, ...] = ()
    since: int = 0
    reborn: int | None = None
    jump: tuple[int, float] = (0, 0.0)

    def size(self, day, dice):
        age = day - (self.reborn if self.reborn and day >= self.reborn else self.since)
        start = self.first / 4 if self.reborn and day >= self.reborn else self.first
        jumped = self.jump[1] if self.jump[0] and day >= self.jump[0] else 0
        size = start + self.a_day * age + self.sway * (math.sin(day / 7 * 2 * math.pi) + dice.uniform(-1, 1)) + jumped
        return int(max(size, 0.01) * GIB)


STORIES = (
    Story("orders", "shop", 210, 1.1, 1.5, 400 * GIB, gaps=(range(58, 66),)),
    Story("orders", "audit", 40, 0.55, 0.8, gaps=(range(20, 22), range(95, 96))),
    Story("billing", "invoices", 90, 0.32, 0.4, 150 * GIB),
    Story("billing", "\u8ba2\u5355\u6570\u636e\u5e93", 18, 0.42, 0.5, 96 * GIB, since=35),
    Story("apps", "\U0001f4e6 parcels", 12, 0.16, 0.4, 40 * GIB, reborn=70),
    Story("apps", "price $50_000", 30, 0.02, 1.5, 64 * GIB),
    Story("apps", "archive", 25, 0.01, 0.02, 80 * GIB, jump=(88, 22)),
    Story("crm", "contacts", 70, -0.05, 0.2, 100 * GIB),
    Story("crm", "mail", 55, 0.7, 2.0, 160 * GIB, gaps=(range(100, 104),)),
    Story("crm", "events", 8, 0.9, 0.5, 120 * GIB),
    Story("lake", "raw", 300, 2.6, 6.0),
    Story("lake", "new", 3, 0.5, 0.1, 40 * GIB, since=115),
)
TAGS = {"orders": {"team": "shop"}, "billing": {"team": "shop"}, "apps": {"team": "web"}, "crm": {"team": "sales"}}


def fill(unit_of_work, last: date, stories=STORIES, days=DAYS, engine="postgresql"):
    """Sizes and totals of so many days up to *last*, and weekly and monthly aggregates over them."""
    dice = random.Random(7)  # the same pictures every time
    first = last - timedelta(days - 1)
    with unit_of_work() as work:
        ids = work.instances.register([Instance(name, engine) for name in dict.fromkeys(s.instance for s in stories)],
                                      _at(last))
        for story in stories:
            known = KnownDatabase(story.name, first + timedelta(story.since), last, identity=_identity(story, days))
            work.databases.save(ids[story.instance], [known], _at(last))
        for day in range(days):
            for story in stories:
                if day >= story.since and not any(day in gap for gap in story.gaps):
                    work.sizes.save(ids[story.instance], [_row(story, day, first, dice)])
        for name, owner in ids.items():
            _total(work, owner, {s.name: s for s in stories if s.instance == name}, first, days)
        work.commit()
    with unit_of_work() as work:
        for kind in (PeriodKind.WEEKLY, PeriodKind.MONTHLY):
            for period in sorted({Period.containing(kind, first + timedelta(n)) for n in range(days)}):
                work.aggregates.compute(period, None, _at(last))
        work.commit()


def _at(day):
    return datetime.combine(day, time(3), UTC)


def _identity(story, day):
    return f"{story.name}-{2 if story.reborn and day >= story.reborn else 1}"


def _row(story, day, first, dice):
    size, on = story.size(day, dice), first + timedelta(day)
    row = StoredSize(story.name, on, _at(on), size // MIB, identity=_identity(story, day), size_bytes=size,
                     data_bytes=size, max_bytes=story.limit, method="files", basis=Basis.FILE)
    return evolve(row, data_size_mb=row.size_mb)


def _total(work, owner, stories, first, days):
    for n in range(days):
        on = first + timedelta(n)
        active = [name for name, story in stories.items() if n >= story.since]
        total = total_of(work.sizes.of_day(owner, on), active, InstanceFacts())
        if total is not None:
            work.sizes.save_total(owner, total, Stamp(_at(on), on))
