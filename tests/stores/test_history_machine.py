"""The same random history on two stores: days pass, databases come, go and change, instances fail, users decide.

The model keeps its store in memory; whatever a run reports and whatever can be read afterwards is the same on SQL.
"""
from datetime import UTC, datetime, time, timedelta

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from capacity_sync.domain.capacity import InstanceFacts
from capacity_sync.domain.guard import Accepted, GuardPolicy
from capacity_sync.domain.history import Choice, Cut, DatabaseKey
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category, Failure, PermissionMissing, ServerUnreachable
from capacity_sync.domain.periods import PeriodKind
from capacity_sync.testing.engines import Raises
from capacity_sync.use_cases.aggregation import Aggregation
from tests.stores.models import ON_EVERY_STORE, assert_same, compare
from tests.use_cases.world import World

INSTANCES = ("one", "two")
WEEK = timedelta(7)
NAMES = ("shop", "Shop", "shop ")
BUSY = Failure(Category.TOO_BUSY, "busy", "53300")
ERRORS = {
    "unreachable": lambda: ServerUnreachable("connection refused", code="111"),
    "denied": lambda: PermissionMissing("denied", remedy="GRANT SEE TO monitor"),
    "defect": lambda: KeyError("surprise"),
    "interrupt": KeyboardInterrupt,
}
POLICIES = (GuardPolicy(), GuardPolicy(min_active=1, max_lost=0.0, visible_only_days=2))

owners = st.sampled_from(INSTANCES)
names = st.sampled_from(NAMES)
sizes = st.sampled_from([0, 1, 2**20, 2**20 + 1, 2**50])
decisions = st.just(Accepted()) | st.just(Accepted(everything=True)) | st.builds(Accepted, names=st.sets(names))
then = st.sampled_from([None, 0, 0, 1, 2, 7])
"""After a change: nothing; or so many days pass, and a sync."""


class SqlTellsTheSameHistory(RuleBasedStateMachine):
    def __init__(self, stores):
        super().__init__()
        self.worlds = [World(store=store) for store in stores]
        self.incarnations = iter(range(16384, 99999))

    def everywhere(self, act):
        """What *act* gives in each world is the same."""
        model, *others = [act(world) for world in self.worlds]
        for other in others:
            assert_same(other, model)

    def servers(self, owner):
        return [world.servers[owner] for world in self.worlds]

    @initialize(policy=st.sampled_from(POLICIES))
    def begin(self, policy):
        for world in self.worlds:
            world.settings["guard"] = policy
            for owner in INSTANCES:
                world.server(owner)
        for name in NAMES:
            self.create("one", name, 1, True, None)
        self.go_on(0)

    def go_on(self, days):
        if days is not None:
            for world in self.worlds:
                world.clock.pass_days(days)
            self.everywhere(lambda world: run(world, INSTANCES))

    @rule(owner=owners, name=names, size=sizes, told_apart=st.booleans(), then=then)
    def create(self, owner, name, size, told_apart, then):
        """A database that is there already is recreated, or grows."""
        identity = str(next(self.incarnations))
        for server in self.servers(owner):
            server.sizes[name] = size
            server.identities |= {name: identity} if told_apart else {}
        self.go_on(then)

    @rule(owner=owners, gone=st.sets(names, min_size=1), then=then)
    def drop(self, owner, gone, then):
        for server in self.servers(owner):
            for name in gone:
                server.sizes.pop(name, None)
                server.identities.pop(name, None)
        self.go_on(then)

    @rule(owner=owners, old=names, new=names, then=then)
    def rename(self, owner, old, new, then):
        for server in self.servers(owner):
            for of in (server.sizes, server.identities):
                if old in of:
                    of[new] = of.pop(old)
        self.go_on(then)

    @rule(owner=owners, lost=st.sets(names, max_size=2), estimated=st.sets(names), then=then, mended=st.booleans())
    def degrade(self, owner, lost, estimated, then, mended):
        """Some databases cannot be measured, or only estimated; until somebody mends it on the same day."""
        for server in self.servers(owner):
            server.lost, server.estimated = dict.fromkeys(lost, BUSY), set(estimated)
        self.go_on(then)
        if mended:
            for server in self.servers(owner):
                server.lost, server.estimated = {}, set()
            self.go_on(0)

    @rule(owner=owners, completeness=st.sampled_from(Completeness), overhead=st.none() | sizes,
          version=st.sampled_from([None, "1.0", "2.0"]), system=st.sets(names, max_size=1), then=then)
    def change_server(self, owner, completeness, overhead, version, system, then):
        for server in self.servers(owner):
            server.completeness, server.facts, server.version = completeness, InstanceFacts(overhead), version
            server.system = set(system)
        self.go_on(then)

    @rule(excluded=st.sets(names, max_size=1), then=then)
    def exclude(self, excluded, then):
        for world in self.worlds:
            world.exclude(names=excluded)
        self.go_on(then)

    @rule(days=st.sampled_from([0, 1, 2, 7]), which=st.sampled_from([INSTANCES, ("one",)]), dry_run=st.booleans(),
          whole_fleet=st.booleans())
    def sync(self, days, which, dry_run, whole_fleet):
        self.go_on(days)
        self.everywhere(lambda world: run(world, which, dry_run=dry_run, whole_fleet=whole_fleet))

    @rule(owner=owners, missing=st.sets(names, min_size=1), completeness=st.sampled_from(Completeness),
          days=st.sampled_from([0, 1, 2, 7]), accepted=decisions, back=st.booleans())
    def go_missing(self, owner, missing, completeness, days, accepted, back):
        """Some databases are missing from two listings; a user may have decided before the second."""
        before = [(server, dict(server.sizes), server.completeness) for server in self.servers(owner)]
        for server, sizes, _ in before:
            server.sizes = {name: size for name, size in sizes.items() if name not in missing}
            server.completeness = completeness
        self.go_on(0)
        for world in self.worlds:
            world.clock.pass_days(days)
        self.everywhere(lambda world: run(world, INSTANCES, accepted={owner: accepted}))
        for server, sizes, usual in before:
            server.completeness = usual
            server.sizes = sizes if back else server.sizes

    @rule(owner=owners, call=st.sampled_from(["connect", "fetch_inventory", "fetch_capacity", "close"]),
          error=st.sampled_from(sorted(ERRORS)))
    def fail(self, owner, call, error):
        for server in self.servers(owner):
            server.script = {call: [Raises(ERRORS[error]())]}
        self.everywhere(lambda world: run(world, INSTANCES))
        for server in self.servers(owner):
            server.script = {}

    @rule(owner=owners, wanted=st.none() | st.lists(names, unique=True))
    def measure_only(self, owner, wanted):
        self.everywhere(lambda world: world.coordinator().collect_capacity(world.instance(owner), wanted))

    @rule(kinds=st.sampled_from([tuple(PeriodKind), (PeriodKind.WEEKLY,)]), minutes=st.sampled_from([0, 1, 3000]))
    def aggregate(self, kinds, minutes):
        """Later than what was written last, or at the same instant; what was computed is compared by the invariant."""
        for world in self.worlds:
            world.clock.now += timedelta(minutes=minutes)
            Aggregation(lambda world=world: world.store, world.clock).due(kinds)

    @rule(owner=owners)
    def list_only(self, owner):
        self.everywhere(lambda world: world.coordinator().synchronize_inventory(world.instance(owner)))

    @invariant()
    def everything_reads_the_same(self):
        self.everywhere(lambda world: everything(world.store, world.clock.stamp().day))


