"""Several instances at a time."""
import threading
import time

import pytest

from capacity_sync.domain.outcomes import ServerUnreachable, StoreFailed
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import Raises, Waits
from capacity_sync.use_cases.parallel import side_by_side


@pytest.mark.parametrize("workers", [1, 3, 99])
def test_results_come_in_the_order_of_the_calls(workers):
    assert side_by_side([lambda n=n: n * n for n in range(20)], workers) == [n * n for n in range(20)]


def test_no_call_is_no_result():
    assert side_by_side([], 4) == []


def test_as_many_calls_run_at_a_time_as_there_are_workers():
    meeting = threading.Barrier(3, timeout=10)

    assert len(side_by_side([meeting.wait] * 6, 3)) == 6


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt(), SystemExit(3)])
def test_the_first_exception_of_any_type_passes_and_nothing_more_is_begun(error):
    begun, release = [], threading.Event()

    def fail():
        raise error

    def wait():
        begun.append(1)
        release.wait(10)

    with pytest.raises(type(error)):
        side_by_side([fail, wait, *[wait] * 50], 2)
    release.set()
    time.sleep(0.2)

    assert len(begun) <= 2


def test_a_slow_instance_delays_no_other_and_the_report_keeps_the_order(world):
    world.server("slow", db=1).script["connect"] = [Waits(1.5)]
    for n in range(6):
        world.server(f"quick{n}", db=1)
    begun = time.monotonic()
    report = world.sync(workers=2)

    assert time.monotonic() - begun < 5
    assert [r.name for r in report.instances] == list(world.servers)
    assert {r.status for r in report.instances} == {Status.COMPLETED}
    assert {r.name for r in world.record(report.run_id).instances} == set(world.servers)


def test_one_failing_instance_costs_no_other_when_they_run_side_by_side(world):
    for n in range(8):
        world.server(f"s{n}", db=n + 1)
    world.servers["s3"].script["connect"] = [Raises(ServerUnreachable("refused"))]
    report = world.sync(workers=4)

    assert [r.name for r in report.instances if r.status is not Status.COMPLETED] == ["s3"]
    assert [world.sizes(f"s{n}") for n in (0, 7)] == [{"db": 1}, {"db": 8}]


def test_a_store_that_fails_in_a_thread_ends_the_run_and_its_record_says_failed(world, monkeypatch):
    for n in range(4):
        world.server(f"s{n}", db=1)
    save = type(world.store.databases).save
    monkeypatch.setattr(type(world.store.databases), "save",
                        lambda self, instance_id, *a: 1 / 0 if instance_id == 3 else save(self, instance_id, *a))
    with pytest.raises(StoreFailed):
        world.sync(workers=2)

    assert world.record("run-1").status is Status.FAILED
