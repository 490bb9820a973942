"""What a store promises of the history over all instances."""
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from capacity_sync.domain.capacity import Basis, InstanceTotal, StoredSize
from capacity_sync.domain.history import Choice, Cut, Owner, SizeOfDay, Summary, TotalOfDay
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing.store_contract.examples import (
    AT,
    DAY,
    HARD_NAMES,
    SIZE,
    STAMP,
    TOTAL,
    Store,
    registered,
    save_sizes,
    save_total,
)

__all__ = [
    "test_a_day_that_lacks_databases_is_not_compared",
    "test_a_name_chooses_exactly",
    "test_a_page_says_how_many_were_chosen",
    "test_a_row_without_bytes_makes_the_sum_unknown",
    "test_a_withdrawn_total_is_not_in_the_history",
    "test_an_empty_history_comes_to_nothing",
    "test_each_instance_is_summed_on_its_own_last_day",
    "test_each_restriction_of_sizes",
    "test_each_restriction_of_totals",
    "test_growth_is_from_the_first_to_the_last_day",
    "test_names_come_by_code_point",
    "test_sizes_without_bytes_are_compared_in_megabytes",
    "test_the_newest_day_comes_first",
    "test_totals_come_with_owner_day_and_time",
    "test_what_is_no_growth_is_not_compared",
]
ALL = Cut(100)
MIB = 1024 * 1024


def size(name: str, megabytes: int, days_before: int = 0, **more: Any) -> StoredSize:
    plain = StoredSize(name, DAY - timedelta(days=days_before), AT, size_mb=megabytes, size_bytes=megabytes * MIB)
    return evolve(plain, **more)


def sizes(unit_of_work: Store, choice: Choice = Choice(), cut: Cut = ALL) -> list[tuple[int, str, int]]:  # noqa: B008 - frozen
    with unit_of_work() as work:
        page = work.history.sizes(choice, cut)
    return [(row.owner.instance_id, row.size.database_name, (DAY - row.size.collected_date).days) for row in page.items]


def summed(unit_of_work: Store, choice: Choice = Choice()) -> Summary:  # noqa: B008 - frozen
    with unit_of_work() as work:
        return work.history.size_summary(choice)


def engine_of(unit_of_work: Store, name: str, engine: str) -> int:
    with unit_of_work() as work:
        ids = work.instances.register([Instance(name, engine)], AT)
        work.commit()
    return ids[name]


@pytest.fixture
def pair(unit_of_work: Store, instance_id: int) -> tuple[int, int]:
    """Two instances that have a database of one name, each with two days."""
    other = engine_of(unit_of_work, "billing", "another")
    for owner in (instance_id, other):
        save_sizes(unit_of_work, owner, size("shop", 3), size("shop", 2, 1), size("audit", 1))
        for stamp in (STAMP, Stamp(AT - timedelta(days=1), DAY - timedelta(days=1))):
            save_total(unit_of_work, owner, TOTAL, stamp)
    return instance_id, other


def test_the_newest_day_comes_first(unit_of_work: Store, pair: tuple[int, int]) -> None:
    with unit_of_work() as work:
        first = work.history.sizes(Choice(), Cut(1)).items[0]

    assert first == SizeOfDay(Owner(pair[0], "orders", "scripted"), size("audit", 1))
    assert sizes(unit_of_work) == [
        (pair[0], "audit", 0), (pair[0], "shop", 0), (pair[1], "audit", 0), (pair[1], "shop", 0),
        (pair[0], "shop", 1), (pair[1], "shop", 1)]


def test_names_come_by_code_point(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, *(evolve(SIZE, database_name=name) for name in HARD_NAMES))

    assert [name for _, name, _ in sizes(unit_of_work)] == sorted(HARD_NAMES)


def test_a_page_says_how_many_were_chosen(unit_of_work: Store, pair: tuple[int, int]) -> None:
    with unit_of_work() as work:
        pages = [work.history.sizes(Choice(), Cut(4, offset)) for offset in (0, 4, 8)]

    assert [(len(page.items), page.total) for page in pages] == [(4, 6), (2, 6), (0, 6)]
    assert len({row for page in pages for row in page.items}) == 6


def test_each_restriction_of_sizes(unit_of_work: Store, pair: tuple[int, int]) -> None:
    yesterday = DAY - timedelta(days=1)

    assert {row[2] for row in sizes(unit_of_work, Choice(first_day=DAY))} == {0}
    assert {row[2] for row in sizes(unit_of_work, Choice(last_day=yesterday))} == {1}
    assert {row[0] for row in sizes(unit_of_work, Choice(instance_ids=[pair[1]]))} == {pair[1]}
    assert {row[0] for row in sizes(unit_of_work, Choice(engines=["another", "none"]))} == {pair[1]}
    assert sizes(unit_of_work, Choice(instance_ids=[pair[0]], engines=["another"])) == []
    assert sizes(unit_of_work, Choice(first_day=DAY, last_day=yesterday)) == []


def test_a_name_chooses_exactly(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, *(evolve(SIZE, database_name=name) for name in HARD_NAMES))

    for name in HARD_NAMES:
        assert [row[1] for row in sizes(unit_of_work, Choice(database_name=name))] == [name]


def test_each_restriction_of_totals(unit_of_work: Store, pair: tuple[int, int]) -> None:
    def chosen(choice: Choice) -> list[tuple[int, int]]:
        with unit_of_work() as work:
            return [((DAY - row.day).days, row.owner.instance_id) for row in work.history.totals(choice, ALL).items]

    assert chosen(Choice()) == [(0, pair[0]), (0, pair[1]), (1, pair[0]), (1, pair[1])]
    assert chosen(Choice(first_day=DAY, engines=["another"])) == [(0, pair[1])]
    assert chosen(Choice(last_day=DAY - timedelta(days=1), instance_ids=[pair[0]])) == [(1, pair[0])]
    assert chosen(Choice(database_name="shop")) == chosen(Choice())


def test_totals_come_with_owner_day_and_time(unit_of_work: Store, instance_id: int) -> None:
    save_total(unit_of_work, instance_id, TOTAL)

    with unit_of_work() as work:
        page = work.history.totals(Choice(), ALL)
    assert (page.items, page.total) == ((TotalOfDay(Owner(instance_id, "orders", "scripted"), DAY, AT, TOTAL),), 1)


def test_a_withdrawn_total_is_not_in_the_history(unit_of_work: Store, instance_id: int) -> None:
    save_total(unit_of_work, instance_id, TOTAL)
    save_total(unit_of_work, instance_id, None)

    with unit_of_work() as work:
        assert work.history.totals(Choice(), ALL).total == 0
        assert work.history.total_summary(Choice()) == Summary()


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
