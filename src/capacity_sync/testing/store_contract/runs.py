"""What a store promises of the run history."""
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from threading import Barrier

import pytest
from attrs import evolve

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.sync_report import InstanceRun, RunRecord, Status
from capacity_sync.testing.store_contract.examples import AT, LATER, ONE_RUN, RUN, Store

__all__ = [
    "test_a_finished_run_says_how_and_when",
    "test_a_run_is_found_as_it_was_started",
    "test_a_run_never_started_is_not_found",
    "test_a_run_started_twice_is_one_run",
    "test_an_instance_added_twice_is_there_once_as_it_was_added_last",
    "test_an_outcome_takes_the_place_of_what_was_awaited",
    "test_durations_are_those_of_the_newest_run_of_each_instance",
    "test_nothing_is_awaited_of_a_closed_run",
    "test_of_two_that_add_the_last_outcomes_one_sees_that_nothing_is_awaited_any_more",
    "test_recent_runs_come_newest_first_without_their_instances",
    "test_runs_that_nobody_closed_are_running",
    "test_the_instances_of_a_run_survive_sorted_by_name",
    "test_what_is_awaited_has_no_outcome",
]


def test_a_run_is_found_as_it_was_started(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        work.runs.start(RUN)

        assert work.runs.find("run-1") == RUN


def test_a_run_never_started_is_not_found(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        assert work.runs.find("run-1") is None


def test_a_finished_run_says_how_and_when(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        work.runs.start(RUN)
        work.runs.finish("run-1", Status.INTERRUPTED, LATER, "KeyboardInterrupt: ")

        assert work.runs.find("run-1") == evolve(RUN, status=Status.INTERRUPTED, finished_at=LATER,
                                                 error="KeyboardInterrupt: ")


def test_the_instances_of_a_run_survive_sorted_by_name(unit_of_work: Store) -> None:
    bare = InstanceRun("a", "another", Status.COMPLETED, None, (), (), (), {}, 0.0)
    with unit_of_work() as work:
        work.runs.start(RUN)
        for instance in (ONE_RUN, bare):
            work.runs.add("run-1", instance)

        found = work.runs.find("run-1")

        assert found is not None
        assert found.instances == (bare, ONE_RUN)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_recent_runs_come_newest_first_without_their_instances(unit_of_work: Store, order: tuple[int, ...]) -> None:
    runs = [evolve(RUN, run_id=f"run-{9 - n}", started_at=AT + timedelta(seconds=n)) for n in range(3)]
    with unit_of_work() as work:
        for n in order:
            work.runs.start(runs[n])
        work.runs.add(runs[2].run_id, ONE_RUN)

        assert list(work.runs.recent(2)) == [runs[2], runs[1]]


@pytest.mark.parametrize(("runs", "seconds"), [(0, {}), (1, {"a": 3.0}), (2, {"a": 3.0, "b": 2.0}), (9, {
    "a": 3.0, "b": 2.0, "c": 1.0})])
def test_durations_are_those_of_the_newest_run_of_each_instance(unit_of_work: Store, runs: int,
                                                               seconds: dict[str, float]) -> None:
    with unit_of_work() as work:
        for n, names in ((2, "ab"), (1, "abc"), (3, "a")):
            work.runs.start(evolve(RUN, run_id=f"run-{9 - n}", started_at=AT + timedelta(seconds=n)))
            for name in names:
                work.runs.add(f"run-{9 - n}", evolve(ONE_RUN, name=name, duration_s=float(n)))

        assert work.runs.durations(runs) == seconds


def test_a_run_started_twice_is_one_run(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        work.runs.start(RUN)
        work.runs.start(RUN)

        assert list(work.runs.recent(9)) == [RUN]


def test_an_instance_added_twice_is_there_once_as_it_was_added_last(unit_of_work: Store) -> None:
    again = evolve(ONE_RUN, counts={"saved": 4}, duration_s=2.5)
    other = evolve(ONE_RUN, name="Orders")
    with unit_of_work() as work:
        for run_id in ("run-1", "run-2"):
            work.runs.start(evolve(RUN, run_id=run_id))
            for instance in (ONE_RUN, other, again):
                work.runs.add(run_id, instance)

        found = work.runs.find("run-1")

        assert found is not None
        assert found.instances == (other, again)


def test_runs_that_nobody_closed_are_running(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        for run_id in ("run-1", "run-2", "run-3"):
            work.runs.start(evolve(RUN, run_id=run_id))
        work.runs.finish("run-2", Status.FAILED, LATER)

        assert set(work.runs.running()) == {"run-1", "run-3"}


def awaited(*names: str, run_id: str = "run-1", days: int = 0) -> RunRecord:
    """A run that waits for the outcomes of *names*."""
    return evolve(RUN, run_id=run_id, started_at=AT + timedelta(days=days), instances=[
        InstanceRun(name, "scripted", Status.RUNNING, None, (), (), (), {}, 0.0) for name in names])


def test_an_outcome_takes_the_place_of_what_was_awaited(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        work.runs.start(awaited("a", "orders"))
        work.runs.add("run-1", ONE_RUN)

        assert work.runs.awaited("run-1") == ["a"]
        assert work.runs.find("run-1") == evolve(awaited("a"), instances=(*awaited("a").instances, ONE_RUN))


def test_nothing_is_awaited_of_a_closed_run(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        work.runs.start(awaited("a", "orders"))
        work.runs.start(awaited("b", run_id="run-2"))
        work.runs.add("run-1", ONE_RUN)
        work.runs.finish("run-1", Status.INTERRUPTED, LATER)

        found = work.runs.find("run-1")

        assert (work.runs.awaited("run-1"), work.runs.awaited("run-2")) == ([], ["b"])
        assert work.runs.awaited("run-3") is None
        assert found is not None
        assert found.instances == (ONE_RUN,)


def test_what_is_awaited_has_no_outcome(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        work.instances.register([Instance("orders", "scripted")], AT)
        work.runs.start(RUN)
        work.runs.add("run-1", ONE_RUN)
        work.runs.start(awaited("orders", run_id="run-2", days=1))

        assert work.runs.durations(2) == {"orders": ONE_RUN.duration_s}
        assert [last.outcome for last in work.runs.last_outcomes()] == [ONE_RUN]


def test_of_two_that_add_the_last_outcomes_one_sees_that_nothing_is_awaited_any_more(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        work.runs.start(awaited("a", "b"))
        work.commit()
    last: list[str] = []
    together = Barrier(2)

    def add(name: str) -> None:
        together.wait()
        with unit_of_work() as work:
            others = set(work.runs.awaited("run-1") or ()) - {name}
            work.runs.add("run-1", evolve(ONE_RUN, name=name))
            work.commit()
        if not others:
            last.append(name)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(add, ("a", "b")))

    assert len(last) == 1
