"""The months of an adopted schema's partitions: made when they are missing, whoever asks, and never twice."""
from datetime import UTC, date, datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa

from capacity_sync.adapters.stores.sql import altering, months
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.partitions import Layout, Partition
from capacity_sync.adapters.stores.sql.schema import upgrade
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.outcomes import StoreRefused
from capacity_sync.testing.store_contract.examples import AT
from tests.stores.test_adopted_postgresql import rows, session, spawn, text_of
from tests.use_cases.world import World

PARTS = """
    SELECT parent.relname, part.relname, pg_get_expr(part.relpartbound, part.oid)
    FROM pg_inherits JOIN pg_class parent ON parent.oid = inhparent JOIN pg_class part ON part.oid = inhrelid
    WHERE parent.relkind = 'p' ORDER BY 1, 2
"""
NOVEMBER, DECEMBER = date(2025, 11, 1), date(2025, 12, 1)


@pytest.fixture
def adopted(postgresql_host):
    upgrade(postgresql_host)
    return postgresql_host


def synced(store, *days):
    """Once on each of the *days*, with one database."""
    world = World(store=SqlUnitOfWork(store), run_ids=(uuid4().hex for _ in days))
    world.server("orders", shop=13 << 20)
    for day in days:
        world.clock.now = datetime.combine(day, datetime.min.time(), UTC)
        world.sync()
    return world


def made_since(store, before):
    return [tuple(row) for row in rows(store, PARTS) if row not in before]


def from_to(first, end):
    return f"FOR VALUES FROM ('{first}') TO ('{end}')"


def test_a_new_month_gets_its_partitions_before_its_first_row(adopted):
    before = rows(adopted, PARTS)
    world = synced(adopted, date(2025, 11, 30), date(2025, 12, 1))

    assert made_since(adopted, before) == [
        (table, f"{table}_2025_12", from_to("2025-12-01", "2026-01-01"))
        for table in ("database_size_stats", "instance_size_stats")]
    assert world.sizes("orders") == {"shop": 13 << 20}
    assert rows(adopted, "SELECT count(*) FROM database_size_stats_2025_12") == [(1,)]
    assert rows(adopted, "SELECT count(*) FROM instance_size_stats_2025_12") == [(1,)]


def test_a_new_year_gets_its_partitions(adopted):
    synced(adopted, date(2025, 12, 31), date(2026, 1, 1))

    assert rows(adopted, "SELECT tableoid::regclass::text, collected_date FROM database_size_stats "
                         "WHERE collected_date > '2025-12-01' ORDER BY 2") == [
        ("database_size_stats_2025_12", date(2025, 12, 31)), ("database_size_stats_2026_01", date(2026, 1, 1))]


def test_a_partition_of_ours_is_like_one_of_the_host(adopted):
    """Its indexes, its keys, its trigger, its defaults and its owner."""
    def traits(month):
        return [rows(adopted, query.replace("{month}", month)) for query in (
            "SELECT replace(indexdef, '{month}', '') FROM pg_indexes WHERE tablename = 'instance_size_stats_{month}' "
            "ORDER BY 1",
            "SELECT replace(pg_get_constraintdef(oid), '{month}', ''), contype FROM pg_constraint "
            "WHERE conrelid = 'database_size_stats_{month}'::regclass ORDER BY 1",
            "SELECT tgname FROM pg_trigger WHERE tgrelid = 'database_size_stats_{month}'::regclass "
            "AND NOT tgisinternal",
            "SELECT column_name, column_default, is_nullable FROM information_schema.columns "
            "WHERE table_name = 'database_size_stats_{month}' ORDER BY 1",
            "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'database_size_stats_{month}'")]

    synced(adopted, DECEMBER)

    assert traits("2025_12") == traits("2025_11")
    assert traits("2025_12")[2] == [("touch_instance_database",)]


def test_who_owns_the_table_owns_its_parts_whoever_made_them(adopted):
    with adopted.begin() as connection:
        connection.exec_driver_sql('CREATE ROLE "the app 100%%"')
        for table in ("database_size_stats", "instance_size_stats"):
            connection.exec_driver_sql(f'ALTER TABLE {table} OWNER TO "the app 100%%"')

    synced(adopted, DECEMBER)

    assert rows(adopted, "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class "
                         "WHERE relname LIKE '%%size_stats_2025_12'") == [("the app 100%",)]


