"""Any exception, at any call of any port: nothing committed is lost, nothing stays open, the record is true."""
import shutil

import pytest
from attrs import evolve

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.purpose import Purpose, ready_store
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.outcomes import InternalFailure, StoreFailed, StoreInterrupted
from capacity_sync.domain.sync_report import Status
from tests.faults.wire import REPOSITORIES, Tapped, Wire
from tests.use_cases.world import World

FLEET = ("a", "b", "c")
OF_THE_STORE = ("work", *REPOSITORIES)


class DriverError(Exception):
    """What some driver raises: of no type that this package knows."""


ERRORS = [DriverError("1205 lock"), OSError(5, "I/O error"), KeyError("x"), InternalFailure("plug-in"),
          MemoryError(), KeyboardInterrupt(), SystemExit(1)]


class TappedWorld(World):
    """A world whose ports all run over one wire."""

    wire = None

    def engines(self):
        return Tapped(self.wire, "engines", super().engines())

    def unit_of_work(self):
        return Tapped(self.wire, "work", self.store)


def new_world(wire, store=None):
    world = TappedWorld() if store is None else TappedWorld(store=store)
    for name in FLEET:
        world.server(name, x=10, y=20)
    world.wire = wire
    world.observer = Tapped(wire, "observer", world.observer)
    hand = world.clock
    world.clock = Tapped(wire, "clock", hand)
    return world


def healthy_journal():
    wire = Wire()
    assert new_world(wire).sync().status is Status.COMPLETED
    return wire.journal


CALLS = list(enumerate(healthy_journal()))
INTERRUPTIONS = [(n, label, done) for n, label in CALLS if label.partition(".")[0] in OF_THE_STORE
                 for done in (False, True) if not (done and label in ("leases.take", "work.__enter__"))]
"""A lease whose answer is lost is lost itself: a lock ends with its connection. What was not entered is not left."""
FIRST_AND_LAST = sorted({call for by_label in ({label: (n, label) for n, label in CALLS},
                                               {label: (n, label) for n, label in reversed(CALLS)})
                         for call in by_label.values()})
"""The first and the last call of each kind: enough for a store on disk, which takes longer."""


def run_with(call, error, store=None):
    """The world after a run in which the *call*-th port call raised *error*; what the run gave; its last breath."""
    world = new_world(Wire(call, error), store)
    report, escaped = None, None
    try:
        report = world.sync()
    except BaseException as raised:  # noqa: BLE001 - what escapes is what the test looks at
        escaped = raised
    return world, report, escaped


def committed(world):
    """Names of the instances whose phase one was committed, counted from the journal: one commit for the start,
    then per instance one each for phase one, phase two and the record."""
    before_the_break = world.wire.journal[:world.wire.break_at]
    commits = before_the_break.count("work.commit")
    return FLEET[:max(0, commits + 1) // 3]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("call", "label"), CALLS, ids=[f"{n}-{label}" for n, label in CALLS])
def test_whatever_breaks_wherever(call, label, error):
    world, report, escaped = run_with(call, error)
    port = label.partition(".")[0]
    tables = world.store._committed
    run = tables.runs.get("run-1")

    assert all(server.open_connections == 0 for server in world.servers.values())
    assert {k[0] for k in tables.databases} >= {tables.instances[name].id for name in committed(world)}
    if not isinstance(error, Exception):
        assert escaped is error
        assert run is None or run.status is Status.INTERRUPTED
        assert run is not None or "runs.start" not in world.wire.journal[:call] or label.startswith("work.")
    elif port in OF_THE_STORE:
        assert isinstance(escaped, StoreFailed)
        assert run is None or run.status is Status.FAILED
    elif escaped is None:
        check_the_others_went_on(world, report, run)
    else:
        assert (port, escaped) == ("clock", error)
        assert run is None or run.status is Status.FAILED
    world.wire.break_at = None
    assert world.sync().status is Status.COMPLETED
    assert [world.sizes(name) for name in FLEET] == [{"x": 10, "y": 20}] * 3


@pytest.mark.parametrize(("call", "label", "done"), INTERRUPTIONS, ids=lambda value: str(value))
def test_a_store_that_interrupts_once_costs_an_attempt_and_nothing_else(call, label, done, monkeypatch):
    """When *done*, all was done and only the answer is lost: what was created is found, and counts as refreshed."""
    monkeypatch.setattr("capacity_sync.use_cases.run.time.sleep", lambda seconds: None)
    undisturbed, world = new_world(Wire()), new_world(Wire(call, StoreInterrupted("deadlock"), done=done))

    reports = [one.sync() for one in (undisturbed, world)]

    assert [report.status for report in reports] == [Status.COMPLETED] * 2
    assert [one.capacity for one in reports[1].instances] == [one.capacity for one in reports[0].instances]
    assert told(world) == told(undisturbed)


def told(world):
    """Everything that a store shows, but the seconds that a run took and what it found new."""
    *kept, record, events = contents(world)
    assert record.status is Status.COMPLETED
    counted = [{name: count for name, count in one.counts.items() if name not in ("created", "refreshed")}
               for one in record.instances]
    return *kept, [evolve(one, duration_s=0, counts={}) for one in record.instances], counted, events


@pytest.fixture(scope="module")
def sql_stores(tmp_path_factory):
    """New SQLite stores, each a copy of one that was made ready once."""
    made = tmp_path_factory.mktemp("stores") / "empty.db"
    ready_store(f"sqlite:///{made}", Purpose.SYNC)

    def new(path):
        shutil.copy(made, path)
        return SqlUnitOfWork(open_store(f"sqlite:///{path}"))
    return new


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt()], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(("call", "label"), FIRST_AND_LAST, ids=[f"{n}-{label}" for n, label in FIRST_AND_LAST])
def test_the_sql_store_keeps_what_the_memory_store_keeps(call, label, error, sql_stores, tmp_path):
    in_memory, expected, _ = run_with(call, error)
    on_disk, report, escaped = run_with(call, error, sql_stores(tmp_path / "store.db"))

    assert report == expected
    assert report is not None or escaped is not None
    for world in (in_memory, on_disk):
        world.wire.break_at = None
    assert contents(on_disk) == contents(in_memory)


def contents(world):
    """Everything that a store shows."""
    browser = world.browser()
    return (browser.instances(), browser.databases(with_inactive=True), browser.sizes(), browser.run("run-1"),
            [(world.events(name), world.total(name)) for name in browser.instances()])


def check_the_others_went_on(world, report, run):
    """At most one instance suffered, and the record says of each what the report says."""
    suffered = [r for r in report.instances if r.status is not Status.COMPLETED]
    assert len(suffered) <= 1
    assert all(r.error is not None for r in suffered)
    assert suffered or any(r.warnings for r in report.instances)
    assert run.status is report.status
    assert [(i.name, i.status, i.error) for i in run.instances] == [
        (r.name, r.status, r.error) for r in report.instances]


def test_the_wire_reaches_every_port():
    assert {label.partition(".")[0] for _, label in CALLS} == {
        "adapter", "clock", "connection", "databases", "engines", "instances", "leases", "observer", "runs", "sizes",
        "work"}
