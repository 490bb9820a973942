"""Sizes: what was measured, what could not be, and what is kept of a day."""
from datetime import UTC, date, datetime

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.capacity import (
    MIB,
    Basis,
    CapacityRow,
    InstanceFacts,
    MbRounding,
    Measurements,
    StoredSize,
    Unmeasured,
    account_for,
    nothing_measured,
    total_of,
)
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.testing import strategies

names, carelessly = strategies.colliding_names, strategies.measurements(strategies.colliding_names)


def row(name="a", size=10, basis=Basis.FILE, **more):
    return CapacityRow(name, size, "stat", basis, **more)


@given(strategies.byte_counts)
def test_ceil_is_the_least_number_of_megabytes_that_holds_the_bytes(size):
    megabytes = MbRounding.CEIL.megabytes(size)

    assert (megabytes - 1) * MIB < size <= megabytes * MIB


@given(strategies.byte_counts)
def test_truncate_is_the_greatest_number_of_megabytes_within_the_bytes(size):
    megabytes = MbRounding.TRUNCATE.megabytes(size)

    assert megabytes * MIB <= size < (megabytes + 1) * MIB


@pytest.mark.parametrize(("size", "ceil", "truncate"), [
    (0, 0, 0), (1, 1, 0), (1048575, 1, 0), (1048576, 1, 1), (1048577, 2, 1), (2**63 - 1, 2**43, 2**43 - 1),
])
def test_rounding_by_example(size, ceil, truncate):
    assert (MbRounding.CEIL.megabytes(size), MbRounding.TRUNCATE.megabytes(size)) == (ceil, truncate)


@given(carelessly, st.lists(names))
def test_every_target_is_accounted_for_exactly_once_and_nothing_else(measured, targets):
    accounted = account_for(measured, targets)
    ended = [*(r.database_name for r in accounted), *(u.database_name for u in accounted.unmeasured)]

    assert sorted(ended) == sorted(set(targets))


@given(carelessly, st.lists(names))
def test_what_is_accounted_for_was_measured_and_is_sorted(measured, targets):
    accounted = account_for(measured, targets)
    lost = [u.database_name for u in accounted.unmeasured]

    assert set(accounted) <= set(measured)
    assert [r.database_name for r in accounted] == sorted(r.database_name for r in accounted)
    assert lost == sorted(lost)
    assert (accounted.facts, accounted.warnings) == (measured.facts, measured.warnings)
    assert accounted.degraded == measured.degraded & {r.database_name for r in accounted}


@given(carelessly, st.lists(names))
def test_accounting_twice_is_accounting_once(measured, targets):
    accounted = account_for(measured, targets)

    assert account_for(accounted, targets) == accounted


@given(carelessly, st.lists(names))
def test_a_reason_outweighs_a_size(measured, targets):
    """A sum known to be incomplete is unmeasured."""
    reasons = {u.database_name: u.failure for u in measured.unmeasured}
    accounted = account_for(measured, targets)

    assert {u.database_name: u.failure for u in accounted.unmeasured if u.database_name in reasons} == {
        name: failure for name, failure in reasons.items() if name in targets}


def test_a_target_that_the_engine_passed_over_is_unmeasured_and_worth_another_try():
    assert account_for(Measurements(), ["a"]).unmeasured == (Unmeasured(
        "a", Failure(Category.QUERY, "the engine returned no size for this database", retryable=True)),)


def test_a_target_with_two_different_sizes_is_unmeasured():
    assert account_for(Measurements([row(size=1), row(size=2)]), ["a"]).unmeasured == (Unmeasured(
        "a", Failure(Category.INTERNAL, "the engine returned 2 different sizes for this database")),)


def test_a_target_with_the_same_size_twice_is_measured():
    assert list(account_for(Measurements([row(), row()]), ["a", "a"])) == [row()]


@given(st.lists(strategies.names), strategies.failures)
def test_nothing_measured_gives_every_target_the_common_reason(targets, failure):
    nothing = nothing_measured(targets, failure)

    assert list(nothing) == []
    assert nothing.unmeasured == tuple(Unmeasured(name, failure) for name in sorted(set(targets)))


@given(strategies.measurements(), st.data())
def test_measurements_are_the_immutable_sequence_of_their_rows(measured, data):
    assert (list(measured), len(measured), measured[:2]) == (list(measured.rows), len(measured.rows), measured.rows[:2])
    if measured.rows:
        assert measured[data.draw(st.integers(0, len(measured) - 1))] in measured.rows
    with pytest.raises(AttributeError):
        measured.rows = ()


def test_all_of_a_size_is_data_unless_the_engine_splits_it():
    assert (row(size=10).data_bytes, row(size=10, data_bytes=4).data_bytes) == (10, 4)
    assert row(data_bytes=None).data_bytes is None


@pytest.mark.parametrize("wrong", [
    {"size": -1}, {"size": 1.0}, {"size": None}, {"data_bytes": -1}, {"log_bytes": 0.5}, {"max_bytes": -1},
    {"name": ""}, {"identity": ""}, {"identity": "x" * 129},
])
def test_a_size_that_is_no_exact_number_of_bytes_of_something_cannot_be_built(wrong):
    with pytest.raises((ValueError, TypeError)):
        row(**wrong)


@pytest.mark.parametrize("method", ["", "m" * 33])
def test_a_method_that_the_store_could_not_hold_cannot_be_built(method):
    with pytest.raises(ValueError, match="method"):
        CapacityRow("a", 1, method, Basis.FILE)


@pytest.mark.parametrize("value", [1, "1"])
def test_what_a_row_says_beyond_its_size_is_said_by_name(value):
    with pytest.raises(TypeError, match="positional"):
        CapacityRow("a", 10, "stat", Basis.FILE, value)


def test_a_row_at_the_limits_can_be_built():
    least = row(size=0, data_bytes=0, log_bytes=0, max_bytes=0, identity="x" * 128)

    assert [len(evolve(least, method="m" * length).method) for length in (1, 32)] == [1, 32]


@pytest.mark.parametrize("wrong", [{"overhead_bytes": -1}, {"log_bytes": -1}, {"log_bytes": 0.5}])
def test_facts_are_byte_counts_or_unknown(wrong):
    with pytest.raises((ValueError, TypeError)):
        InstanceFacts(**wrong)


def test_the_words_of_a_basis_are_those_of_the_store():
    assert [basis.value for basis in Basis] == ["file", "allocated", "used", "estimate"]


def test_a_total_of_more_than_the_legacy_column_holds_is_exact_in_bytes_only():
    day = [StoredSize(name, date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=UTC), size_mb=2**30, size_bytes=2**50)
           for name in "abc"]

    totals = [total_of(day[:count], "abc", InstanceFacts()) for count in (1, 2, 3)]

    assert [total.total_mb for total in totals] == [2**30, 2**31 - 1, 2**31 - 1]
    assert [total.total_bytes for total in totals] == [2**50, 2**51, 3 * 2**50]


def test_unknown_facts_are_not_zero():
    assert (InstanceFacts().overhead_bytes, InstanceFacts().log_bytes) == (None, None)
    assert Measurements() == Measurements((), (), InstanceFacts(), (), frozenset())
