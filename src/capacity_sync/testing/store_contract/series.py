"""What a store promises of sizes along the days."""
from datetime import timedelta

from attrs import evolve

from capacity_sync.domain.history import DatabaseKey, LastSize, Owner
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.testing.store_contract.examples import (
    AT,
    DAY,
    HARD_NAMES,
    Store,
    database,
    registered,
    save_databases,
    save_sizes,
)
from capacity_sync.testing.store_contract.history import MIB, size

__all__ = [
    "test_a_database_without_rows_is_an_empty_series",
    "test_a_name_has_the_rows_of_every_incarnation",
    "test_a_series_goes_on_under_another_name",
    "test_names_of_series_match_exactly",
    "test_the_newest_row_of_every_active_database",
    "test_what_rose_is_found_by_name_and_by_identity",
]
WEEK_AGO = DAY - timedelta(7)


def read(unit_of_work: Store, *keys: DatabaseKey) -> list[list[tuple[str, int]]]:
    """Of each key the names and days back of its rows."""
    with unit_of_work() as work:
        found = work.series.of(keys, WEEK_AGO, DAY)
    return [[(row.database_name, (DAY - row.collected_date).days) for row in found[key]] for key in keys]


def risen(unit_of_work: Store, least: int, ids: list[int] | None = None) -> set[int]:
    with unit_of_work() as work:
        return set(work.series.risen(WEEK_AGO, DAY, least, ids))


def test_a_database_without_rows_is_an_empty_series(unit_of_work: Store, instance_id: int) -> None:
    assert read(unit_of_work, DatabaseKey(instance_id, "shop"), DatabaseKey(99, "shop")) == [[], []]


def test_a_name_has_the_rows_of_every_incarnation(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    save_databases(unit_of_work, instance_id, evolve(database("shop"), identity="2"))
    save_sizes(unit_of_work, instance_id, size("shop", 1, 8), size("shop", 1, 7, identity="1"), size("shop", 1, 3),
               size("shop", 1, 0, identity="2"), size("audit", 1, 0))
    save_sizes(unit_of_work, other, size("shop", 1, 1, identity="2"))

    assert read(unit_of_work, DatabaseKey(instance_id, "shop"), DatabaseKey(other, "shop")) == [
        [("shop", 7), ("shop", 3), ("shop", 0)], [("shop", 1)]]
    assert read(unit_of_work, DatabaseKey(other, "shop")) == [[("shop", 1)]]


def test_a_series_goes_on_under_another_name(unit_of_work: Store, instance_id: int) -> None:
    """Renamed yesterday; another database has the old name since, and one without identity joins nothing."""
    save_databases(unit_of_work, instance_id, evolve(database("new"), identity="1"),
                   evolve(database("old"), identity="2"), database("none"))
    save_sizes(unit_of_work, instance_id, size("old", 1, 3, identity="1"), size("old", 1, 2, identity="1"),
               size("new", 1, 1, identity="1"), size("old", 1, 0, identity="2"), size("none", 1, 4), size("bare", 1, 4))

    assert read(unit_of_work, DatabaseKey(instance_id, "new"), DatabaseKey(instance_id, "none")) == [
        [("old", 3), ("old", 2), ("new", 1)], [("none", 4)]]


def test_names_of_series_match_exactly(unit_of_work: Store, instance_id: int) -> None:
    save_databases(unit_of_work, instance_id, *map(database, HARD_NAMES))
    save_sizes(unit_of_work, instance_id, *(size(name, 1) for name in HARD_NAMES))
    keys = [DatabaseKey(instance_id, name) for name in HARD_NAMES]

    assert read(unit_of_work, *keys) == [[(name, 0)] for name in HARD_NAMES]


def test_the_newest_row_of_every_active_database(unit_of_work: Store, instance_id: int) -> None:
    other, retired = (registered(unit_of_work, name) for name in ("billing", "retired"))
    for owner in (instance_id, other, retired):
        save_databases(unit_of_work, owner, database("shop"), KnownDatabase("gone", WEEK_AGO, DAY, is_active=False))
        save_sizes(unit_of_work, owner, size("shop", 1, 3), size("shop", 2, 1), size("gone", 9))
    save_databases(unit_of_work, instance_id, database("never"))
    save_sizes(unit_of_work, instance_id, size("shop", 9))
    with unit_of_work() as work:
        work.instances.retire(["orders", "billing"], AT)
        work.commit()
        found = work.series.newest(DAY - timedelta(1), None)
        only = work.series.newest(DAY, [other])
        nothing = work.series.newest(DAY, [])

    orders, billing = Owner(instance_id, "orders", "scripted"), Owner(other, "billing", "scripted")
    assert list(found) == [LastSize(orders, "never", DAY), LastSize(orders, "shop", DAY, size("shop", 2, 1)),
                           LastSize(billing, "shop", DAY, size("shop", 2, 1))]
    assert list(only) == [found[2]]
    assert list(nothing) == []
    assert found[2].key == DatabaseKey(other, "shop")


def test_what_rose_is_found_by_name_and_by_identity(unit_of_work: Store, instance_id: int) -> None:
    named, renamed, quiet = (registered(unit_of_work, name) for name in ("named", "renamed", "quiet"))
    save_sizes(unit_of_work, named, size("shop", 15, 7), size("shop", 25))
    save_sizes(unit_of_work, renamed, size("old", 15, 7, identity="1"), size("new", 25, identity="1"))
    save_sizes(unit_of_work, quiet, size("a", 15, 7), size("b", 25), size("shop", 5, 8), size("shop", 24),
               size("shop", 15, 6), size("legacy", 1, 1, size_bytes=None), size("legacy", 90, size_bytes=None))

    assert risen(unit_of_work, 10 * MIB) == {named, renamed}
    assert risen(unit_of_work, 10 * MIB + 1) == set()
    assert risen(unit_of_work, 9 * MIB, [quiet, named]) == {quiet, named}
