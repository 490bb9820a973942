"""The schema on servers: created by several at once, cut off and completed, exact in its names."""
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from itertools import count

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from capacity_sync.adapters.stores.sql.locking import alone
from capacity_sync.adapters.stores.sql.migrations.mysql import COLLATIONS
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import (
    NEEDED_OF_A_HOST,
    Condition,
    check,
    ready_to_read,
    ready_to_sync,
    upgrade,
)
from capacity_sync.adapters.stores.sql.tables import REVISIONS, VERSION_TABLE, instance_size_stats, metadata
from capacity_sync.domain.outcomes import StoreRefused
from tests.servers.stores import mariadb_url, postgresql_url

_numbers = count()
spawn = multiprocessing.get_context("spawn")


def database_of(request, name, url):
    server, database = request.getfixturevalue(name), f"schema_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {database}")
    return url(server, database)


def postgresql(request):
    return database_of(request, "postgresql_server", postgresql_url)


def mariadb(request):
    return database_of(request, "mariadb_server", mariadb_url)


@pytest.fixture(params=[postgresql, mariadb], ids=lambda made: made.__name__)
def empty(request):
    """The URL of a database without a table."""
    return request.param(request)


@pytest.fixture
def empty_mariadb(request):
    return mariadb(request)


def created(url):
    """In a process of its own."""
    ready_to_sync(open_store(url))


def differences(engine):
    """Between what the migrations made and what the queries expect; without the stand-in for a partial index."""
    def compared(_, name, kind, __, ___):
        return (kind, name) not in {("column", "live_date"), ("index", "uq_daily_instance_size")}

    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True, "include_object": compared}
        return compare_metadata(MigrationContext.configure(connection, opts=options), metadata)


class CutOff(Exception):
    pass


@contextmanager
def cutting_off_whatever_creates(engine):
    def cut_off(_, __, sql, *___):
        if sql.split()[0] == "CREATE":
            raise CutOff

    sa.event.listen(engine, "after_cursor_execute", cut_off)
    yield
    sa.event.remove(engine, "after_cursor_execute", cut_off)


def versions(engine):
    with engine.connect() as connection:
        return connection.scalars(sa.select(sa.column("version_num")).select_from(sa.table(VERSION_TABLE))).all()


def test_the_migrations_make_the_tables_that_the_queries_expect(empty, opened):
    engine = opened(empty)
    ready_to_sync(engine)

    assert differences(engine) == []


def test_processes_at_once_create_one_store(empty, opened):
    with spawn.Pool(4) as pool:
        pool.map(created, [empty] * 4, chunksize=1)

    engine = opened(empty)
    assert (check(engine).condition, check(engine).adopted) == (Condition.CURRENT, False)
    assert versions(engine) == [REVISIONS[-1]]


def test_who_migrates_waits_for_the_lock(empty, opened):
    first, second = opened(empty), opened(empty)
    with ThreadPoolExecutor(1) as pool:
        with alone(first):
            waiting = pool.submit(ready_to_sync, second)
            with pytest.raises(TimeoutError):
                waiting.result(timeout=1)
            assert check(first).condition is Condition.EMPTY
        waiting.result(timeout=60)

    assert check(first).condition is Condition.CURRENT


@pytest.mark.parametrize("prepare", [ready_to_sync, upgrade])
def test_a_creation_that_is_cut_off_again_and_again_is_completed(empty_mariadb, opened, prepare):
    """After each statement that creates something: MariaDB commits all of them by itself."""
    engine, attempts = opened(empty_mariadb), 0
    with cutting_off_whatever_creates(engine):
        while check(engine).condition is not Condition.CURRENT and attempts < 99:
            with pytest.raises(StoreRefused):
                ready_to_read(engine)
            with suppress(CutOff):
                prepare(engine)
            attempts += 1

    assert attempts > len(metadata.tables)
    assert (check(engine).adopted, versions(engine), differences(engine)) == (False, [REVISIONS[-1]], [])


def test_a_day_is_unique_on_mariadb_among_what_is_not_withdrawn(empty_mariadb, opened):
    engine = opened(empty_mariadb)
    ready_to_sync(engine)

    [index] = [i for i in sa.inspect(engine).get_indexes(instance_size_stats.name) if i["unique"]]
    assert index["column_names"] == ["instance_id", "live_date"]


def test_the_legacy_tables_are_not_adopted_on_mariadb(empty_mariadb, opened):
    engine = opened(empty_mariadb)
    instances = sa.Table("instances", sa.MetaData(), *(sa.Column(name, sa.String(9)) for name in NEEDED_OF_A_HOST))
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateTable(instances))

    with pytest.raises(StoreRefused, match="adopted on PostgreSQL and SQLite only"):
        upgrade(engine)
    assert sa.inspect(engine).get_table_names() == ["instances"]


def test_a_server_whose_collations_take_two_names_for_one_is_refused(empty_mariadb, opened, monkeypatch):
    monkeypatch.setitem(COLLATIONS, True, ((99, 1), "utf8mb4_nopad_bin"))
    with pytest.raises(StoreRefused, match=r"has version 1\d[.\d]+, and 99\.1 is the first"):
        ready_to_sync(opened(empty_mariadb))


def test_a_store_is_refused_when_another_process_migrates_for_too_long(empty_mariadb, opened, monkeypatch):
    monkeypatch.setattr("capacity_sync.adapters.stores.sql.locking.PATIENCE_SECONDS", 0)
    first, second = opened(empty_mariadb), opened(empty_mariadb)
    with alone(first), pytest.raises(StoreRefused, match="another process"):
        ready_to_sync(second)
