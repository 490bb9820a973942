"""A deadline holds whatever the driver does: what was committed before it stays and is told, nothing comes after."""
import threading

import pytest
from attrs import evolve

from capacity_sync.domain.instance import Timeouts
from capacity_sync.domain.outcomes import Category
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import Hangs, Raises
from tests.use_cases.world import HandClock, World

DEADLINE = 0.05


class Release(threading.Event):
    """What hangs on it hangs until the end of the test. No time passes before *expected* threads hang on it."""

    def __init__(self):
        super().__init__()
        self.expected, self.hanging = 1, threading.Semaphore(0)

    def wait(self, timeout=None):
        self.hanging.release()
        return super().wait(timeout)

    def monotonic(self):
        return 0.0 if self.hanging._value < self.expected else 10.0


@pytest.fixture
def release(monkeypatch):
    event = Release()
    for module in ("parallel", "watched"):
        monkeypatch.setattr(f"capacity_sync.use_cases.{module}.monotonic", event.monotonic)
    yield event
    event.set()


class ImpatientWorld(World):
    """Instances whose name begins with `bad` have a short deadline, the others none that matters."""

    def instance(self, name="one"):
        bad = Timeouts(deadline=DEADLINE)
        return evolve(super().instance(name), timeouts=bad if name.startswith("bad") else Timeouts(deadline=600))


@pytest.fixture
def world():
    return ImpatientWorld(clock=HandClock(pace=0))


def threads_of(world, release):
    """End what hangs, and wait until nothing of it runs any more."""
    release.set()
    for thread in threading.enumerate():
        if thread.daemon and thread is not threading.current_thread() and "_play" in thread.name:
            thread.join(10)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("call", ["connect", "fetch_inventory"])
def test_an_instance_that_hangs_before_its_inventory_is_a_timeout_and_delays_no_other(world, release, call, workers):
    world.server("bad", db=1).script[call] = [Hangs(release)]
    for n in range(4):
        world.server(f"good{n}", db=n)
    report = world.sync(workers=workers)

    bad, *good = report.instances
    assert (bad.name, bad.status, bad.inventory, bad.capacity) == ("bad", Status.FAILED, None, None)
    assert (bad.error.category, bad.error.message) == (Category.TIMEOUT, "not done within 0.05 s, its deadline")
    assert bad.duration_s == DEADLINE
    assert [r.status for r in good] == [Status.COMPLETED] * 4
    assert report.status is Status.PARTIAL
    assert {r.name: r.status for r in world.record(report.run_id).instances}["bad"] is Status.FAILED


def test_one_that_hangs_in_phase_two_keeps_its_inventory_and_names_every_target(world, release):
    server = world.server("bad", a=1, b=2, c=3)
    server.script["fetch_capacity"] = [Hangs(release)]
    server.script["diagnose"] = []
    report = world.sync().instances[0]

    assert (report.status, report.inventory.created, report.error.category) == (Status.FAILED, 3, Category.TIMEOUT)
    assert [(u.database_name, u.failure) for u in report.capacity.unmeasured] == [
        (name, report.error) for name in "abc"]
    assert (report.capacity.saved, report.capacity.databases, report.capacity.total_bytes) == (0, (), None)
    assert (world.active("bad"), world.sizes("bad")) == (["a", "b", "c"], {})


def test_one_that_hangs_when_all_is_saved_has_it_all(world, release):
    world.server("bad", a=1).script["close"] = [Hangs(release)]
    report = world.sync().instances[0]

    assert (report.status, report.error, report.capacity.saved) == (Status.COMPLETED, None, 1)
    assert report.duration_s == DEADLINE


def test_one_without_targets_that_hangs_in_the_end_is_not_failed(world, release):
    world.server("bad").script["close"] = [Hangs(release)]

    assert world.sync().instances[0].status is Status.COMPLETED


@pytest.mark.parametrize("call", ["connect", "fetch_inventory", "fetch_capacity"])
def test_whoever_awakes_after_the_deadline_writes_nothing_and_closes_its_connection(world, release, call):
    world.server("bad", db=1).script[call] = [Hangs(release)]
    report = world.sync()
    told = world.record(report.run_id)
    before = world.store._committed.copy()
    threads_of(world, release)

    assert world.store._committed == before
    assert world.record(report.run_id) == told
    assert world.servers["bad"].open_connections == 0
    assert world.servers["bad"].calls[-1] == "close"


