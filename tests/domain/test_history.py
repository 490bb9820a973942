"""Sizes and totals as they are read back."""
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.capacity import Basis, InstanceTotal, StoredSize
from capacity_sync.domain.history import Choice, Cut, Owner, Page, Summary, comparable, complete

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
DAY = AT.date()
owners = st.builds(Owner, st.integers(1, 2), st.just("one"), st.sampled_from(["x", "y"]))
days = st.integers(-1, 1).map(lambda n: DAY + timedelta(n))
choices = st.builds(Choice, st.none() | days, st.none() | days, st.frozensets(st.integers(1, 2), max_size=1),
                    st.frozensets(st.sampled_from(["x", "y"]), max_size=1))


def size(**more):
    return StoredSize("a", DAY, AT, 7, **more)


@given(choices, owners, days)
def test_a_choice_has_what_none_of_its_restrictions_excludes(choice, owner, day):
    excluded = [
        choice.first_day is not None and day < choice.first_day,
        choice.last_day is not None and day > choice.last_day,
        choice.instance_ids and owner.instance_id not in choice.instance_ids,
        choice.engines and owner.engine not in choice.engines,
    ]

    assert choice.has(owner, day) is not any(excluded)


@given(owners, days)
def test_a_choice_without_restrictions_has_everything(owner, day):
    assert Choice().has(owner, day)
    assert Choice(day, day, [owner.instance_id], [owner.engine]).has(owner, day)


def test_a_choice_takes_any_collection():
    assert Choice(instance_ids=[1, 1], engines=["x"]) == Choice(None, None, frozenset({1}), frozenset({"x"}), None)


@pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 1, "offset": -1}])
def test_a_cut_takes_something_from_somewhere(wrong):
    with pytest.raises(ValueError, match=[*wrong][-1]):
        Cut(**wrong)


def test_a_cut_starts_at_the_beginning_unless_told_otherwise():
    assert Cut(1) == Cut(1, 0)
    assert Page([1, 2], 5).items == (1, 2)


@given(owners, owners)
def test_owners_are_ordered_by_their_number(one, other):
    assert (one < other) == ((one.instance_id, one.name, one.engine) < (other.instance_id, other.name, other.engine))


@pytest.mark.parametrize(("before", "after", "percent"), [
    (100, 150, "50"), (3, 4, "33.33"), (3, 2, "-33.33"), (100, 100, "0"), (100, 0, "-100"),
    (2**62, 2**62 + 2**61, "50"),
])
def test_growth_is_a_share_of_what_was_with_two_decimals(before, after, percent):
    assert Summary(compared=1, before=before, after=after).growth_percent == Decimal(percent)


@pytest.mark.parametrize("summary", [
    Summary(), Summary(compared=0, before=1, after=2), Summary(compared=1, before=0, after=2),
])
def test_growth_of_nothing_is_not_known(summary):
    assert summary.growth_percent is None


def test_a_summary_of_nothing_is_zero_rows_of_unknown_bytes():
    assert Summary() == Summary(0, 0, 0, None, 0, 0, 0, 0)


@pytest.mark.parametrize(("then", "now", "answer"), [
    ({}, {}, True),
    ({"identity": "1", "method": "stat", "basis": Basis.FILE}, {"identity": "1", "method": "stat", "basis": Basis.FILE},
     True),
    ({"identity": "1", "method": "stat", "basis": Basis.FILE}, {}, True),
    ({}, {"identity": "1", "method": "stat", "basis": Basis.FILE}, True),
    ({"identity": "1"}, {"identity": "2"}, False),
    ({"method": "stat"}, {"method": "query"}, False),
    ({"basis": Basis.FILE}, {"basis": Basis.ESTIMATE}, False),
])
def test_only_sizes_of_one_incarnation_measured_in_one_way_are_comparable(then, now, answer):
    assert comparable(size(**then), size(**now)) is answer


@pytest.mark.parametrize(("measured", "expected", "answer"), [(2, 2, True), (1, 2, False), (0, 0, True), (3, 2, False)])
def test_a_total_is_complete_when_every_active_database_is_in_it(measured, expected, answer):
    assert complete(InstanceTotal(1, 1, measured, expected)) is answer
