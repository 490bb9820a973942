"""A run whose instances workers sync: whatever becomes of them, its record ends with the truth."""
from datetime import timedelta

import pytest
from attrs import Factory, define, evolve

from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import Category, DispatchFailed, ErrandPostponed, Failure, StoreFailed, StoreRefused
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import Raises
from capacity_sync.use_cases.dispatching import DispatchedSync, Order
from capacity_sync.use_cases.errands import NOBODY_CAME, ErrandSync, unknown_instance
from capacity_sync.use_cases.following import NO_TURN, WITHOUT_REPORT
from tests.use_cases.test_fleet import Deaf

HOUR = 3600.0


@define
class Workers:
    """A broker in memory, and the workers behind it: `work` takes one errand. `lossy`: no report comes back."""

    world: object
    queue: list = Factory(list)
    answered: dict = Factory(dict)
    lossy: bool = False
    broken: int = 1000
    idle: int = 0

    def send(self, errand, instance):
        if len(self.queue) >= self.broken:
            raise DispatchFailed("no broker")
        self.queue.append((errand, instance))

    def answers(self, run_id, names):
        return {name: self.answered[name] for name in names if name in self.answered}

    def work(self, seconds=0.0):
        self.idle = 0 if self.queue else self.idle + 1
        assert self.idle < 50, "the run waits for ever"
        if self.queue:
            errand, instance = self.queue.pop(0)
            report = errands(self.world).run(errand, instance)
            if not self.lossy and report is not None:
                self.answered[instance.name] = report


@pytest.fixture
def workers(world):
    return Workers(world)


def errands(world):
    return ErrandSync(world.coordinator(), world.unit_of_work, world.clock)


def dispatching(world, wait=lambda seconds: None):
    return DispatchedSync(world.unit_of_work, world.clock, world.observer, lambda: next(world.run_ids), errands(world),
                          wait)


def order(world, *names, **options):
    return Order([world.instance(name) for name in names or world.servers], options.pop("budget", HOUR), **options)


def run(world, workers, *names, wait=None, **options):
    return dispatching(world, wait or workers.work).run(order(world, *names, **options), workers)


@pytest.fixture
def three(world):
    for name in ("a", "b", "c"):
        world.server(name, db=10)
    return world


def test_a_dispatched_run_tells_what_one_here_tells(three, workers):
    three.servers["b"].script["connect"] = [Raises(PermissionError("no"))]
    report = run(three, workers, "c", "a", "b")
    record = three.record(report.run_id)

    assert [(one.name, one.status) for one in report.instances] == [
        ("c", Status.COMPLETED), ("a", Status.COMPLETED), ("b", Status.FAILED)]
    assert report.instances[0].capacity.total_bytes == 10
    assert (report.status, record.status) == (Status.PARTIAL, Status.PARTIAL)
    assert (report.finished_at, record.collected_date) == (record.finished_at, report.collected_date)
    assert [one.status for one in record.instances] == [Status.COMPLETED, Status.FAILED, Status.COMPLETED]


def test_workers_live_by_the_clock_of_the_run(three, workers):
    dispatching(three).begin(order(three, "a"), workers)
    day = three.clock.now.date()
    three.clock.now += timedelta(minutes=59, hours=21)
    evolve_budget(workers, 100 * HOUR)
    workers.work()

    assert three.known("a")["db"].first_seen == day


def evolve_budget(workers, seconds):
    workers.queue = [(evolve(errand, budget=seconds), instance) for errand, instance in workers.queue]


def test_what_is_accepted_travels_with_the_errand(three, workers):
    three.sync()
    three.servers["a"].sizes.clear()
    three.servers["b"].sizes.clear()
    report = run(three, workers, "a", "b", accepted={"a": Accepted(everything=True)})

    assert [one.status for one in report.instances] == [Status.COMPLETED, Status.HELD]


def test_what_is_fresh_enough_for_the_run_is_not_measured_again(three, workers):
    three.sync()
    three.servers["a"].sizes["db"] = 99
    run(three, workers, "a", stale_after=HOUR)
    assert three.sizes("a") == {"db": 10}
    three.clock.now += timedelta(hours=2)
    workers.answered.clear()
    run(three, workers, "a", stale_after=HOUR)

    assert three.sizes("a") == {"db": 99}


def test_an_errand_that_comes_again_changes_nothing_and_asks_nobody(three, workers):
    dispatching(three).begin(order(three, "a", "b"), workers)
    errand, instance = workers.queue[0]
    first = errands(three).run(errand, instance)
    calls, record = len(three.servers["a"].calls), three.record(errand.run_id)

    assert (first.status, errands(three).run(errand, instance)) == (Status.COMPLETED, None)
    assert (len(three.servers["a"].calls), three.record(errand.run_id)) == (calls, record)


def test_the_last_outcome_closes_the_run_and_no_other(three, workers):
    run_id = dispatching(three).begin(order(three), workers).run_id
    seen = []
    for _ in range(3):
        seen.append(three.record(run_id).status)
        workers.work()

    assert (seen, three.record(run_id).status) == ([Status.RUNNING] * 3, Status.COMPLETED)


