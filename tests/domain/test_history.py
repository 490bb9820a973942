"""Reading back: which rows are chosen, and what may be compared."""
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.capacity import Basis, InstanceTotal, StoredSize
from capacity_sync.domain.history import (
    Choice,
    Cut,
    Owner,
    Page,
    SizeOfDay,
    Summary,
    TotalOfDay,
    comparable,
    complete,
)

DAY = date(2026, 3, 1)
SHOP = StoredSize("shop", DAY, datetime(2026, 3, 1, tzinfo=UTC), 1, identity="1", method="files", basis=Basis.FILE)
ORDERS = Owner(1, "orders", "scripted")


@pytest.mark.parametrize(("choice", "chosen"), [
    (Choice(), True), (Choice(DAY, DAY), True), (Choice(first_day=date(2026, 3, 2)), False),
    (Choice(last_day=date(2026, 2, 28)), False), (Choice(instance_ids=[1, 2]), True), (Choice(instance_ids=[2]), False),
    (Choice(engines=["scripted"]), True), (Choice(engines=["another"]), False),
])
def test_a_row_is_chosen_when_nothing_speaks_against_it(choice, chosen):
    assert choice.has(ORDERS, DAY) is chosen


@pytest.mark.parametrize(("limit", "offset"), [(0, 0), (-1, 0), (1, -1)])
def test_a_cut_that_means_nothing_cannot_be_made(limit, offset):
    with pytest.raises(ValueError, match="must be"):
        Cut(limit, offset)


@pytest.mark.parametrize("other", [{"identity": "2"}, {"method": "view"}, {"basis": Basis.ESTIMATE}])
def test_another_incarnation_or_another_measure_is_no_growth(other):
    assert comparable(SHOP, SHOP)
    assert not comparable(SHOP, evolve(SHOP, **other))
    assert not comparable(evolve(SHOP, **other), SHOP)


@pytest.mark.parametrize("field", ["identity", "method", "basis"])
def test_what_is_not_known_contradicts_nothing(field):
    unknown = evolve(SHOP, **{field: None})

    assert comparable(SHOP, unknown)
    assert comparable(unknown, SHOP)


@pytest.mark.parametrize(("measured", "expected"), [(3, True), (2, False)])
def test_a_total_is_complete_when_no_database_is_missing(measured, expected):
    assert complete(InstanceTotal(1, 1, measured, 3)) is expected


@pytest.mark.parametrize(("before", "after", "percent"), [(3, 4, "33.33"), (4, 3, "-25.00"), (8, 8, "0.00")])
def test_growth_in_percent(before, after, percent):
    assert Summary(compared=1, before=before, after=after).growth_percent == Decimal(percent)


def test_growth_from_zero_or_of_nothing_has_no_percentage():
    assert Summary(compared=1, before=0, after=5).growth_percent is None
    assert Summary(compared=0, before=0, after=0).growth_percent is None


@given(before=st.integers(1, 2**62), after=st.integers(0, 2**62), scale=st.integers(2, 1000))
def test_growth_does_not_depend_on_the_unit(before, after, scale):
    growth = Summary(compared=1, before=before, after=after).growth_percent

    assert Summary(compared=1, before=before * scale, after=after * scale).growth_percent == growth
    assert (growth > 0) <= (after > before)


def test_a_choice_takes_any_collection_and_restricts_nothing_unless_told():
    assert Choice(instance_ids=[1, 1], engines=["x"]) == Choice(None, None, frozenset({1}), frozenset({"x"}), None)
    assert Choice().has(ORDERS, DAY)


def test_a_cut_starts_at_the_beginning_unless_told_otherwise():
    assert Cut(1) == Cut(1, 0)
    assert Page([1, 2], 5).items == (1, 2)


def test_owners_are_ordered_by_their_number():
    assert sorted([Owner(2, "a", "x"), Owner(1, "b", "y")]) == [Owner(1, "b", "y"), Owner(2, "a", "x")]


def test_a_summary_of_nothing_is_zero_rows_of_unknown_bytes():
    assert Summary() == Summary(0, 0, 0, None, 0, 0, 0, 0)


def test_what_is_read_back_is_a_value():
    total = InstanceTotal(1, 1, 1, 1)

    assert SizeOfDay(ORDERS, SHOP) == SizeOfDay(ORDERS, SHOP)
    assert TotalOfDay(ORDERS, DAY, SHOP.collected_at, total) == TotalOfDay(ORDERS, DAY, SHOP.collected_at, total)
