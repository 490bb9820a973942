"""One process at a time: the second skips the instance, and a dead run is told from one that goes on."""
import pytest
from attrs import define

from capacity_sync.domain.outcomes import Category, ServerUnreachable, StoreFailed, StoreInterrupted
from capacity_sync.domain.sync_report import RunRecord, Status
from capacity_sync.testing.engines import ScriptedServer
from capacity_sync.use_cases.leasing import AFTER_THE_DEADLINE, LONGEST_RUN, leased
from capacity_sync.use_cases.run import PAUSES, RunContext

AN_HOUR = 3600.0
SYNCS = {
    "both": lambda world: world.coordinator().collect_and_save(world.instance()),
    "over": lambda world: world.coordinator().collect_and_save_over(entered(world)),
    "inventory": lambda world: world.coordinator().synchronize_inventory(world.instance()),
    "capacity": lambda world: world.coordinator().collect_capacity(world.instance()),
    "fleet": lambda world: world.sync("one").instances[0],
}
IN_EVERY_WAY = pytest.mark.parametrize("sync", SYNCS.values(), ids=SYNCS)


def entered(world):
    return world.coordinator().steps.enter(world.instance(), RunContext(world.clock.stamp()))


def held(world, what):
    """Whether somebody has the lease *what*."""
    free = world.store.leases.take(what, AN_HOUR)
    if free:
        world.store.leases.release(what)
    return not free


@define
class Watched(ScriptedServer):
    """A server that does something when it is asked for databases or sizes."""

    when_asked: object = None

    def step(self, call):
        super().step(call)
        if call.startswith("fetch"):
            self.when_asked()


@IN_EVERY_WAY
def test_an_instance_that_somebody_syncs_is_skipped_and_says_so(world, sync):
    server = world.server(x=10)
    world.store.leases.take("instance one", AN_HOUR)

    report = sync(world)

    assert (report.status, report.inventory, report.capacity) == (Status.SKIPPED, None, None)
    assert (report.error.category, report.error.retryable) == (Category.TOO_BUSY, True)
    assert "another sync of this instance is under way" in report.error.message
    assert [call for call in server.calls if call.startswith("fetch")] == []


def test_a_skipped_instance_is_not_even_connected_to_and_does_not_count(world):
    for name in ("one", "two"):
        world.server(name, x=10)
    world.store.leases.take("instance one", AN_HOUR)

    report = world.sync()

    assert report.status is Status.COMPLETED
    assert [one.status for one in report.instances] == [Status.SKIPPED, Status.COMPLETED]
    assert world.servers["one"].calls == []
    assert [(one.status, one.error) for one in world.record("run-1").instances] == [
        (one.status, one.error) for one in report.instances]


@IN_EVERY_WAY
@pytest.mark.parametrize("error", [None, ServerUnreachable("gone"), KeyboardInterrupt()], ids=str)
def test_the_lease_is_there_while_the_work_lasts_and_given_back_however_it_ends(world, sync, error):
    seen = []

    def look():
        seen.append(held(world, "instance one"))
        if error is not None:
            raise error

    world.server(x=10)
    world.sync()
    world.servers["one"] = Watched({"x": 10}, when_asked=look)

    try:
        sync(world)
    except KeyboardInterrupt:
        assert isinstance(error, KeyboardInterrupt)

    assert seen
    assert all(seen)
    assert not held(world, "instance one")


def test_a_lease_outlasts_the_deadline_of_its_instance(world):
    asked = []

    class Noted:
        def take(self, what, seconds):
            asked.append((what, seconds))
            return True

        def release(self, what):
            asked.append((what, None))

    world.server(x=10)
    world.store.leases = Noted()
    world.sync()

    seconds = world.instance().timeouts.deadline + AFTER_THE_DEADLINE
    assert asked == [("run run-1", LONGEST_RUN), ("instance one", seconds), ("instance one", None), ("run run-1", None)]


def test_a_dry_run_asks_nobody(world):
    world.server(x=10)
    world.store.leases.take("instance one", AN_HOUR)
    world.store.leases = None

    assert world.sync(dry_run=True).instances[0].inventory.created == 1


