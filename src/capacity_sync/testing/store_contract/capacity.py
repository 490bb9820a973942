"""What a store promises of sizes and totals."""
from datetime import timedelta

from attrs import evolve

from capacity_sync.domain.capacity import InstanceFacts, InstanceTotal, StoredSize
from capacity_sync.testing.store_contract.examples import (
    AT,
    DAY,
    LATER,
    NEXT_DAY,
    SIZE,
    TOTAL,
    Store,
    registered,
    save_sizes,
    save_total,
    sizes_in,
    total_of,
)

__all__ = [
    "test_a_second_size_of_a_day_replaces_the_first",
    "test_a_second_total_of_a_day_replaces_the_first",
    "test_a_size_that_is_not_known_is_no_zero",
    "test_a_total_after_a_withdrawn_one_starts_anew",
    "test_a_withdrawn_total_is_gone_on_its_day_only",
    "test_another_day_is_another_size",
    "test_every_field_of_a_size_survives",
    "test_every_field_of_a_total_survives",
    "test_facts_that_are_not_known_keep_the_earlier_of_the_day",
    "test_measured_since_is_inclusive_and_says_the_last_incarnation",
    "test_the_latest_day_is_the_last_with_sizes",
]


def test_every_field_of_a_size_survives(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, SIZE)

    assert sizes_in(unit_of_work, instance_id) == [SIZE]


def test_a_size_that_is_not_known_is_no_zero(unit_of_work: Store, instance_id: int) -> None:
    legacy = StoredSize("shop", DAY, AT, size_mb=0)
    save_sizes(unit_of_work, instance_id, legacy)

    assert sizes_in(unit_of_work, instance_id) == [legacy]


def test_a_second_size_of_a_day_replaces_the_first(unit_of_work: Store, instance_id: int) -> None:
    again = StoredSize("shop", DAY, AT + timedelta(hours=1), size_mb=2)
    save_sizes(unit_of_work, instance_id, SIZE)
    save_sizes(unit_of_work, instance_id, again)

    assert sizes_in(unit_of_work, instance_id) == [again]


def test_another_day_is_another_size(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, SIZE)
    save_sizes(unit_of_work, instance_id, evolve(SIZE, collected_date=NEXT_DAY.day, collected_at=LATER))

    assert sizes_in(unit_of_work, instance_id) == [SIZE]


def test_the_latest_day_is_the_last_with_sizes(unit_of_work: Store, instance_id: int) -> None:
    days = [DAY - timedelta(days=n) for n in (40, 0, 3)]
    save_sizes(unit_of_work, instance_id, *(evolve(SIZE, collected_date=day) for day in days))
    other = registered(unit_of_work, "billing")

    with unit_of_work() as work:
        assert (work.sizes.latest_day(instance_id), work.sizes.latest_day(other)) == (DAY, None)


def test_every_field_of_a_total_survives(unit_of_work: Store, instance_id: int) -> None:
    save_total(unit_of_work, instance_id, TOTAL)

    assert total_of(unit_of_work, instance_id) == TOTAL
    assert total_of(unit_of_work, instance_id, NEXT_DAY.day) is None


def test_a_second_total_of_a_day_replaces_the_first(unit_of_work: Store, instance_id: int) -> None:
    again = InstanceTotal(1, None, 1, 1, InstanceFacts(0, 0))
    save_total(unit_of_work, instance_id, TOTAL)
    save_total(unit_of_work, instance_id, again)

    assert total_of(unit_of_work, instance_id) == again


def test_facts_that_are_not_known_keep_the_earlier_of_the_day(unit_of_work: Store, instance_id: int) -> None:
    save_total(unit_of_work, instance_id, TOTAL)
    save_total(unit_of_work, instance_id, evolve(TOTAL, facts=InstanceFacts(None, 0)))

    assert total_of(unit_of_work, instance_id) == evolve(TOTAL, facts=InstanceFacts(5, 0))


def test_a_withdrawn_total_is_gone_on_its_day_only(unit_of_work: Store, instance_id: int) -> None:
    save_total(unit_of_work, instance_id, TOTAL)
    save_total(unit_of_work, instance_id, TOTAL, NEXT_DAY)
    save_total(unit_of_work, instance_id, None)
    save_total(unit_of_work, instance_id, None)

    assert total_of(unit_of_work, instance_id) is None
    assert total_of(unit_of_work, instance_id, NEXT_DAY.day) == TOTAL


def test_a_total_after_a_withdrawn_one_starts_anew(unit_of_work: Store, instance_id: int) -> None:
    bare = evolve(TOTAL, facts=InstanceFacts())
    for total in (TOTAL, None, TOTAL, None, bare):
        save_total(unit_of_work, instance_id, total)

    assert total_of(unit_of_work, instance_id) == bare


def test_measured_since_is_inclusive_and_says_the_last_incarnation(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    save_sizes(unit_of_work, other, evolve(SIZE, database_name="of another instance"))
    save_sizes(unit_of_work, instance_id, SIZE, evolve(SIZE, database_name="Shop", identity=None),
               evolve(SIZE, database_name="old", collected_at=AT - timedelta(microseconds=1)),
               evolve(SIZE, collected_date=NEXT_DAY.day, collected_at=LATER, identity="16385"),
               evolve(SIZE, database_name="late", collected_date=DAY - timedelta(days=1)))

    with unit_of_work() as work:
        assert work.sizes.measured_since(instance_id, AT) == {"shop": "16385", "Shop": None, "late": "16384"}
        assert work.sizes.measured_since(instance_id, LATER) == {"shop": "16385"}
        assert work.sizes.measured_since(instance_id, LATER + timedelta(seconds=1)) == {}
