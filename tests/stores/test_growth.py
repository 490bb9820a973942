"""The aggregates of every store are those of the slow reference, number by number."""
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.capacity import Basis, InstanceTotal, StoredSize
from capacity_sync.domain.history import Choice, Cut
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.stamp import Stamp
from tests.servers.stores import empty
from tests.stores import growth_reference as reference

ALL = Cut(100_000)
AT = datetime(2026, 3, 1, 4, tzinfo=UTC)
OWNERS = ("alpha", "beta")
NAMES = ("shop", "Shop", "shop ")
EVES = tuple(map(date.fromisoformat, (
    "2024-02-28",  # before a leap day
    "2025-02-27",  # before the first of March of another year
    "2026-12-25",  # before ISO week 53, over the end of the year
    "2023-12-29",  # a year that ends on a Sunday
    "2026-03-28",  # before the end of a quarter
)))
STEPS = (0, 1, 2, 3, 4, 6, 7, 8, 13, 29, 30, 31, 59, 91, 92)
sizes_in_bytes = st.sampled_from([0, 1, 2**20 - 1, 2**20, 3 * 2**20 + 1, 2**43 + 7, 2**62, 2**63 - 1]) | st.integers(
    0, 2**63 - 1)


@st.composite
def stored(draw, days):
    size = draw(sizes_in_bytes)
    known = draw(st.sampled_from([True, True, True, False]))
    optional = st.none() | st.sampled_from([0, 1, 5, 2**43])
    return StoredSize(
        draw(st.sampled_from(NAMES)), draw(days), AT, size // 2**20, draw(optional), draw(optional),
        identity=draw(st.sampled_from([None, "1", "1", "2"])), size_bytes=size if known else None,
        method=draw(st.sampled_from([None, "files", "files", "files", "catalog"])),
        basis=draw(st.sampled_from([None, Basis.FILE, Basis.FILE, Basis.FILE, Basis.ESTIMATE])))


@st.composite
def histories(draw):
    """Rows and totals of two instances around the turn of a month, quarter or year."""
    eve = draw(st.sampled_from(EVES))
    days = st.sampled_from(STEPS).map(lambda step: eve + timedelta(days=step))
    owners, quiet = st.sampled_from(OWNERS), draw(st.booleans())
    rows = draw(st.lists(st.tuples(owners, stored(days)), max_size=14,
                         unique_by=lambda row: (row[0], row[1].database_name, row[1].collected_date)))
    if quiet:
        rows = [(owner, evolve(row, identity="1", method="files", basis=Basis.FILE)) for owner, row in rows]
    counts = st.sampled_from([(2, 2), (2, 2), (3, 3), (1, 2), (0, 1)])
    totals = draw(st.dictionaries(st.tuples(owners, days), st.builds(
        lambda mb, size, count: InstanceTotal(mb, size, *count), st.integers(0, 2**31 - 1),
        st.none() | sizes_in_bytes, counts), max_size=10))
    seen = draw(st.dictionaries(st.tuples(owners, st.sampled_from(NAMES)), days, max_size=4))
    return rows, totals, seen


def fill(work, rows, totals, seen):
    """The ids of the owners."""
    ids = work.instances.register([Instance(owner, "scripted") for owner in OWNERS], AT)
    for owner, id_ in ids.items():
        work.databases.save(id_, [KnownDatabase(name, day, day) for (of, name), day in seen.items() if of == owner], AT)
        work.sizes.save(id_, [row for of, row in rows if of == owner])
    for (owner, day), total in totals.items():
        work.sizes.save_total(ids[owner], total, Stamp(AT, day))
    return ids


def assert_like_the_reference(work, rows, totals, seen):
    with work:
        fill(work, rows, totals, seen)
        measured = work.aggregates.measured_days()
        for kind in PeriodKind:
            for period in sorted({Period.containing(kind, day) for day in measured}):
                work.aggregates.compute(period, None, AT)
            databases = work.aggregates.databases(kind, Choice(), ALL).items
            instances = work.aggregates.instances(kind, Choice(), ALL).items
            found = {(one.owner.name, one.database_name, one.period.start): reference.flat(one) for one in databases}
            same(found, reference.database_rows(kind.value, rows, seen))
            found = {(one.owner.name, one.period.start): reference.flat(one) for one in instances}
            same(found, reference.instance_rows(kind.value, totals, rows, seen))


def same(found, wanted):
    """Down to the one figure that differs."""
    assert sorted(map(repr, found)) == sorted(map(repr, wanted))
    for key, row in wanted.items():
        for figure, value in row.items():
            assert found[key][figure] == value, (key, figure)


@pytest.mark.parametrize(("store", "examples"), [
    ("sqlite", 40), ("postgresql", 20), ("mariadb", 20),
    *(pytest.param(store, 600, marks=pytest.mark.measured) for store in ("sqlite", "postgresql", "mariadb")),
], indirect=["store"])
def test_every_figure_is_that_of_the_reference(store, examples):
    @settings(max_examples=examples, deadline=None, print_blob=True)
    @given(histories())
    def check(history):
        assert_like_the_reference(SqlUnitOfWork(empty(store)), *history)

    check()


@settings(max_examples=150, deadline=None)
@given(histories())
def test_memory_is_that_of_the_reference(history):
    assert_like_the_reference(InMemoryUnitOfWork(), *history)
