"""Pruning, as a use case: batches, retries, and nothing written when only looked at."""
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import upgrade
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.capacity import InstanceTotal, StoredSize
from capacity_sync.domain.history import Choice, Cut
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.outcomes import StoreInterrupted
from capacity_sync.domain.periods import PeriodKind
from capacity_sync.domain.retention import Keep, Kind, Pruned, PruneReport, Span
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import RunRecord, Status
from capacity_sync.use_cases.aggregation import Aggregation
from capacity_sync.use_cases.retention import BATCH, Retention
from tests.servers.stores import empty
from tests.use_cases.world import HandClock

AT = HandClock().now
TODAY = AT.date()
SLOW = (PeriodKind.MONTHLY, PeriodKind.QUARTERLY)
NAMES, INSTANCES = ("a", "b", "c"), ("one", "two")


def ago(days):
    return TODAY - timedelta(days=days)


def filled(work, sizes=(), totals=(), runs=(), gone=(), left=()):
    """*sizes*: (instance, name, days ago); *totals*: (instance, days ago); *runs*: days ago."""
    with work:
        ids = work.instances.register([Instance(name, "scripted") for name in INSTANCES], AT)
        work.instances.retire(set(INSTANCES) - set(left), AT)
        for owner in INSTANCES:
            work.databases.save(ids[owner], [KnownDatabase(name, TODAY, TODAY, is_active=(owner, name) not in gone)
                                             for name in NAMES], AT)
            work.sizes.save(ids[owner], [
                StoredSize(name, ago(n), AT - timedelta(days=n), size_mb=1) for o, name, n in sizes if o == owner])
        for owner, n in totals:
            work.sizes.save_total(ids[owner], InstanceTotal(1, 1, 1, 1), Stamp(AT - timedelta(days=n), ago(n)))
        for n in runs:
            work.runs.start(RunRecord(f"run-{n}", Status.COMPLETED, AT - timedelta(days=n), ago(n)))
        work.commit()
    return work


def left_in(work):
    """The same, read back."""
    with work:
        names = {id_: name for name, id_ in work.instances.ids().items()}
        days = [(id_, n) for id_ in names for n in range(40)]
        return ({(names[id_], size.database_name, n) for id_, n in days for size in work.sizes.of_day(id_, ago(n))},
                {(names[id_], n) for id_, n in days if work.sizes.total(id_, ago(n))},
                {(TODAY - run.collected_date).days for run in work.runs.recent(99)})


def slowly_kept(keep, sizes, totals, runs, gone, left):
    """Row by row, as the promise reads."""
    def young(n):
        return ago(n) >= keep.horizon(TODAY)

    def last(n, others):
        return n == min(others)

    return ({(o, name, n) for o, name, n in sizes if young(n) or (
                (o, name) not in gone and last(n, [m for p, other, m in sizes if (p, other) == (o, name)]))},
            {(o, n) for o, n in totals if young(n) or (o not in left and last(n, [m for p, m in totals if p == o]))},
            {n for n in runs if young(n) or last(n, runs)})


days = st.integers(0, 39)
keys = st.tuples(st.sampled_from(INSTANCES), st.sampled_from(NAMES))
worlds = st.fixed_dictionaries({
    "sizes": st.sets(st.tuples(st.sampled_from(INSTANCES), st.sampled_from(NAMES), days), max_size=25),
    "totals": st.sets(st.tuples(st.sampled_from(INSTANCES), days), max_size=12),
    "runs": st.sets(days, max_size=6), "gone": st.sets(keys, max_size=3),
    "left": st.sets(st.sampled_from(INSTANCES), max_size=1)})


@pytest.fixture(scope="module")
def sqlite_store():
    store = open_store("sqlite://")
    upgrade(store)
    yield store
    store.dispose()


@settings(deadline=None, max_examples=60)
@given(worlds, st.builds(Keep, st.integers(1, 40), st.just(Span.DAYS)), st.integers(1, 5))
def test_what_is_left_is_what_the_promise_says(sqlite_store, contents, keep, batch):
    with patch.dict(BATCH, dict.fromkeys(Kind, batch)):
        for work in (InMemoryUnitOfWork(), SqlUnitOfWork(empty(sqlite_store))):
            check_pruning(filled(work, **contents), contents, keep)


def check_pruning(work, contents, keep):
    expected, use_case = slowly_kept(keep, **contents), Retention(lambda: work, HandClock())
    looked = use_case.look(keep)

    assert left_in(work) == (contents["sizes"], contents["totals"], contents["runs"])
    assert use_case.prune(keep) == looked
    assert left_in(work) == expected
    assert [one.rows for one in looked.pruned] == [
        len(contents[name]) - len(expected[n]) for n, name in enumerate(("sizes", "totals", "runs"))]
    assert use_case.prune(keep) == PruneReport(looked.horizon, [Pruned(kind, 0) for kind in Kind], looked.cut)


