"""What a store promises of the databases and totals that alerts and reports look at."""
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import evolve

from capacity_sync.domain.capacity import InstanceTotal
from capacity_sync.domain.history import Owner, Totals
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing.store_contract.examples import (
    AT,
    DAY,
    Store,
    database,
    registered,
    save_databases,
    save_sizes,
    save_total,
)
from capacity_sync.testing.store_contract.history import MIB, size

__all__ = [
    "test_doubtful_is_what_was_not_measured_of_late_or_is_half_full",
    "test_instances_with_active_databases",
    "test_the_largest_sizes_and_bounds_are_no_doubt",
    "test_totals_of_days_that_lack_no_database",
]
YESTERDAY = DAY - timedelta(1)


def doubtful(unit_of_work: Store, before: datetime, ids: list[int] | None = None, days: int = 0) -> list[str]:
    """Instance and database of each; what is doubtful is told as `newest` tells it."""
    with unit_of_work() as work:
        found = work.series.doubtful(DAY - timedelta(days), before, ids)
        newest = work.series.newest(DAY - timedelta(days), ids)
    assert list(found) == [last for last in newest if last in found]
    return [f"{last.owner.name} {last.database_name}" for last in found]


def old(name: str, days: int, **more: Any) -> Any:
    return size(name, 1, days, collected_at=AT - timedelta(days), **more)


def test_doubtful_is_what_was_not_measured_of_late_or_is_half_full(unit_of_work: Store, instance_id: int) -> None:
    """An instance may be older than another, and a database older than its instance."""
    other = registered(unit_of_work, "billing")
    names = ("fresh", "half", "less", "open", "old", "older", "full and old", "never")
    save_databases(unit_of_work, instance_id, *map(database, names), KnownDatabase("gone", DAY, DAY, is_active=False))
    save_databases(unit_of_work, other, database("shop"))
    save_sizes(unit_of_work, instance_id, old("fresh", 0), old("half", 0, max_bytes=2 * MIB), old("open", 0),
               old("less", 0, max_bytes=2 * MIB + 1), old("old", 1), old("older", 2), old("older", 5),
               old("full and old", 1, max_bytes=MIB), old("gone", 9), old("fresh", 7, max_bytes=MIB))
    save_sizes(unit_of_work, other, old("shop", 1))

    always = ["orders full and old", "orders half", "orders never"]
    assert doubtful(unit_of_work, AT - timedelta(3)) == always
    assert doubtful(unit_of_work, AT - timedelta(2)) == [*always, "orders older"]
    assert doubtful(unit_of_work, AT - timedelta(1)) == [*always, "orders old", "orders older", "billing shop"]
    assert doubtful(unit_of_work, AT - timedelta(1), [other]) == ["billing shop"]
    assert doubtful(unit_of_work, AT - timedelta(8), [instance_id], days=7) == [
        f"orders {name}" for name in sorted(names)]
    assert doubtful(unit_of_work, AT, []) == []
    assert doubtful(unit_of_work, datetime.min.replace(tzinfo=UTC)) == always


def test_the_largest_sizes_and_bounds_are_no_doubt(unit_of_work: Store, instance_id: int) -> None:
    largest = 2**63 - 1
    save_databases(unit_of_work, instance_id, *map(database, ("full", "free", "legacy")))
    save_sizes(unit_of_work, instance_id, old("full", 0, size_bytes=largest, max_bytes=largest),
               old("free", 0, size_bytes=0, max_bytes=largest), old("legacy", 0, size_bytes=None, max_bytes=1))

    assert doubtful(unit_of_work, AT - timedelta(1)) == ["orders full"]


def test_instances_with_active_databases(unit_of_work: Store, instance_id: int) -> None:
    other, retired, empty = (registered(unit_of_work, name) for name in ("billing", "retired", "empty"))
    for owner in (instance_id, other, retired):
        save_databases(unit_of_work, owner, database("shop"), database("audit"))
    save_databases(unit_of_work, empty, KnownDatabase("gone", DAY, DAY, is_active=False))
    with unit_of_work() as work:
        work.instances.retire(["orders", "billing", "empty"], AT)
        work.commit()
        everyone, one, nobody = (list(work.series.active_owners(ids)) for ids in (None, [other, retired], []))

    orders, billing = Owner(instance_id, "orders", "scripted"), Owner(other, "billing", "scripted")
    assert (everyone, one, nobody) == ([orders, billing], [billing], [])


def test_totals_of_days_that_lack_no_database(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    whole, partial = InstanceTotal(3, 3 * MIB, 2, 2), InstanceTotal(1, MIB, 1, 2)
    for days, total in ((0, partial), (1, whole), (2, evolve(whole, total_bytes=None)), (3, whole), (4, whole)):
        save_total(unit_of_work, instance_id, total, Stamp(AT, DAY - timedelta(days)))
    save_total(unit_of_work, instance_id, None, Stamp(AT, DAY - timedelta(3)))

    with unit_of_work() as work:
        found = work.series.totals([instance_id, other], DAY - timedelta(9), DAY)
        part = work.series.totals([instance_id], DAY - timedelta(3), YESTERDAY)
    assert found == {instance_id: Totals({DAY - timedelta(4): 3 * MIB, YESTERDAY: 3 * MIB}, (1, 2)), other: Totals()}
    assert part == {instance_id: Totals({YESTERDAY: 3 * MIB}, (2, 2))}
