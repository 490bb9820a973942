"""What a store promises of aggregates."""
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from attrs import evolve

from capacity_sync.domain.calculation import Computed, Level
from capacity_sync.domain.capacity import Basis, InstanceTotal
from capacity_sync.domain.growth import Change, Comparison, DatabaseAggregate, Spread, Trend
from capacity_sync.domain.history import Choice, Cut, Owner
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing.store_contract.examples import (
    AT,
    DAY,
    LATER,
    Store,
    database,
    registered,
    save_databases,
    save_sizes,
    save_total,
)
from capacity_sync.testing.store_contract.history import ALL, MIB, size

__all__ = [
    "test_a_day_without_all_databases_is_no_shrinkage",
    "test_a_rename_goes_on_where_the_old_name_ended",
    "test_an_aggregate_goes_when_its_totals_were_withdrawn",
    "test_averages_of_the_largest_numbers_are_exact",
    "test_computing_again_changes_nothing",
    "test_computing_again_updates_in_place",
    "test_every_field_of_a_database_aggregate",
    "test_every_field_of_an_instance_aggregate",
    "test_only_the_named_instances_are_computed",
    "test_what_cannot_be_compared_has_no_growth",
]
MONTHLY, DAILY = PeriodKind.MONTHLY, PeriodKind.DAILY
FEBRUARY, TODAY = Period(MONTHLY, date(2026, 2, 1)), Period(DAILY, DAY)
KNOWN: dict[str, Any] = {"identity": "1", "method": "files", "basis": Basis.FILE}


def compute(unit_of_work: Store, period: Period = FEBRUARY, ids: list[int] | None = None,
            at: Any = AT) -> list[Computed]:
    with unit_of_work() as work:
        computed = work.aggregates.compute(period, ids, at)
        work.commit()
    return list(computed)


def databases(unit_of_work: Store, kind: PeriodKind = MONTHLY, choice: Choice = Choice(),  # noqa: B008 - frozen
              cut: Cut = ALL) -> list[DatabaseAggregate]:
    with unit_of_work() as work:
        return list(work.aggregates.databases(kind, choice, cut).items)