@pytest.mark.parametrize("bounds", [("2025-12-01", "2026-03-01"), ("2025-11-24", "MAXVALUE")])
def test_a_partition_that_covers_the_month_under_another_name_is_enough(adopted, bounds):
    text = from_to(*bounds).replace("'MAXVALUE'", "MAXVALUE")
    with adopted.begin() as connection:
        for table in ("database_size_stats", "instance_size_stats"):
            connection.exec_driver_sql(f"DROP TABLE {table}_2025_11")
            connection.exec_driver_sql(f"CREATE TABLE {table}_later PARTITION OF {table} {text}")
    before = rows(adopted, PARTS)
    synced(adopted, date(2025, 12, 1), date(2025, 12, 31))

    assert made_since(adopted, before) == []


def test_beside_the_weeks_of_a_host_the_rest_of_the_month_is_made(adopted):
    with adopted.begin() as connection:
        for table in ("database_size_stats", "instance_size_stats"):
            connection.exec_driver_sql(
                f"CREATE TABLE {table}_week PARTITION OF {table} {from_to('2025-12-08', '2025-12-15')}")
    before = rows(adopted, PARTS)
    synced(adopted, date(2025, 12, 1), date(2025, 12, 9), date(2025, 12, 20))

    assert made_since(adopted, before)[:2] == [
        ("database_size_stats", "database_size_stats_2025_12_01", from_to("2025-12-01", "2025-12-08")),
        ("database_size_stats", "database_size_stats_2025_12_15", from_to("2025-12-15", "2026-01-01"))]


