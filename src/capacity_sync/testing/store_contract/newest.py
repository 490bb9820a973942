"""What a store promises of the newest rows of every instance."""
from datetime import timedelta

from attrs import evolve

from capacity_sync.domain.history import LastOutcome, Owner, SizeOfDay, TotalOfDay
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import InstanceRun, Status
from capacity_sync.testing.store_contract.examples import (
    AT,
    DAY,
    LATER,
    NEXT_DAY,
    ONE_RUN,
    RUN,
    SIZE,
    TOTAL,
    Store,
    database,
    registered,
    save_databases,
    save_sizes,
    save_total,
)

__all__ = [
    "test_an_instance_that_was_retired_has_no_newest_rows",
    "test_an_outcome_tells_when_the_instance_was_last_completed",
    "test_the_last_outcome_is_of_the_run_that_began_last",
    "test_the_newest_day_is_looked_for_instance_by_instance",
    "test_the_newest_sizes_are_of_active_databases",
    "test_the_newest_total_is_not_a_withdrawn_one",
]


def retire(unit_of_work: Store, *keep: str) -> None:
    with unit_of_work() as work:
        work.instances.retire(keep, AT)
        work.commit()


def newest(unit_of_work: Store) -> tuple[list[SizeOfDay], list[TotalOfDay]]:
    with unit_of_work() as work:
        return list(work.history.newest_sizes()), list(work.history.newest_totals())


def outcomes(unit_of_work: Store) -> list[LastOutcome]:
    with unit_of_work() as work:
        return list(work.runs.last_outcomes())


def happened(unit_of_work: Store, run_id: str, days: int, *instances: InstanceRun) -> None:
    with unit_of_work() as work:
        work.runs.start(evolve(RUN, run_id=run_id, started_at=AT + timedelta(days=days)))
        for instance in instances:
            work.runs.add(run_id, instance)
        work.commit()


def test_the_newest_day_is_looked_for_instance_by_instance(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    tomorrow = evolve(SIZE, collected_date=NEXT_DAY.day)
    for owner, rows, stamp in ((instance_id, [SIZE, tomorrow], NEXT_DAY), (other, [SIZE], Stamp(AT, DAY))):
        save_databases(unit_of_work, owner, database("shop"))
        save_sizes(unit_of_work, owner, *rows)
        save_total(unit_of_work, owner, TOTAL, stamp)

    sizes, totals = newest(unit_of_work)
    orders, billing = Owner(instance_id, "orders", "scripted"), Owner(other, "billing", "scripted")
    assert sizes == [SizeOfDay(orders, tomorrow), SizeOfDay(billing, SIZE)]
    assert totals == [TotalOfDay(orders, NEXT_DAY.day, LATER, TOTAL), TotalOfDay(billing, DAY, AT, TOTAL)]


def test_the_newest_sizes_are_of_active_databases(unit_of_work: Store, instance_id: int) -> None:
    gone = evolve(database("gone"), is_active=False, deleted_at=AT)
    save_databases(unit_of_work, instance_id, database("shop"), database("Shop"), gone, database("not measured"))
    save_sizes(unit_of_work, instance_id, SIZE, evolve(SIZE, database_name="Shop"), evolve(SIZE, database_name="gone"))

    assert [row.size.database_name for row in newest(unit_of_work)[0]] == ["Shop", "shop"]


def test_an_instance_that_was_retired_has_no_newest_rows(unit_of_work: Store, instance_id: int) -> None:
    save_databases(unit_of_work, instance_id, database("shop"))
    save_sizes(unit_of_work, instance_id, SIZE)
    save_total(unit_of_work, instance_id, TOTAL)
    happened(unit_of_work, "run-1", 0, ONE_RUN)
    retire(unit_of_work, "another")

    assert newest(unit_of_work) == ([], [])
    assert outcomes(unit_of_work) == []


def test_the_newest_total_is_not_a_withdrawn_one(unit_of_work: Store, instance_id: int) -> None:
    save_total(unit_of_work, instance_id, TOTAL)
    save_total(unit_of_work, instance_id, TOTAL, NEXT_DAY)
    save_total(unit_of_work, instance_id, None, NEXT_DAY)

    assert [row.day for row in newest(unit_of_work)[1]] == [DAY]


def test_the_last_outcome_is_of_the_run_that_began_last(unit_of_work: Store, instance_id: int) -> None:
    registered(unit_of_work, "billing")
    failed = evolve(ONE_RUN, status=Status.FAILED)
    happened(unit_of_work, "run-2", 1, failed, evolve(ONE_RUN, name="billing"))
    happened(unit_of_work, "run-1", 0, ONE_RUN)

    assert outcomes(unit_of_work) == [LastOutcome(evolve(ONE_RUN, name="billing"), LATER, None),
                                      LastOutcome(failed, LATER, None)]


def test_an_outcome_tells_when_the_instance_was_last_completed(unit_of_work: Store, instance_id: int) -> None:
    completed = evolve(ONE_RUN, status=Status.COMPLETED)
    for days, one in enumerate((ONE_RUN, completed, completed, ONE_RUN)):
        happened(unit_of_work, f"run-{days}", days, one)

    assert outcomes(unit_of_work) == [LastOutcome(ONE_RUN, AT + timedelta(days=3), AT + timedelta(days=2))]
