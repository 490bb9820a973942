"""What a store promises of the history over all instances."""
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from capacity_sync.domain.capacity import StoredSize
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
    save_sizes,
    save_total,
)

__all__ = [
    "test_a_name_chooses_exactly",
    "test_a_page_says_how_many_were_chosen",
    "test_a_withdrawn_total_is_not_in_the_history",
    "test_each_restriction_of_sizes",
    "test_each_restriction_of_totals",
    "test_names_come_by_code_point",
    "test_the_newest_day_comes_first",
    "test_totals_come_with_owner_day_and_time",
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