def test_an_errand_that_another_worker_is_at_comes_later(three, workers):
    dispatching(three).begin(order(three, "a"), workers)
    errand, instance = workers.queue[0]
    three.store.leases.take(f"run {errand.run_id} a", 60)
    with pytest.raises(ErrandPostponed, match="another worker is at it"):
        workers.work()
    three.store.leases.release(f"run {errand.run_id} a")

    assert errands(three).run(errand, instance).status is Status.COMPLETED


def test_an_errand_that_was_done_while_its_turn_was_taken_is_left(three, workers):
    dispatching(three).begin(order(three, "a", "b"), workers)
    errand, instance = workers.queue[0]
    store, results = three.store, []

    class Leases:
        """While the lease is taken, another worker comes to the end of the same errand."""

        def take(self, what, seconds):
            results.append(what)
            errands(three).run(errand, instance)
            return True

        def release(self, what):
            pass

    class Store:
        leases = Leases()

        def __enter__(self):
            return store.__enter__()

        def __exit__(self, *error):
            return store.__exit__(*error)

    late = evolve(errands(three), unit_of_work=Store)

    assert (late.run(errand, instance), results) == (None, [f"run {errand.run_id} a"])


def test_a_host_is_asked_a_few_times_at_once_by_all_machines_together(three, workers):
    three.settings["host"] = "DB1"
    dispatching(three).begin(order(three, "a"), workers)
    for place in ("host db1 0", "host db1 1"):
        assert three.store.leases.take(place, 60)
    queued = list(workers.queue)
    with pytest.raises(ErrandPostponed, match="asked 2 times already"):
        workers.work()
    three.store.leases.release("host db1 1")
    workers.queue = queued
    workers.work()

    assert workers.answered["a"].status is Status.COMPLETED
    assert three.store.leases.take("host db1 1", 60)


def test_an_instance_that_somebody_else_syncs_is_skipped(three, workers):
    three.store.leases.take("instance a", 60)
    report = run(three, workers, "a", "b")

    assert [one.status for one in report.instances] == [Status.SKIPPED, Status.COMPLETED]
    assert report.status is Status.COMPLETED


def test_a_worker_of_another_store_says_so(three, workers):
    dispatching(three).begin(order(three, "a"), workers)
    errand, instance = workers.queue[0]

    with pytest.raises(StoreRefused, match="the store of this worker does not know run another"):
        errands(three).run(evolve(errand, run_id="another"), instance)


def test_an_instance_that_the_worker_has_not_is_a_failure_of_its_own(three, workers):
    def work(seconds):
        if workers.queue and workers.queue[0][1].name == "a":
            errand, _ = workers.queue.pop(0)
            errands(three).record(errand.run_id, unknown_instance(errand))
        workers.work()

    report = run(three, workers, "a", "b", wait=work)

    assert [one.status for one in report.instances] == [Status.FAILED, Status.COMPLETED]
    assert "give all machines the same fleet file" in report.instances[0].error.remedy


def test_without_the_workers_reports_the_record_tells_how_it_went(three, workers):
    workers.lossy = True
    waits = []
    report = run(three, workers, "a", wait=lambda seconds: (waits.append(seconds), workers.work()))

    assert (report.status, report.instances[0].status) == (Status.COMPLETED, Status.COMPLETED)
    assert (report.instances[0].capacity, report.instances[0].warnings) == (None, (WITHOUT_REPORT,))
    assert len(waits) == 21


def test_a_worker_that_broke_is_a_failure_of_its_instance(three, workers):
    broke = Failure(Category.INTERNAL, "the worker failed: KeyError: 'x'")

    def work(seconds):
        workers.answered["a"] = broke
        workers.queue = [one for one in workers.queue if one[1].name != "a"]
        workers.work()

    report = run(three, workers, "a", "b", wait=work)

    assert [(one.status, one.error) for one in report.instances] == [(Status.FAILED, broke), (Status.COMPLETED, None)]


def test_who_waits_for_nobody_ends_with_the_budget_and_a_minute(three, workers):
    three.clock.pace = 100.0
    waits = []
    report = run(three, workers, "a", budget=1000.0, wait=waits.append)

    assert (report.status, report.instances[0].error) == (Status.FAILED, NOBODY_CAME)
    assert 1 <= len(waits) < 12 + 21


def test_an_overdue_run_is_closed_by_the_next_one(three, workers):
    lost = dispatching(three).begin(order(three, "a", "b"), workers).run_id
    workers.work()
    workers.queue.clear()
    three.clock.now += timedelta(seconds=HOUR + 59)
    dispatching(three).begin(order(three, "c"), workers)
    assert three.record(lost).status is Status.RUNNING
    three.clock.now += timedelta(seconds=2)
    dispatching(three).begin(order(three, "c"), workers)
    record = three.record(lost)

    assert (record.status, record.finished_at) == (Status.PARTIAL, three.clock.now)
    assert [(one.status, one.error) for one in record.instances] == [
        (Status.COMPLETED, None), (Status.FAILED, NOBODY_CAME)]