@pytest.fixture
def work():
    return filled(InMemoryUnitOfWork(), sizes={("one", name, n) for name in NAMES for n in range(5, 15)},
                  runs=range(5, 15))


def test_batches_are_transactions_of_their_own(work, monkeypatch):
    commits = []
    committed = InMemoryUnitOfWork.commit
    monkeypatch.setattr(InMemoryUnitOfWork, "commit", lambda self: (commits.append(1), committed(self))[1])
    with patch.dict(BATCH, {Kind.SIZES: 10, Kind.TOTALS: 10, Kind.RUNS: 4}):
        Retention(lambda: work, HandClock()).prune(Keep.parse("1d"))

    sizes, runs = 3, 3
    assert len(commits) == sizes + runs


def test_an_interrupted_batch_is_done_again(work, monkeypatch):
    monkeypatch.setattr("capacity_sync.use_cases.run.PAUSES", (0.0,))
    broken = [StoreInterrupted("deadlock"), None] * 9
    committed = InMemoryUnitOfWork.commit

    def commit(self):
        if error := broken.pop(0):
            raise error
        committed(self)

    monkeypatch.setattr(InMemoryUnitOfWork, "commit", commit)
    report = Retention(lambda: work, HandClock()).prune(Keep.parse("1d"))

    assert [one.rows for one in report.pruned] == [27, 0, 9]


def test_what_is_dropped_whole_is_counted(monkeypatch):
    """With a store that has partitions."""
    work = filled(InMemoryUnitOfWork(), sizes={("one", "a", n) for n in range(5)})
    dropped = []

    @frozen
    class Partitioned:
        inner: object

        def __getattr__(self, name):
            return getattr(self.inner, name)

        def partitions(self, kind, horizon):
            return ["p1", "p2"] if kind is Kind.TOTALS else []

        def drop(self, kind, partition, horizon):
            dropped.append((kind, partition, horizon))
            return 100

    real = InMemoryUnitOfWork.retention.fget
    monkeypatch.setattr(InMemoryUnitOfWork, "retention", property(lambda self: Partitioned(real(self))))
    report = Retention(lambda: work, HandClock()).prune(Keep.parse("2d"))

    assert report == PruneReport(ago(2), [Pruned(Kind.SIZES, 2), Pruned(Kind.TOTALS, 200, ["p1", "p2"]),
                                          Pruned(Kind.RUNS, 0)], report.cut)
    assert dropped == [(Kind.TOTALS, name, ago(2)) for name in ("p1", "p2")]


def test_aggregates_outlive_the_rows_they_were_made_of(sqlite_store):
    for work in (InMemoryUnitOfWork(), SqlUnitOfWork(empty(sqlite_store))):
        filled(work, {("one", "a", n) for n in range(200)}, {("one", n) for n in range(200)})
        aggregation = Aggregation(lambda work=work: work, HandClock())
        aggregation.due(SLOW)
        before = aggregates_in(work)
        report = Retention(lambda work=work: work, HandClock()).prune(Keep.parse("6mo"))
        aggregation.due(SLOW)

        assert (report.cut, report.pruned[1].rows) == ((), 200 - (TODAY - date(2025, 9, 1)).days - 1)
        assert aggregates_in(work) == before
        assert len(before) == 2 * (8 + 3)


@pytest.mark.parametrize(("keep", "cut"), [
    ("1d", ["weekly", "monthly", "quarterly"]), ("7d", ["weekly", "monthly", "quarterly"]),
    ("13d", ["monthly", "quarterly"]), ("28d", ["quarterly"]), ("150d", ["quarterly"]), ("151d", []), ("6mo", []),
])
def test_it_is_said_which_aggregates_lose_days_that_they_may_still_need(work, keep, cut):
    """Those of today's period and of the one before it, with which it is compared; today is Sunday, March 1st."""
    assert [kind.value for kind in Retention(lambda: work, HandClock()).look(Keep.parse(keep)).cut] == cut


def aggregates_in(work):
    with work:
        return [row for kind in SLOW for read in (work.aggregates.databases, work.aggregates.instances)
                for row in read(kind, Choice(), Cut(9999)).items]


def test_today_is_the_clocks(work):
    assert Retention(lambda: work, HandClock()).look(Keep.parse("1y")).horizon == date(2025, 3, 1)