class Refusing:
    """Leases whose store raises *errors*, one per call, and then works."""

    def __init__(self, *errors):
        self.errors, self.calls = list(errors), []

    def take(self, what, seconds):
        return self._called("take")

    def release(self, what):
        self._called("release")

    def _called(self, name):
        self.calls.append(name)
        if self.errors and (error := self.errors.pop(0)) is not None:
            raise error
        return True


def leasing(leases, inside=lambda: None):
    class Store:
        pass

    Store.leases = leases
    with leased(Store, "work", 1) as ours:
        inside()
        return ours


@pytest.fixture
def slept(monkeypatch):
    slept = []
    monkeypatch.setattr("capacity_sync.use_cases.run.time.sleep", slept.append)
    return slept


def test_an_interruption_of_a_lease_costs_an_attempt(slept):
    leases = Refusing(StoreInterrupted("gone"), None, StoreInterrupted("gone"))

    assert leasing(leases)
    assert leases.calls == ["take", "take", "release", "release"]
    assert slept == [PAUSES[0]] * 2


@pytest.mark.parametrize("errors", [[KeyError("x")], [None, KeyError("x")]], ids=["take", "release"])
def test_whatever_leases_raise_is_a_failed_store(errors):
    with pytest.raises(StoreFailed, match="KeyError"):
        leasing(Refusing(*errors))


def test_a_lease_that_cannot_be_given_back_hides_no_error():
    def interrupt():
        raise KeyboardInterrupt

    leases = Refusing(None, StoreFailed("gone"))
    with pytest.raises(KeyboardInterrupt):
        leasing(leases, interrupt)
    assert leases.calls == ["take", "release"]


def left_running(world, *run_ids):
    with world.unit_of_work() as work:
        for run_id in run_ids:
            work.runs.start(RunRecord(run_id, Status.RUNNING, world.clock.now, world.clock.now.date()))
        work.commit()


def test_a_run_whose_process_is_gone_is_closed_by_the_next(world):
    world.server(x=10)
    left_running(world, "dead", "alive")
    world.store.leases.take("run alive", AN_HOUR)
    world.clock.pass_days(1)

    world.sync()

    dead, alive = world.record("dead"), world.record("alive")
    assert (dead.status, dead.finished_at) == (Status.INTERRUPTED, world.clock.now)
    assert dead.error == "its process ended; found by run run-1"
    assert (alive.status, alive.finished_at, alive.error) == (Status.RUNNING, None, None)
    assert world.record("run-1").status is Status.COMPLETED
    assert not held(world, "run dead")
    assert not held(world, "run run-1")


def test_a_run_is_known_to_be_alive_from_before_its_record_is_there_until_it_is_closed(world):
    seen = []

    class Looking(type(world.store.leases)):
        def take(self, what, seconds):
            with world.store as work:
                seen.append(("take", what, set(work.runs.running())))
            return super().take(what, seconds)

        def release(self, what):
            with world.store as work:
                seen.append(("release", what, set(work.runs.running())))
            super().release(what)

    world.server(x=10)
    world.store.leases = Looking()
    world.sync()

    assert seen[0] == ("take", "run run-1", set())
    assert seen[1] == ("take", "instance one", {"run-1"})
    assert seen[-1] == ("release", "run run-1", set())


def test_a_run_that_ends_while_it_is_looked_at_keeps_its_own_end(world):
    world.server(x=10)
    left_running(world, "slow")
    leases = world.store.leases
    take = leases.take

    class Slow:
        release = leases.release

        def take(self, what, seconds):
            if what == "run slow":
                with world.unit_of_work() as work:
                    work.runs.finish("slow", Status.PARTIAL, world.clock.now)
                    work.commit()
            return take(what, seconds)

    world.store.leases = Slow()
    world.sync()

    assert world.record("slow").status is Status.PARTIAL


def test_a_dry_run_closes_nothing(world):
    world.server(x=10)
    left_running(world, "dead")

    world.sync(dry_run=True)

    assert world.record("dead").status is Status.RUNNING