def test_a_hanging_connection_is_severed_once_it_is_there(world, release):
    release.expected = 3
    world.server("bad0").script["connect"] = [Hangs(release)]
    world.server("bad1", db=1).script["fetch_capacity"] = [Hangs(release)]
    world.server("bad2", db=1).script["fetch_inventory"] = [Hangs(release)]
    world.server("good", db=1)
    world.sync(workers=4)

    assert [("sever" in server.calls) for server in world.servers.values()] == [False, True, True, False]


def test_a_connection_that_cannot_be_severed_is_a_warning(world, release):
    server = world.server("bad", db=1)
    server.script["fetch_inventory"] = [Hangs(release)]
    server.script["sever"] = [Raises(ValueError("no socket"))]
    report = world.sync().instances[0]

    assert [(w.category, w.message) for w in report.warnings] == [(Category.INTERNAL, "ValueError: no socket")]
    assert report.error.category is Category.TIMEOUT


def test_an_instance_after_its_timeout_is_as_if_nothing_had_been(world, release):
    world.server("bad", a=1, b=2).script["fetch_inventory"] = [Hangs(release)]
    world.sync()
    threads_of(world, release)
    report = world.sync()

    assert (report.status, world.sizes("bad")) == (Status.COMPLETED, {"a": 1, "b": 2})


def test_an_interrupt_leaves_hanging_instances_alone_and_closes_the_record(world, release):
    world.server("hanging", db=1).script["fetch_capacity"] = [Hangs(release)]
    world.server("interrupts").script["fetch_inventory"] = [Raises(KeyboardInterrupt())]
    with pytest.raises(KeyboardInterrupt):
        world.sync(workers=2)
    before = world.record("run-1")
    threads_of(world, release)

    assert before.status is Status.INTERRUPTED
    assert world.record("run-1") == before
    assert world.sizes("hanging") == {}


def test_a_spent_budget_cuts_what_is_under_way_and_says_of_the_rest_that_it_had_no_turn(world, release):
    world.server("quick", db=1)
    world.server("hanging", db=1).script["fetch_inventory"] = [Hangs(release)]
    for n in range(3):
        world.server(f"late{n}", db=1)
    report = world.sync(budget=DEADLINE)
    quick, hanging, *late = report.instances

    assert (quick.status, hanging.status) == (Status.COMPLETED, Status.FAILED)
    assert hanging.error.message == "the run's budget of 0.05 s was spent before it was done"
    assert {(r.status, r.error.category, r.error.message) for r in late} == {
        (Status.FAILED, Category.TIMEOUT, "the run's budget of 0.05 s was spent before its turn")}
    assert [server.calls for server in list(world.servers.values())[2:]] == [[], [], []]
    assert [(r.name, r.status, r.error) for r in world.record(report.run_id).instances] == sorted(
        (r.name, r.status, r.error) for r in report.instances)
    assert report.status is Status.PARTIAL


def test_another_sync_may_have_a_hanging_instance_at_once_and_keeps_it_when_the_first_awakes(world, release):
    world.server("bad", db=1).script["fetch_inventory"] = [Hangs(release)]
    assert world.sync().instances[0].error.category is Category.TIMEOUT
    leases, what = world.store.leases, "instance bad"

    assert leases.take(what, 60)
    threads_of(world, release)
    assert not leases.take(what, 60)


def test_a_lease_of_somebody_else_s_is_not_given_back(world):
    what = "instance bad"
    assert world.store.leases.take(what, 60)
    world.server("bad", db=1)

    assert world.sync().instances[0].status is Status.SKIPPED
    assert not world.store.leases.take(what, 60)


def test_a_dry_run_that_hangs_has_no_lease_to_give_back(world, release):
    world.server("bad", db=1).script["fetch_inventory"] = [Hangs(release)]
    assert world.store.leases.take("instance bad", 60)

    assert world.sync(dry_run=True).instances[0].error.category is Category.TIMEOUT
    assert not world.store.leases.take("instance bad", 60)


def test_one_that_is_cut_while_it_waits_for_its_lease_gives_nobody_s_back(world, release, monkeypatch):
    leases = world.store.leases
    assert leases.take("instance bad", 60)
    take = type(leases).take
    monkeypatch.setattr(type(leases), "take", lambda self, what, seconds: what.startswith("run") or not release.wait())
    world.server("bad", db=1)

    assert world.sync().instances[0].error.category is Category.TIMEOUT
    assert not take(leases, "instance bad", 60)