def test_a_run_here_leaves_a_dispatched_one_to_its_workers(three, workers):
    run_id = dispatching(three).begin(order(three, "a"), workers).run_id
    three.sync("b")
    assert three.record(run_id).status is Status.RUNNING
    three.clock.pass_days(2)
    three.sync("b")

    assert three.record(run_id).status is Status.INTERRUPTED


def test_an_errand_whose_budget_is_spent_is_a_timeout(three, workers):
    run_id = dispatching(three).begin(order(three, "a"), workers).run_id
    three.clock.now += timedelta(seconds=HOUR)
    workers.work()

    assert workers.answered["a"].error.category is Category.TIMEOUT
    assert (three.record(run_id).status, three.servers["a"].calls) == (Status.FAILED, [])


@pytest.mark.parametrize(("error", "status"), [(KeyboardInterrupt(), Status.INTERRUPTED),
                                               (StoreFailed("gone"), Status.FAILED)])
def test_what_ends_the_wait_closes_the_run_and_workers_leave_the_rest(three, workers, error, status):
    def wait(seconds):
        workers.work()
        raise error

    with pytest.raises(type(error)):
        run(three, workers, "a", "b", "c", wait=wait)
    record = three.record("run-1")
    calls = [len(server.calls) for server in three.servers.values()]
    workers.work()
    workers.work()

    assert (record.status, [one.name for one in record.instances]) == (status, ["a"])
    assert [len(server.calls) for server in three.servers.values()] == calls
    assert three.record("run-1") == record


def test_an_interrupt_after_the_end_changes_no_record(three, workers):
    def wait(seconds):
        for _ in range(3):
            workers.work()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(three, workers, wait=wait)

    assert three.record("run-1").status is Status.COMPLETED


def test_a_run_closed_by_others_is_reported_as_they_closed_it(three, workers):
    def wait(seconds):
        workers.work()
        errands(three).abandon("run-1", Status.INTERRUPTED, "somebody")
        workers.answered["b"] = workers.answered["a"]

    report = run(three, workers, "a", "b", wait=wait)

    assert report.status is Status.INTERRUPTED
    assert [(one.status, one.error) for one in report.instances] == [
        (Status.COMPLETED, None), (Status.SKIPPED, NO_TURN)]


def test_what_comes_after_the_end_changes_no_record(three, workers):
    dispatching(three).begin(order(three, "a", "b"), workers)
    errand, _ = workers.queue[1]
    errands(three).abandon("run-1", Status.INTERRUPTED, "somebody")
    record = three.record("run-1")
    for run_id in ("run-1", "unknown"):
        errands(three).record(run_id, unknown_instance(errand))
        errands(three).stop_waiting(run_id)

    assert (three.record("run-1"), three.record("unknown")) == (record, None)


def test_a_clock_that_is_behind_ends_no_run_before_its_beginning(three, workers):
    begun = dispatching(three).begin(order(three, "a"), workers).started_at
    three.clock.now -= timedelta(hours=1)
    workers.work()

    assert three.record("run-1").finished_at == begun


def test_a_broker_that_is_away_ends_the_run(three, workers):
    workers.broken = 1
    with pytest.raises(DispatchFailed):
        run(three, workers)

    assert (three.record("run-1").status, three.record("run-1").error) == (Status.FAILED, "DispatchFailed: no broker")


def test_a_run_that_is_begun_again_is_the_same_run_and_sends_what_is_awaited(three, workers):
    first = dispatching(three).begin(order(three, "a", "b"), workers, "night")
    workers.work()
    three.clock.now += timedelta(minutes=1)
    again = dispatching(three).begin(order(three, "a", "b"), workers, "night")

    assert (again.started_at, [errand.instance for errand, _ in workers.queue]) == (first.started_at, ["b", "b"])
    assert {errand.stamp.at for errand, _ in workers.queue} == {first.started_at}


def test_a_fleet_of_none_is_a_completed_run(world, workers):
    assert run(world, workers).status is Status.COMPLETED


def test_a_whole_fleet_retires_the_instances_that_left_it(three, workers):
    run(three, workers)
    run(three, workers, "a", whole_fleet=True)

    assert {name: i.is_active for name, i in three.store._committed.instances.items()} == {
        "a": True, "b": False, "c": False}


@pytest.mark.parametrize("method", ["run_started", "instance_finished", "run_finished"])
def test_a_failing_observer_is_a_warning_and_costs_no_run(three, workers, method):
    three.observer = Deaf(method)
    report = run(three, workers, "a")

    assert report.status is Status.COMPLETED
    assert report.instances[0].warnings[0].message == "an observer failed: ValueError: no metrics server"


def test_no_errand_knows_more_of_an_instance_than_its_name_and_engine(three, workers):
    instance = Instance("a", "scripted", host="db.internal", username="monitor")
    dispatching(three).begin(Order([instance], HOUR), workers)

    assert "db.internal" not in repr(workers.queue[0][0])
    assert "monitor" not in repr(workers.queue[0][0])