def run(world, which, **options):
    """The report, or the kind of exception that ended the run."""
    try:
        return world.sync(*which, **options)
    except KeyboardInterrupt as error:
        return type(error)


def everything(store, today):
    """What the ports show of all instances and of the last run. Ids are the store's own business."""
    with store as work:
        recent = work.runs.recent(3)
        return {
            "engines": dict(work.instances.engines()),
            "instances": {name: instance(work, id_, today) for name, id_ in work.instances.ids().items()},
            "aggregates": {kind: aggregates(work, kind) for kind in PeriodKind},
            "runs": [*recent, *(work.runs.find(last.run_id) for last in recent[:1])],
            "newest": [(last.owner.name, last.database_name, last.first_seen, last.size)
                       for last in work.series.newest(today, None)],
            "doubtful": [(last.owner.name, last.database_name)
                         for last in work.series.doubtful(today, noon(today - WEEK), None)],
            "active": [one.name for one in work.series.active_owners(None)],
            "risen": {name for name, id_ in work.instances.ids().items()
                      if id_ in work.series.risen(today - WEEK, today, 2**20, None)},
        }


def noon(day):
    return datetime.combine(day, time(12), UTC)


def aggregates(work, kind):
    """By the instance's name."""
    pages = (read(kind, Choice(), Cut(9999)) for read in (work.aggregates.databases, work.aggregates.instances))
    return {(one.owner.name, getattr(one, "database_name", None), one.period.start): evolve(one, owner=None)
            for page in pages for one in page.items}


def instance(work, id_, today):
    return {
        "known": list(work.databases.known(id_)), "events": list(work.databases.events(id_)),
        "sizes": list(work.sizes.of_day(id_, today)), "total": work.sizes.total(id_, today),
        "latest day": work.sizes.latest_day(id_),
        "totals": work.series.totals([id_], today - WEEK, today)[id_],
        "series": [list(rows) for _, rows in sorted(
            work.series.of([DatabaseKey(id_, name) for name in NAMES], today - WEEK, today).items())],
    }


@ON_EVERY_STORE
def test_sql_tells_the_same_history(store, examples):
    compare(SqlTellsTheSameHistory, store, examples)
