"""What is kept of a day: its total, and never a worse value."""
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.capacity import (
    Basis,
    CapacityRow,
    InstanceFacts,
    InstanceTotal,
    StoredSize,
    total_of,
    worth_saving,
)
from capacity_sync.testing import strategies

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
names = strategies.colliding_names


def row(name="a", **more):
    return CapacityRow(name, 10, "stat", **{"basis": Basis.FILE} | more)


def stored(name="a", size=10, basis=Basis.FILE, **more):
    return StoredSize(name, AT.date(), AT, 7, size_bytes=size, basis=basis, **more)


def sizes_of_a_day(**fixed):
    return st.lists(strategies.stored_sizes(names, **fixed), max_size=3, unique_by=lambda size: size.database_name)


@given(sizes_of_a_day(), st.sets(names), strategies.facts)
def test_the_total_is_the_sum_over_the_rows_of_active_databases(sizes, active, facts):
    total = total_of(sizes, active, facts)
    counted = [size for size in sizes if size.database_name in active]

    if not counted:
        assert total is None
    else:
        unknown = any(size.size_bytes is None for size in counted)
        assert total == InstanceTotal(
            sum(size.size_mb for size in counted), None if unknown else sum(size.size_bytes for size in counted),
            len(counted), len(active), facts)


def test_a_day_without_rows_has_no_total_and_a_day_of_zeros_has_one():
    assert total_of([], ["a"], InstanceFacts()) is None
    assert total_of([stored("a", 0)], ["a", "b", "b"], InstanceFacts()) == InstanceTotal(7, 0, 1, 2)


@given(st.lists(strategies.capacity_rows(names, strategies.colliding_identities)),
       sizes_of_a_day(identity=strategies.colliding_identities))
def test_only_an_estimate_is_ever_not_worth_saving(rows, before):
    worth = list(worth_saving(rows, before))

    assert [r for r in rows if r.basis is not Basis.ESTIMATE] == [r for r in worth if r.basis is not Basis.ESTIMATE]
    better = {size.database_name for size in before if size.basis in (Basis.FILE, Basis.ALLOCATED, Basis.USED)}
    assert {r.database_name for r in rows if r not in worth} <= better


@pytest.mark.parametrize("basis", [Basis.FILE, Basis.ALLOCATED, Basis.USED])
@pytest.mark.parametrize(("before", "now"), [(None, None), ("1", "1"), (None, "1"), ("1", None)])
def test_an_estimate_never_replaces_a_better_value_of_the_same_day(basis, before, now):
    estimate = row(basis=Basis.ESTIMATE, identity=now)

    assert list(worth_saving([estimate, row("b")], [stored(basis=basis, identity=before)])) == [row("b")]


@pytest.mark.parametrize("before", [
    [], [stored("b")], [stored(basis=Basis.ESTIMATE)], [stored(basis=None)], [stored(identity="another")],
])
def test_an_estimate_is_worth_saving_where_nothing_better_is_known(before):
    estimate = row(basis=Basis.ESTIMATE, identity="1")

    assert list(worth_saving([estimate], before)) == [estimate]