def test_every_field_of_a_database_aggregate(unit_of_work: Store, instance_id: int) -> None:
    save_databases(unit_of_work, instance_id, evolve(database("shop"), first_seen=date(2026, 2, 10)))
    save_sizes(unit_of_work, instance_id, size("shop", 12, data_size_mb=3, log_size_mb=7, **KNOWN),
               size("shop", 15, 10, data_size_mb=4, size_bytes=15 * MIB + 1, **KNOWN),
               size("shop", 10, 40, data_size_mb=2, log_size_mb=None, **KNOWN))
    compute(unit_of_work)

    [shop] = databases(unit_of_work)
    assert (shop.owner, shop.database_name, shop.period) == (Owner(instance_id, "orders", "scripted"), "shop", FEBRUARY)
    assert (shop.megabytes, shop.data_count) == (Spread(13, 15, 12), 2)
    assert shop.change == Change(3, Decimal("30.00"))
    assert (shop.data_mb, shop.data_change) == (Spread(3, 4, 3), Change(1, Decimal("50.00")))
    assert (shop.log_mb, shop.log_change) == (Spread(7, 7, 7), Change())
    seen = shop.observed
    assert seen.bytes == Spread((27 * MIB + 1) // 2, 15 * MIB + 1, 12 * MIB)
    assert (seen.first_bytes, seen.last_bytes, seen.grown_bytes) == (15 * MIB + 1, 12 * MIB, -3 * MIB - 1)
    assert (seen.change_bytes, seen.comparison) == ((27 * MIB + 1) // 2 - 10 * MIB, Comparison.COMPARED)
    assert (seen.days_observed, seen.days_expected, shop.calculated_at) == (2, 19, AT)


def test_every_field_of_an_instance_aggregate(unit_of_work: Store, instance_id: int) -> None:
    save_databases(unit_of_work, instance_id, evolve(database("shop"), first_seen=date(2026, 2, 10)))
    for days, megabytes, count in ((40, 10, 2), (5, 15, 3), (0, 12, 3)):
        save_total(unit_of_work, instance_id, InstanceTotal(megabytes, megabytes * MIB, count, count),
                   Stamp(AT, DAY - timedelta(days=days)))
    compute(unit_of_work)

    with unit_of_work() as work:
        [orders] = work.aggregates.instances(MONTHLY, Choice(), ALL).items
    assert (orders.owner, orders.period) == (Owner(instance_id, "orders", "scripted"), FEBRUARY)
    assert (orders.megabytes, orders.databases, orders.data_count) == (Spread(13, 15, 12), Spread(3, 3, 3), 2)
    assert (orders.change, orders.trend) == (Change(3, Decimal("30.00")), Trend.GROWING)
    assert orders.database_change == Change(1, Decimal("50.00"))
    seen = orders.observed
    assert (seen.bytes, seen.first_bytes) == (Spread(27 * MIB // 2, 15 * MIB, 12 * MIB), 15 * MIB)
    assert (seen.last_bytes, seen.change_bytes) == (12 * MIB, 27 * MIB // 2 - 10 * MIB)
    assert (seen.comparison, seen.days_observed, seen.days_expected) == (Comparison.COMPARED, 2, 19)
    assert (orders.partial, orders.calculated_at) == (False, AT)


def test_computing_again_changes_nothing(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, size("shop", 12), size("audit", 1))
    save_total(unit_of_work, instance_id, InstanceTotal(13, None, 2, 2))
    other = registered(unit_of_work, "billing")

    assert compute(unit_of_work) == [
        Computed(FEBRUARY, Level.DATABASES, 2, 0, 1), Computed(FEBRUARY, Level.INSTANCES, 1, 0, 1)]
    before = databases(unit_of_work)
    assert compute(unit_of_work, ids=[instance_id, other], at=LATER) == [
        Computed(FEBRUARY, Level.DATABASES, 0, 2, 1), Computed(FEBRUARY, Level.INSTANCES, 0, 1, 1)]
    assert databases(unit_of_work) == before


def test_computing_again_updates_in_place(unit_of_work: Store, instance_id: int) -> None:
    save_sizes(unit_of_work, instance_id, size("shop", 12), size("audit", 1))
    compute(unit_of_work)
    save_sizes(unit_of_work, instance_id, size("shop", 14))

    assert compute(unit_of_work, at=LATER)[0] == Computed(FEBRUARY, Level.DATABASES, 1, 1, 0)
    assert [(one.megabytes.average, one.calculated_at) for one in databases(unit_of_work)] == [(1, AT), (14, LATER)]


def test_only_the_named_instances_are_computed(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    for owner in (instance_id, other):
        save_sizes(unit_of_work, owner, size("shop", 12))
        save_total(unit_of_work, owner, InstanceTotal(12, None, 1, 1))

    assert compute(unit_of_work, ids=[other])[1] == Computed(FEBRUARY, Level.INSTANCES, 1, 0, 0)
    assert [one.owner.instance_id for one in databases(unit_of_work)] == [other]


def test_averages_of_the_largest_numbers_are_exact(unit_of_work: Store, instance_id: int) -> None:
    largest = 2**63 - 1
    save_sizes(unit_of_work, instance_id, *(
        size("shop", 2**43, n, size_bytes=largest - n % 2) for n in range(20)))
    compute(unit_of_work)

    assert databases(unit_of_work)[0].observed.bytes == Spread(largest - 1, largest, largest - 1)


@pytest.mark.parametrize(("then", "why"), [
    ({"identity": "2"}, Comparison.RECREATED), ({"method": "another"}, Comparison.REMEASURED),
    ({"basis": Basis.ESTIMATE}, Comparison.REMEASURED)], ids=lambda value: str(value))
def test_what_cannot_be_compared_has_no_growth(unit_of_work: Store, instance_id: int, then: dict[str, Any],
                                               why: Comparison) -> None:
    save_sizes(unit_of_work, instance_id, size("shop", 15, 0, **KNOWN), size("shop", 10, 1, **{**KNOWN, **then}))
    compute(unit_of_work, TODAY)
    compute(unit_of_work)

    [day], [month] = databases(unit_of_work, DAILY), databases(unit_of_work)
    for one in (day, month):
        assert (one.change, one.growth, one.observed.comparison) == (Change(), None, why)
    assert (day.observed.first_bytes, month.observed.first_bytes) == (15 * MIB, None)
    assert month.observed.last_bytes == 15 * MIB


def test_a_rename_goes_on_where_the_old_name_ended(unit_of_work: Store, instance_id: int) -> None:
    """The old name is another database's by now."""
    save_sizes(unit_of_work, instance_id, size("old", 10, 1, **KNOWN), size("new", 12, 0, **KNOWN),
               size("old", 99, 0, **{**KNOWN, "identity": "2"}))
    compute(unit_of_work, TODAY)

    assert [(one.database_name, one.growth, one.observed.comparison) for one in databases(unit_of_work, DAILY)] == [
        ("new", 2 * MIB, Comparison.COMPARED), ("old", None, Comparison.RECREATED)]


def test_a_day_without_all_databases_is_no_shrinkage(unit_of_work: Store, instance_id: int) -> None:
    for days, megabytes, measured in ((3, 100, 4), (2, 20, 1), (1, 102, 4), (0, 10, 1)):
        save_total(unit_of_work, instance_id, InstanceTotal(megabytes, megabytes * MIB, measured, 4),
                   Stamp(AT, DAY - timedelta(days=days)))
    compute(unit_of_work)
    compute(unit_of_work, TODAY)

    with unit_of_work() as work:
        [month], [day] = (work.aggregates.instances(kind, Choice(), ALL).items for kind in (MONTHLY, DAILY))
    assert (month.partial, month.data_count, month.observed.days_observed) == (True, 4, 2)
    assert (month.observed.bytes, month.observed.grown_bytes) == (Spread(101 * MIB, 102 * MIB, 100 * MIB), 2 * MIB)
    assert (day.partial, day.change, day.trend, day.growth) == (True, Change(), Trend.STABLE, None)
    assert (day.observed.comparison, day.observed.bytes) == (Comparison.PARTIAL, None)


def test_an_aggregate_goes_when_its_totals_were_withdrawn(unit_of_work: Store, instance_id: int) -> None:
    save_total(unit_of_work, instance_id, InstanceTotal(1, 1, 1, 1))
    compute(unit_of_work)
    save_total(unit_of_work, instance_id, None)

    assert compute(unit_of_work)[1] == Computed(FEBRUARY, Level.INSTANCES, 0, 0, 1)
    with unit_of_work() as work:
        assert work.aggregates.instances(MONTHLY, Choice(), ALL).items == ()
