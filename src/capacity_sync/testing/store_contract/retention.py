"""What a store promises to forget, and what never."""
from datetime import date, timedelta

from attrs import evolve

from capacity_sync.domain.capacity import InstanceTotal
from capacity_sync.domain.retention import Kind
from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing.store_contract.examples import (
    AT,
    DAY,
    HARD_NAMES,
    RUN,
    SIZE,
    TOTAL,
    Store,
    database,
    registered,
    save_databases,
    save_sizes,
    save_total,
    sizes_in,
    total_of,
)

__all__ = [
    "test_a_batch_takes_the_oldest",
    "test_a_horizon_before_everything_takes_nothing",
    "test_an_instance_is_pruned_without_the_others",
    "test_looking_at_what_would_go_changes_nothing",
    "test_names_are_told_apart_when_the_last_size_is_kept",
    "test_sizes_before_the_horizon_go_and_no_other",
    "test_the_last_size_of_a_database_that_is_gone_goes",
    "test_the_last_size_of_an_active_database_stays_whatever_its_age",
    "test_the_last_total_of_an_active_instance_stays_whatever_its_age",
    "test_the_last_total_of_an_instance_that_left_goes",
    "test_the_newest_run_stays_whatever_its_age",
    "test_totals_before_the_horizon_go_and_no_other",
    "test_what_is_no_whole_partition_is_not_dropped",
    "test_withdrawn_totals_go_and_keep_no_other_from_being_the_last",
]
FAR = DAY + timedelta(days=999)


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def measured(unit_of_work: Store, instance_id: int, name: str, *days: int) -> None:
    """Sizes of an active database, so many days ago."""
    save_databases(unit_of_work, instance_id, database(name))
    save_sizes(unit_of_work, instance_id, *(evolve(SIZE, database_name=name, collected_date=ago(n)) for n in days))


def totalled(unit_of_work: Store, instance_id: int, *days: int, total: InstanceTotal | None = TOTAL) -> None:
    for n in days:
        save_total(unit_of_work, instance_id, total, Stamp(AT - timedelta(days=n), ago(n)))


def prune(unit_of_work: Store, kind: Kind, horizon: date, instance_id: int | None = None, limit: int = 999) -> int:
    """How many rows went; as many as were counted before."""
    with unit_of_work() as work:
        counted = work.retention.count(kind, horizon)
        gone = work.retention.delete(kind, horizon, limit, instance_id)
        work.commit()
    assert gone == counted or limit < 999 or instance_id is not None
    return gone


def days_of(unit_of_work: Store, instance_id: int, name: str = "shop") -> list[int]:
    """How many days ago there is a size of *name*."""
    return [n for n in range(100) if name in {one.database_name for one in sizes_in(unit_of_work, instance_id, ago(n))}]


def totals_of(unit_of_work: Store, instance_id: int) -> list[int]:
    return [n for n in range(100) if total_of(unit_of_work, instance_id, ago(n))]


def test_sizes_before_the_horizon_go_and_no_other(unit_of_work: Store, instance_id: int) -> None:
    measured(unit_of_work, instance_id, "shop", 0, 9, 10, 11, 12, 50)

    assert prune(unit_of_work, Kind.SIZES, ago(10)) == 3
    assert days_of(unit_of_work, instance_id) == [0, 9, 10]
    assert prune(unit_of_work, Kind.SIZES, ago(10)) == 0


def test_the_last_size_of_an_active_database_stays_whatever_its_age(unit_of_work: Store, instance_id: int) -> None:
    measured(unit_of_work, instance_id, "shop", 30, 40, 50)
    measured(unit_of_work, instance_id, "audit", 40)

    assert prune(unit_of_work, Kind.SIZES, FAR) == 2
    assert (days_of(unit_of_work, instance_id), days_of(unit_of_work, instance_id, "audit")) == ([30], [40])


def test_the_last_size_of_a_database_that_is_gone_goes(unit_of_work: Store, instance_id: int) -> None:
    measured(unit_of_work, instance_id, "shop", 30, 40)
    save_databases(unit_of_work, instance_id, evolve(database("shop"), is_active=False, deleted_at=AT))
    save_sizes(unit_of_work, instance_id, evolve(SIZE, database_name="never known", collected_date=ago(30)))

    assert prune(unit_of_work, Kind.SIZES, ago(10)) == 3
    assert days_of(unit_of_work, instance_id) == days_of(unit_of_work, instance_id, "never known") == []


