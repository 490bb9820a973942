"""Several tasks at a time, each with an end that holds."""
import threading
import time
from contextlib import closing
from itertools import chain, count, islice

import pytest
from attrs import define, field

from capacity_sync.use_cases.parallel import side_by_side


@define(eq=False)
class Call:
    """A task: plays *call*. `refusals`: how often it cannot be cut yet."""

    call: object
    seconds: float = 60.0
    refusals: int = 0
    cuts: int = field(default=0, init=False)

    def play(self):
        return self.call()

    def cut(self):
        self.cuts += 1
        return "cut" if self.cuts > self.refusals else None


@pytest.fixture
def release():
    """Set at the end of the test: what hangs on it hangs until then."""
    event = threading.Event()
    yield event
    event.set()


def results(tasks, workers):
    waiting = iter(tasks)
    return list(side_by_side(lambda: next(waiting, None), workers))


@pytest.mark.parametrize("workers", [1, 3, 99])
def test_every_task_has_one_result(workers):
    assert sorted(results([Call(lambda n=n: n * n) for n in range(20)], workers)) == [n * n for n in range(20)]


def test_no_task_is_no_result():
    assert results([], 4) == []


def test_one_worker_does_one_after_the_other_in_order():
    assert results([Call(lambda n=n: n) for n in range(20)], 1) == list(range(20))


def test_as_many_tasks_run_at_a_time_as_there_are_workers():
    meeting = threading.Barrier(3, timeout=10)

    assert len(results([Call(meeting.wait) for _ in range(6)], 3)) == 6


def test_never_more_tasks_run_than_there_are_workers():
    running, most, lock = [0], [], threading.Lock()

    def work():
        with lock:
            running[0] += 1
            most.append(running[0])
        time.sleep(0.01)
        with lock:
            running[0] -= 1

    results([Call(work) for _ in range(20)], 3)
    assert max(most) <= 3


def test_a_task_that_comes_later_is_begun_when_another_has_ended():
    later, given = iter([None, Call(lambda: "second"), None]), iter([Call(lambda: "first")])

    assert list(side_by_side(lambda: next(given, None) or next(later, None), 2)) == ["first", "second"]


@pytest.mark.parametrize("error", [KeyError("x"), KeyboardInterrupt(), SystemExit(3)])
def test_the_first_exception_of_any_type_passes_and_nothing_more_is_begun(error, release):
    begun = []

    def fail():
        raise error

    def wait():
        begun.append(1)
        release.wait(10)

    hanging = [Call(wait) for _ in range(50)]
    with pytest.raises(type(error)):
        results([Call(fail), *hanging], 2)

    assert len(begun) <= 2
    assert [task.cuts for task in hanging] == [1] + 49 * [0]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_task_that_hangs_is_cut_and_keeps_no_place(workers, release):
    tasks = [Call(lambda: release.wait(60), seconds=0.2), *(Call(lambda n=n: n) for n in range(5))]

    assert set(results(tasks, workers)) == {"cut", 0, 1, 2, 3, 4}
    assert [task.cuts for task in tasks] == [1, 0, 0, 0, 0, 0]


def test_a_task_that_cannot_be_cut_yet_is_asked_again_and_may_end_by_itself(release):
    stubborn = Call(lambda: release.wait(60), seconds=0.05, refusals=3)
    assert results([stubborn], 1) == ["cut"]
    assert stubborn.cuts == 4

    writing, ended = Call(lambda: ended.wait(60) and "by itself", seconds=0.05, refusals=10**9), threading.Event()
    threading.Timer(0.3, ended.set).start()
    assert results([writing], 1) == ["by itself"]


def test_what_a_cut_task_gives_or_raises_afterwards_is_not_heard(release):
    def late(outcome):
        release.wait(60)
        outcome.append(threading.current_thread())
        raise KeyError("late")

    threads = []
    hanging = [Call(lambda: late(threads), seconds=0.05) for _ in range(3)]

    def last():
        release.set()
        while len(threads) < 3:
            time.sleep(0.01)
        for thread in threads:
            thread.join()
        return "last"

    assert results([*hanging, Call(last), Call(lambda: "after")], 1) == ["cut", "cut", "cut", "last", "after"]


def test_a_caller_that_leaves_cuts_what_is_under_way(release):
    tasks = [Call(lambda: "first"), *(Call(lambda: release.wait(60)) for _ in range(2))]
    waiting = iter(tasks)
    with closing(side_by_side(lambda: next(waiting, None), 3)) as some:
        assert next(some) == "first"

    assert [task.cuts for task in tasks] == [0, 1, 1]


def test_a_stream_of_results_does_not_keep_a_hanging_task_from_being_cut(release):
    tasks = chain([Call(lambda: release.wait(60), seconds=0.1)], (Call(lambda: "quick") for _ in count()))

    with closing(side_by_side(lambda: next(tasks), 4)) as stream:
        assert "cut" in islice(stream, 1_000_000)
