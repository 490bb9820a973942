"""What a store promises of summaries over the history."""
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from capacity_sync.domain.capacity import Basis, InstanceTotal
from capacity_sync.domain.history import Choice, Summary
from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing.store_contract.examples import AT, DAY, Store, registered, save_sizes, save_total
from capacity_sync.testing.store_contract.history import ALL, MIB, size

__all__ = [
    "test_a_day_is_summed_once_after_a_total_was_withdrawn",
    "test_a_day_that_lacks_databases_is_not_compared",
    "test_a_row_without_bytes_makes_the_sum_unknown",
    "test_an_empty_history_comes_to_nothing",
    "test_each_instance_is_summed_on_its_own_last_day",
    "test_growth_is_exact_to_the_byte",
    "test_growth_is_from_the_first_to_the_last_day",
    "test_sizes_without_bytes_are_compared_in_megabytes",
    "test_what_is_no_growth_is_not_compared",
]


def summed(unit_of_work: Store, choice: Choice = Choice()) -> Summary:  # noqa: B008 - frozen
    with unit_of_work() as work:
        return work.history.size_summary(choice)


def test_an_empty_history_comes_to_nothing(unit_of_work: Store, instance_id: int) -> None:
    with unit_of_work() as work:
        assert work.history.size_summary(Choice()) == work.history.total_summary(Choice()) == Summary()
        assert work.history.sizes(Choice(), ALL).total == 0


def test_each_instance_is_summed_on_its_own_last_day(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    save_sizes(unit_of_work, instance_id, size("shop", 5), size("gone", 90, 1))
    save_sizes(unit_of_work, other, size("shop", 7, 3))

    assert summed(unit_of_work) == Summary(2, 2, 12, 12 * MIB, 7)
    assert summed(unit_of_work, Choice(database_name="gone")) == Summary(1, 1, 90, 90 * MIB, 90)


def test_growth_is_from_the_first_to_the_last_day(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, size("shop", 15), size("shop", 2, 1), size("shop", 10, 2), size("new", 100),
               size("gone", 50, 2))

    found = summed(unit_of_work)
    assert (found.compared, found.before, found.after) == (1, 10 * MIB, 15 * MIB)
    assert summed(unit_of_work, Choice(database_name="shop")).count == 1
    assert summed(unit_of_work, Choice(first_day=DAY)).compared == 0


@pytest.mark.parametrize("then", [{"identity": "2"}, {"method": "another"}, {"basis": Basis.ESTIMATE}],
                         ids=lambda then: next(iter(then)))
def test_what_is_no_growth_is_not_compared(unit_of_work: Store, instance_id: int, then: dict[str, Any]) -> None:
    known: dict[str, Any] = {"identity": "1", "method": "files", "basis": Basis.FILE}
    save_sizes(unit_of_work, instance_id, size("shop", 15, **known), size("shop", 10, 1, **{**known, **then}),
               size("audit", 3, **known), size("audit", 2, 1))

    found = summed(unit_of_work)
    assert (found.count, found.compared, found.before, found.after) == (2, 1, 2 * MIB, 3 * MIB)


def test_sizes_without_bytes_are_compared_in_megabytes(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, size("shop", 15, size_bytes=15 * MIB + 5),
               size("shop", 10, 1, size_bytes=None))

    found = summed(unit_of_work)
    assert (found.bytes, found.before, found.after) == (15 * MIB + 5, 10 * MIB, 15 * MIB)


def test_a_row_without_bytes_makes_the_sum_unknown(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, size("shop", 15), size("audit", 1, size_bytes=None))

    assert (summed(unit_of_work).megabytes, summed(unit_of_work).bytes) == (16, None)


def test_a_day_that_lacks_databases_is_not_compared(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    whole = InstanceTotal(10, 10 * MIB, 3, 3)
    for owner, before in ((instance_id, whole), (other, evolve(whole, measured_count=2))):
        save_total(unit_of_work, owner, evolve(whole, total_mb=12, total_bytes=12 * MIB))
        save_total(unit_of_work, owner, before, Stamp(AT - timedelta(days=5), DAY - timedelta(days=5)))

    with unit_of_work() as work:
        assert work.history.total_summary(Choice()) == Summary(2, 2, 24, 24 * MIB, 12, 1, 10 * MIB, 12 * MIB)


def test_growth_is_exact_to_the_byte(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, size("shop", 1, size_bytes=MIB + 3), size("shop", 1, 1, size_bytes=MIB + 2))

    found = summed(unit_of_work)
    assert (found.before, found.after) == (MIB + 2, MIB + 3)


def test_a_day_is_summed_once_after_a_total_was_withdrawn(unit_of_work: Store, instance_id: int) -> None:
    whole = InstanceTotal(10, 10 * MIB, 3, 3)
    for total in (whole, None, whole):
        save_total(unit_of_work, instance_id, total)

    with unit_of_work() as work:
        assert work.history.total_summary(Choice()) == Summary(1, 1, 10, 10 * MIB, 10)
