"""Random transactions on the memory store, which is the model, and on SQL: nobody can tell them apart."""
from datetime import UTC, date, datetime, timedelta

from attrs import evolve
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from capacity_sync.domain.capacity import InstanceTotal, Unmeasured
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.reconciliation import EventKind, LifecycleEvent
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import InstanceRun, RunRecord, Status
from capacity_sync.testing import strategies
from capacity_sync.testing.strategies import colliding_identities, colliding_names, facts, maybe_bytes
from tests.stores.models import ON_EVERY_STORE, assert_same, compare

INSTANCES = ("alpha", "beta")
RUNS = ("run-1", "run-2", "run-3")
DAYS = tuple(date(2026, 2, 27) + timedelta(days=n) for n in range(3))

owners = st.sampled_from(INSTANCES)
days = st.sampled_from(DAYS)
instants = st.builds(datetime.combine, days, st.times(), st.just(UTC))
stamps = st.builds(Stamp, instants, days)
ends = st.sampled_from(["commit"] * 4 + ["leave", "commit and go on"])
failures = strategies.failures.map(lambda failure: evolve(failure, message=failure.message.replace("\0", "0"),
                                                          remedy=failure.remedy and failure.remedy.replace("\0", "0")))
databases = st.lists(strategies.known_databases(colliding_names, colliding_identities, days), max_size=3,
                     unique_by=lambda known: known.name)
sizes = st.lists(
    st.builds(lambda size, day: evolve(size, collected_date=day),
              strategies.stored_sizes(colliding_names, colliding_identities), days),
    max_size=3, unique_by=lambda size: (size.database_name, size.collected_date))
totals = st.none() | st.builds(InstanceTotal, st.integers(0, 2**31 - 1), maybe_bytes, st.integers(0, 9),
                               st.integers(0, 9), facts)
events = st.lists(st.builds(LifecycleEvent, colliding_names, st.sampled_from(EventKind), st.none() | colliding_names),
                  max_size=3)


def some(of):
    return st.lists(of, max_size=2).map(tuple)


outcomes = st.builds(
    InstanceRun, owners, st.just("scripted"), st.sampled_from(Status), st.none() | failures, some(failures),
    some(st.builds(Unmeasured, colliding_names, failures)), some(colliding_names),
    st.dictionaries(st.sampled_from(["saved", "held"]), st.integers(0, 9)), st.floats(0, 1e6))


class SqlBehavesLikeMemory(RuleBasedStateMachine):
    def __init__(self, stores):
        super().__init__()
        self.stores = stores
        self.started = set()

    def both(self, step, end="leave"):
        """What *step* returns, the same on every store; its transaction ends as *end* says."""
        model, *others = [self.transaction(store, step, end) for store in self.stores]
        for other in others:
            assert_same(other, model)
        return model

    def transaction(self, store, step, end):
        with store as work:
            result = step(work)
            if end.startswith("commit"):
                work.commit()
            if end == "commit and go on":
                work.instances.register([Instance("never", "scripted")], datetime(2026, 1, 1, tzinfo=UTC))
        return result

    @rule(names=st.lists(owners, max_size=2), engine=st.sampled_from(["one", "two"]), at=instants, end=ends)
    def register(self, names, engine, at, end):
        fleet = [Instance(name, engine) for name in names]
        self.both(lambda work: work.instances.register(fleet, at, dict.fromkeys(names, "1.0")).keys(), end)

    @rule(keep=st.sets(owners), at=instants, end=ends)
    def retire(self, keep, at, end):
        self.both(lambda work: work.instances.retire(keep, at), end)

    @rule(owner=owners, databases=databases, events=events, sizes=sizes, at=instants, end=ends)
    def save(self, owner, databases, events, sizes, at, end):
        def step(work):
            owned = registered(work, owner, at)
            work.databases.save(owned, databases, at)
            work.databases.record(owned, events, None, at)
            work.sizes.save(owned, sizes)

        self.both(step, end)

    @rule(owner=owners, total=totals, stamp=stamps, end=ends)
    def save_total(self, owner, total, stamp, end):
        def step(work):
            work.sizes.save_total(registered(work, owner, stamp.at), total, stamp)

        self.both(step, end)

    @precondition(lambda self: len(self.started) < len(RUNS))
    @rule(at=instants, day=days, data=st.data())
    def start(self, at, day, data):
        run = data.draw(st.sampled_from([run for run in RUNS if run not in self.started]))
        self.started.add(run)
        self.both(lambda work: work.runs.start(RunRecord(run, Status.RUNNING, at, day)), "commit")

    @precondition(lambda self: self.started)
    @rule(outcome=outcomes, status=st.sampled_from(Status), at=instants, error=st.none() | st.just("Boom"),
          data=st.data(), end=ends)
    def go_on(self, outcome, status, at, error, data, end):
        run = data.draw(st.sampled_from(sorted(self.started)))
        if data.draw(st.booleans()):
            self.both(lambda work: work.runs.add(run, outcome), end)
        else:
            self.both(lambda work: work.runs.finish(run, status, at, error), end)

    @invariant()
    def everything_reads_the_same(self):
        self.both(everything)


def registered(work, name, at):
    return work.instances.register([Instance(name, "scripted")], at)[name]


def everything(work):
    """All that the ports show, without ids."""
    owned = sorted(work.instances.ids().items())
    return {
        "engines": dict(work.instances.engines()),
        "databases": {name: (list(work.databases.known(id_)), list(work.databases.events(id_))) for name, id_ in owned},
        "sizes": {(name, day): (list(work.sizes.of_day(id_, day)), work.sizes.total(id_, day))
                  for name, id_ in owned for day in DAYS},
        "latest": {name: work.sizes.latest_day(id_) for name, id_ in owned},
        "runs": [work.runs.find(run) for run in RUNS],
        "recent": [list(work.runs.recent(limit)) for limit in (1, 9)],
    }


@ON_EVERY_STORE
def test_sql_behaves_like_memory(store, examples):
    compare(SqlBehavesLikeMemory, store, examples)