def test_names_are_told_apart_when_the_last_size_is_kept(unit_of_work: Store, instance_id: int) -> None:
    for n, name in enumerate(HARD_NAMES):
        measured(unit_of_work, instance_id, name, 30 + n, 60)

    assert prune(unit_of_work, Kind.SIZES, FAR) == len(HARD_NAMES)
    assert all(days_of(unit_of_work, instance_id, name) == [30 + n] for n, name in enumerate(HARD_NAMES))


def test_an_instance_is_pruned_without_the_others(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    for owner in (instance_id, other):
        measured(unit_of_work, owner, "shop", 0, 20)
        totalled(unit_of_work, owner, 0, 20)

    for kind in (Kind.SIZES, Kind.TOTALS):
        assert prune(unit_of_work, kind, ago(10), instance_id) == 1
        with unit_of_work() as work:
            assert [work.retention.owners(kind, ago(n)) for n in (10, -1)] == [[other], [instance_id, other]]
    assert (days_of(unit_of_work, instance_id), totals_of(unit_of_work, instance_id)) == ([0], [0])
    assert (days_of(unit_of_work, other), totals_of(unit_of_work, other)) == ([0, 20], [0, 20])


def test_a_batch_takes_the_oldest(unit_of_work: Store, instance_id: int) -> None:
    measured(unit_of_work, instance_id, "shop", 0, 30, 50, 40, 60)

    assert [prune(unit_of_work, Kind.SIZES, FAR, instance_id, limit=3) for _ in range(3)] == [3, 1, 0]
    assert days_of(unit_of_work, instance_id) == [0]


def test_totals_before_the_horizon_go_and_no_other(unit_of_work: Store, instance_id: int) -> None:
    totalled(unit_of_work, instance_id, 0, 9, 10, 11, 12)

    assert prune(unit_of_work, Kind.TOTALS, ago(10)) == 2
    assert totals_of(unit_of_work, instance_id) == [0, 9, 10]


def test_the_last_total_of_an_active_instance_stays_whatever_its_age(unit_of_work: Store, instance_id: int) -> None:
    totalled(unit_of_work, instance_id, 30, 40)

    assert prune(unit_of_work, Kind.TOTALS, FAR) == 1
    assert totals_of(unit_of_work, instance_id) == [30]


def test_the_last_total_of_an_instance_that_left_goes(unit_of_work: Store, instance_id: int) -> None:
    totalled(unit_of_work, instance_id, 30, 40)
    with unit_of_work() as work:
        work.instances.retire([], AT)
        work.commit()

    assert prune(unit_of_work, Kind.TOTALS, ago(10)) == 2
    assert totals_of(unit_of_work, instance_id) == []


def test_withdrawn_totals_go_and_keep_no_other_from_being_the_last(unit_of_work: Store, instance_id: int) -> None:
    totalled(unit_of_work, instance_id, 40, 30, 5)
    totalled(unit_of_work, instance_id, 30, 5, total=None)

    assert prune(unit_of_work, Kind.TOTALS, ago(10)) == 1
    assert totals_of(unit_of_work, instance_id) == [40]
    assert prune(unit_of_work, Kind.TOTALS, FAR) == 1
    assert totals_of(unit_of_work, instance_id) == [40]


def test_the_newest_run_stays_whatever_its_age(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        for n in range(4):
            at = AT - timedelta(days=n)
            work.runs.start(evolve(RUN, run_id=f"run-{n}", started_at=at, collected_date=ago(n)))
        work.commit()

    assert prune(unit_of_work, Kind.RUNS, ago(2)) == 1
    assert prune(unit_of_work, Kind.RUNS, FAR) == 2
    with unit_of_work() as work:
        assert [run.run_id for run in work.runs.recent(9)] == ["run-0"]
        assert work.runs.find("run-1") is None


def test_looking_at_what_would_go_changes_nothing(unit_of_work: Store, instance_id: int) -> None:
    measured(unit_of_work, instance_id, "shop", 0, 20)
    with unit_of_work() as work:
        assert [work.retention.count(Kind.SIZES, ago(10)) for _ in range(2)] == [1, 1]

    assert days_of(unit_of_work, instance_id) == [0, 20]


def test_a_horizon_before_everything_takes_nothing(unit_of_work: Store, instance_id: int) -> None:
    measured(unit_of_work, instance_id, "shop", 0, 20)
    assert [prune(unit_of_work, kind, date.min) for kind in Kind] == [0, 0, 0]


def test_what_is_no_whole_partition_is_not_dropped(unit_of_work: Store, instance_id: int) -> None:
    measured(unit_of_work, instance_id, "shop", 0, 20)
    with unit_of_work() as work:
        assert [work.retention.drop(kind, "instances", FAR) for kind in Kind] == [0, 0, 0]
        work.commit()

    assert days_of(unit_of_work, instance_id) == [0, 20]
