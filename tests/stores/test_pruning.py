"""Pruning an adopted schema on PostgreSQL: whole months go at once, unless one holds what must stay."""
from datetime import UTC, date, datetime

import pytest

from capacity_sync.adapters.stores.sql import altering
from capacity_sync.adapters.stores.sql.schema import upgrade
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.outcomes import StoreInterrupted
from capacity_sync.domain.retention import Keep, Kind, Pruned
from capacity_sync.use_cases.retention import Retention
from tests.stores.test_adopted_postgresql import rows, session
from tests.stores.test_months import writer  # noqa: F401 - a fixture
from tests.use_cases.world import HandClock

MONTHS = [(9, 30), (10, 31), (11, 30)]


@pytest.fixture
def adopted(postgresql_host):
    """Sizes of `shop` and totals of `orders`, one a day from September to November; `shop` is active, `old` is not."""
    with postgresql_host.begin() as connection:
        connection.exec_driver_sql("DELETE FROM database_size_stats")
        connection.exec_driver_sql("DELETE FROM instance_size_stats")
        connection.exec_driver_sql(
            "INSERT INTO database_size_stats (instance_id, database_name, size_mb, collected_date) "
            "SELECT 41, 'shop', 1, day FROM generate_series(date '2025-09-01', '2025-11-30', '1 day') day")
        connection.exec_driver_sql(
            "INSERT INTO instance_size_stats (instance_id, collected_date) "
            "SELECT 41, day FROM generate_series(date '2025-09-01', '2025-11-30', '1 day') day")
    upgrade(postgresql_host)
    return postgresql_host


def retention(store, today=date(2025, 12, 1)):
    return Retention(lambda: SqlUnitOfWork(store), HandClock(datetime.combine(today, datetime.min.time(), UTC)))


def days_left(store, table="database_size_stats"):
    return [n for (n,) in rows(store, f"SELECT count(*) FROM {table} GROUP BY date_trunc('month', collected_date) "
                                      "ORDER BY date_trunc('month', collected_date)")]


def partitions(store):
    return {name for (name,) in rows(store, "SELECT relname FROM pg_class WHERE relispartition AND relkind = 'r'")}


def test_whole_months_are_dropped_and_the_rest_deleted(adopted):
    report = retention(adopted).prune(Keep.parse("20d"))

    assert report.pruned == (
        Pruned(Kind.SIZES, 71, ["database_size_stats_2025_09", "database_size_stats_2025_10"]),
        Pruned(Kind.TOTALS, 71, ["instance_size_stats_2025_09", "instance_size_stats_2025_10"]),
        Pruned(Kind.RUNS, 0))
    assert partitions(adopted) == {"database_size_stats_2025_11", "instance_size_stats_2025_11"}
    assert days_left(adopted) == days_left(adopted, "instance_size_stats") == [20]


def test_looking_says_the_same_and_drops_nothing(adopted):
    looked = retention(adopted).look(Keep.parse("20d"))

    assert days_left(adopted) == [30, 31, 30]
    assert len(partitions(adopted)) == 6
    assert retention(adopted).prune(Keep.parse("20d")) == looked


def test_a_month_that_holds_the_last_size_of_an_active_database_is_not_dropped(adopted):
    with adopted.begin() as connection:
        connection.exec_driver_sql("DELETE FROM database_size_stats WHERE collected_date > '2025-10-10'")
        connection.exec_driver_sql("INSERT INTO database_size_stats (instance_id, database_name, size_mb, "
                                   "collected_date) SELECT 41, 'old', 1, '2025-10-20'")
        connection.exec_driver_sql("UPDATE instance_databases SET is_active = false WHERE database_name = 'old'")
    with SqlUnitOfWork(adopted) as work:   # though it was to be dropped a moment ago
        assert work.retention.drop(Kind.SIZES, "database_size_stats_2025_10", date(2025, 11, 30)) == 0
        assert work.retention.drop(Kind.SIZES, "database_size_stats_2025_09", date(2025, 9, 30)) == 0
    report = retention(adopted).prune(Keep.parse("1d"))

    assert report.pruned[0] == Pruned(Kind.SIZES, 30 + 9 + 1, ["database_size_stats_2025_09"])
    assert rows(adopted, "SELECT database_name, collected_date FROM database_size_stats") == [
        ("shop", date(2025, 10, 10))]
    assert "database_size_stats_2025_10" in partitions(adopted)


def test_a_month_that_holds_the_last_total_of_an_active_instance_is_not_dropped(adopted):
    with adopted.begin() as connection:
        connection.exec_driver_sql("UPDATE instance_size_stats SET is_deleted = true "
                                   "WHERE collected_date > '2025-10-10'")
        connection.exec_driver_sql("INSERT INTO instance_size_stats (instance_id, collected_date, is_deleted) "
                                   "VALUES (41, '2025-10-10', true)")
    report = retention(adopted).prune(Keep.parse("1d"))

    assert report.pruned[1] == Pruned(Kind.TOTALS, 30 + 1 + 30 + 29, ["instance_size_stats_2025_09"])
    assert rows(adopted, "SELECT collected_date, is_deleted FROM instance_size_stats ORDER BY 1") == [
        (date(2025, 10, 10), False), (date(2025, 11, 30), True)]


def test_a_horizon_in_the_middle_of_a_month_drops_only_what_ends_before_it(adopted):
    report = retention(adopted, date(2025, 11, 1)).prune(Keep.parse("1d"))

    assert report.pruned[0] == Pruned(Kind.SIZES, 30 + 30, ["database_size_stats_2025_09"])
    assert days_left(adopted) == [1, 30]


def test_what_was_dropped_can_be_written_again(adopted):
    retention(adopted).prune(Keep.parse("20d"))
    with SqlUnitOfWork(adopted) as work:
        assert work.retention.drop(Kind.SIZES, "database_size_stats_2025_09", date(2025, 12, 1)) == 0


def test_a_login_that_may_not_drop_deletes(adopted, writer):  # noqa: F811 - the fixture
    report = retention(writer).prune(Keep.parse("20d"))

    assert [(one.rows, one.partitions) for one in report.pruned] == [(71, ()), (71, ()), (0, ())]
    assert days_left(adopted) == [20]
    assert len(partitions(adopted)) == 6


def test_a_month_that_somebody_reads_is_left_for_the_next_time(adopted, monkeypatch):
    monkeypatch.setattr(altering, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr("capacity_sync.use_cases.run.PAUSES", (0.0,))
    with (session(adopted, "SELECT count(*) FROM database_size_stats"),
          pytest.raises(StoreInterrupted, match="database_size_stats_2025_09 stays: prune again when that session is")):
        retention(adopted).prune(Keep.parse("20d"))

    assert days_left(adopted) == [30, 31, 30]
    assert retention(adopted).prune(Keep.parse("20d")).pruned[0].rows == 71


def test_partitions_of_a_name_of_their_own_are_dropped_by_their_bounds(adopted):
    with adopted.begin() as connection:
        connection.execution_options(no_parameters=True).exec_driver_sql(
            'ALTER TABLE database_size_stats_2025_09 RENAME TO "Old ""sizes"" 100%"')
    report = retention(adopted).prune(Keep.parse("20d"))

    assert report.pruned[0] == Pruned(Kind.SIZES, 71, ['Old "sizes" 100%', "database_size_stats_2025_10"])