def test_where_the_host_has_a_default_partition_nothing_is_made(adopted):
    with adopted.begin() as connection:
        for table in ("database_size_stats", "instance_size_stats"):
            connection.exec_driver_sql(f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT")
    before = rows(adopted, PARTS)
    world = synced(adopted, DECEMBER)

    assert made_since(adopted, before) == []
    assert world.sizes("orders") == {"shop": 13 << 20}


def test_a_store_of_its_own_has_no_partitions(postgresql_database, opened):
    store = opened(postgresql_database)
    upgrade(store)
    synced(store, DECEMBER)

    assert rows(store, PARTS) == []


def test_the_catalog_is_asked_once(adopted):
    asked = []
    sa.event.listen(adopted, "before_cursor_execute",
                    lambda _, __, sql, *___: asked.append(sql) if "pg_partitioned_table" in sql else None)
    synced(adopted, date(2025, 11, 30))
    first = len(asked)
    synced(adopted, date(2025, 11, 30))

    assert (first, len(asked)) == (2, 2)


def in_december(url):
    """In a process of its own; without the lease that a run takes."""
    with SqlUnitOfWork(open_store(url)) as work:
        work.sizes.save(41, [StoredSize("shop", DECEMBER, AT, size_mb=13)])
        work.commit()
        return [size.size_mb for size in work.sizes.of_day(41, DECEMBER)]


def test_processes_at_once_make_a_month_once(adopted):
    before = rows(adopted, PARTS)
    with spawn.Pool(4) as pool:
        assert pool.map(in_december, [text_of(adopted)] * 4, chunksize=1) == [[13]] * 4

    assert len(made_since(adopted, before)) == 2


def test_a_month_is_made_beside_others_that_read_and_write(adopted):
    """CREATE ... PARTITION OF would wait for them, and they for it."""
    with session(adopted, "SELECT count(*) FROM database_size_stats", "SELECT count(*) FROM instances",
                 "INSERT INTO database_size_stats (instance_id, database_name, size_mb, collected_date) "
                 "VALUES (42, 'ledger', 1, '2025-11-30')",
                 "INSERT INTO instance_size_stats (instance_id, collected_date) VALUES (42, '2025-11-30')") as other:
        world = synced(adopted, DECEMBER)
        other.commit()

    assert world.sizes("orders") == {"shop": 13 << 20}


def test_a_host_that_makes_the_month_meanwhile_is_no_error(adopted, monkeypatch):
    def host_first(*_):
        for table in ("database_size_stats", "instance_size_stats"):
            connection.exec_driver_sql(f"CREATE TABLE {table}_dec (LIKE {table})")
            connection.exec_driver_sql(
                f"ALTER TABLE {table} ATTACH PARTITION {table}_dec {from_to('2025-12-01', '2026-01-01')}")
        connection.commit()

    done = []

    def create(*arguments):
        done.append(host_first())
        made(*arguments)

    made = months._create
    monkeypatch.setattr(months, "_create", create)
    with adopted.connect() as connection:
        before = rows(adopted, PARTS)
        world = synced(adopted, DECEMBER)

    assert done
    assert [name for _, name, _ in made_since(adopted, before)] == [
        "database_size_stats_dec", "instance_size_stats_dec"]
    assert world.sizes("orders") == {"shop": 13 << 20}


@pytest.fixture
def writer(adopted, postgresql_server, opened):
    """A login that reads and writes rows and owns nothing."""
    name = f"writer_{adopted.url.database}"
    with adopted.begin() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {name} LOGIN PASSWORD 'of the writer'")
        connection.exec_driver_sql(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        connection.exec_driver_sql(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {name}")
    return opened(text_of(adopted).replace(
        f"{postgresql_server.superuser}:", f"{name}:").replace(adopted.url.password, "of the writer").replace(
        "s3cret%20of%20the%20throw-away%20superuser", "of%20the%20writer"))


def test_a_login_that_may_not_make_a_month_is_told_who_can_and_how(adopted, writer):
    with pytest.raises(StoreRefused) as refused:
        synced(writer, DECEMBER)

    way_out = ("CREATE TABLE database_size_stats_2025_12 PARTITION OF database_size_stats "
               "FOR VALUES FROM ('2025-12-01') TO ('2026-01-01')")
    assert "database_size_stats has no partition for 2025-12-01, and whoever owns it (postgres) can make one" in str(
        refused.value)
    assert str(refused.value).endswith(way_out)
    assert "\n" not in str(refused.value)
    with adopted.begin() as connection:
        for table in ("database_size_stats", "instance_size_stats"):
            connection.exec_driver_sql(way_out.replace("database_size_stats", table))
    assert synced(writer, DECEMBER).sizes("orders") == {"shop": 13 << 20}


def test_a_detached_table_of_that_name_is_left_alone(adopted):
    with adopted.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE database_size_stats_2025_12 (kept int)")

    with pytest.raises(StoreRefused, match=r'"database_size_stats_2025_12" already exists'):
        synced(adopted, DECEMBER)


def test_a_table_that_is_locked_for_too_long_is_named_as_the_reason(adopted, monkeypatch):
    monkeypatch.setattr(altering, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(altering, "PAUSES", (0.0,))
    with (session(adopted, "LOCK TABLE database_size_stats IN SHARE UPDATE EXCLUSIVE MODE"),
          pytest.raises(StoreRefused, match="another session keeps a table locked")):
        synced(adopted, DECEMBER)
    assert synced(adopted, DECEMBER).sizes("orders") == {"shop": 13 << 20}


WEEK = Partition(date(2025, 12, 8), date(2025, 12, 15), "week")


@pytest.mark.parametrize(("taken", "day", "first", "end", "name"), [
    ([], date(2025, 12, 31), DECEMBER, date(2026, 1, 1), "t_2025_12"),
    ([], date(2026, 1, 1), date(2026, 1, 1), date(2026, 2, 1), "t_2026_01"),
    ([], date(2024, 2, 29), date(2024, 2, 1), date(2024, 3, 1), "t_2024_02"),
    ([WEEK], date(2025, 12, 7), DECEMBER, date(2025, 12, 8), "t_2025_12_01"),
    ([WEEK], date(2025, 12, 15), date(2025, 12, 15), date(2026, 1, 1), "t_2025_12_15"),
    ([Partition(NOVEMBER, date(2025, 12, 3), "over")], date(2025, 12, 3), date(2025, 12, 3), date(2026, 1, 1),
     "t_2025_12_03"),
    ([Partition(date.min, DECEMBER, "past"), Partition(date(2026, 1, 1), date.max, "future")], date(2025, 12, 9),
     DECEMBER, date(2026, 1, 1), "t_2025_12"),
])
def test_a_gap_is_the_month_or_what_others_left_of_it(taken, day, first, end, name):
    found = Layout("public", "t", "app", taken)

    assert not found.has_room(day)
    assert found.gap(day) == Partition(first, end, name)
