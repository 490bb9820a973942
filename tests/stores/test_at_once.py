"""Stores on servers, written by several at once; and what a write costs there."""
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa

from capacity_sync.adapters.stores.sql.tables import (
    capacity_sync_store,
    database_lifecycle_events,
    database_size_stats,
)
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import StoreFailed, StoreInterrupted
from capacity_sync.domain.reconciliation import EventKind, LifecycleEvent
from capacity_sync.testing.store_contract.examples import AT, DAY, LATER, RUN, STAMP, TOTAL, database
from tests.stores.test_transactions import WRITER
from tests.use_cases.world import World

ON_SERVERS = pytest.mark.parametrize("store", ["postgresql", "mariadb"], indirect=True)
NAMES = [f"db {n:04}" for n in range(2000)]


def text_of(engine):
    return engine.url.render_as_string(hide_password=False)


@ON_SERVERS
def test_a_phase_is_one_statement_per_table_however_many_databases(store):
    sent = []
    work = SqlUnitOfWork(store)
    with work:
        owner = work.instances.register([Instance("orders", "mysql")], AT)["orders"]
        work.sizes.save(owner, [StoredSize("first", LATER.date(), LATER, size_mb=1)])
        work.sizes.save_total(owner, TOTAL, STAMP)   # the first write asks whether the tables are partitioned
        work.commit()
    sa.event.listen(store, "before_cursor_execute",
                    lambda _, __, sql, ___, ____, many: sent.append((sql.split()[0], many)))

    with work:
        work.databases.save(owner, [database(name) for name in NAMES], AT)
        work.databases.record(owner, [LifecycleEvent(name, EventKind.CREATED) for name in NAMES], "run-1", AT)
        work.sizes.save(owner, [StoredSize(name, DAY, AT, size_mb=1) for name in NAMES])
        work.sizes.save_total(owner, TOTAL, STAMP)
        work.commit()

    assert sent == [("INSERT", False)] * 4   # with many parameters psycopg2 would send them one by one
    with work:
        assert [known.name for known in work.databases.known(owner)] == NAMES
        assert [event.database_name for event in work.databases.events(owner)] == NAMES
        assert [size.database_name for size in work.sizes.of_day(owner, DAY)] == NAMES


@pytest.mark.parametrize("store", ["mariadb"], indirect=True)
def test_pymysql_sends_many_rows_in_one_statement(store):
    with SqlUnitOfWork(store) as work:
        owner = work.instances.register([Instance("orders", "mysql")], AT)["orders"]
        before = inserts(work)
        work.sizes.save(owner, [StoredSize(name, DAY, AT, size_mb=1) for name in NAMES])
        assert inserts(work) == before + 1


def inserts(work):
    """How many INSERT the server had from this session."""
    [(_, number)] = work._connection().exec_driver_sql("SHOW SESSION STATUS LIKE 'Com_insert'")
    return int(number)


@ON_SERVERS
def test_processes_that_read_and_then_write_lose_nothing(store):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, text_of(store)], stderr=subprocess.PIPE)
               for _ in range(3)]
    errors = [writer.communicate(timeout=60)[1] for writer in writers]

    assert errors == [b""] * 3
    with SqlUnitOfWork(store) as work:
        [known] = work.databases.known(work.instances.ids()["orders"])
    assert known.identity == "120"


@ON_SERVERS
def test_who_syncs_an_instance_waits_for_another_one_and_sees_what_it_wrote(store):
    world, other = World(store=SqlUnitOfWork(store)), SqlUnitOfWork(store)
    world.server(shop=1, zoo=2)
    with ThreadPoolExecutor(1) as pool:
        with other as work:
            owner = work.instances.register([world.instance()], AT)["one"]
            second = pool.submit(world.coordinator().synchronize_inventory, world.instance())
            with pytest.raises(TimeoutError):
                second.result(timeout=1)
            work.databases.save(owner, [database("shop")], AT)
            work.databases.record(owner, [LifecycleEvent("shop", EventKind.CREATED)], "run-0", AT)
            work.commit()
        second.result(timeout=30)

    assert world.events() == [("created", "shop", None), ("created", "zoo", None)]


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_in_an_adopted_store_they_wait_too_though_no_row_of_the_host_is_written(store):
    world, other = World(store=SqlUnitOfWork(store)), SqlUnitOfWork(store)
    world.server(shop=1)
    world.coordinator().synchronize_inventory(world.instance())
    noted = sa.update(capacity_sync_store).where(capacity_sync_store.c.key == "adopted")
    with store.begin() as connection:
        connection.execute(noted.values(value="true"))
    world.servers["one"].sizes["zoo"] = 2
    try:
        with ThreadPoolExecutor(1) as pool:
            with other as work:
                owner = work.instances.register([world.instance()], AT)["one"]
                second = pool.submit(world.coordinator().synchronize_inventory, world.instance())
                with pytest.raises(TimeoutError):
                    second.result(timeout=1)
                work.databases.save(owner, [database("zoo")], AT)
                work.commit()
            second.result(timeout=30)
    finally:
        with store.begin() as connection:
            connection.execute(noted.values(value="false"))

    assert world.events() == [("created", "shop", None)]


@ON_SERVERS
def test_threads_that_sync_the_same_instances_leave_the_rows_of_one(store):
    def synced(number):
        world = World(store=SqlUnitOfWork(store), run_ids=(f"run-{number}-{n}" for n in range(9)))
        for name in ("one", "two", "three"):
            world.server(name, shop=1, zoo=2)
        return [world.sync().status.value for _ in range(5)]

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(synced, range(6)))

    assert statuses == [["completed"] * 5] * 6
    with store.connect() as connection:
        for table in (database_lifecycle_events, database_size_stats):
            names = sa.select(table.c.database_name).order_by(table.c.database_name)
            assert connection.scalars(names).all() == ["shop"] * 3 + ["zoo"] * 3


@ON_SERVERS
def test_a_text_that_does_not_fit_is_refused_and_not_cut_off(store):
    with SqlUnitOfWork(store) as work:
        owner = work.instances.register([Instance("orders", "mysql")], AT)["orders"]
        with pytest.raises(StoreFailed, match="too long"):
            work.databases.save(owner, [database("n" * 256)], AT)


@ON_SERVERS
def test_a_text_longer_than_64_kib_is_kept(store):
    said = "\U0001f600" * 40_000
    with SqlUnitOfWork(store) as work:
        work.runs.start(RUN)
        work.runs.finish("run-1", RUN.status, AT, said)
        work.commit()
        found = work.runs.find("run-1")
    assert found.error == said


def once(engine, before, then):
    """Do *then*, with the driver's connection, right before the first statement that begins with *before*."""
    done = []

    def interrupt(connection, _, sql, *__):
        if not done and sql.startswith(before):
            done.append(sql)
            then(connection.connection.dbapi_connection)

    sa.event.listen(engine, "before_cursor_execute", interrupt)
    return done


def killed_in(request, dialect):
    """What kills a session, from outside of it."""
    if dialect == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        return lambda session: server.execute(f"SELECT pg_terminate_backend({session.info.backend_pid}, 5000)")
    server = request.getfixturevalue("mariadb_server")
    return lambda session: server.execute(f"KILL {session.thread_id()}")


@ON_SERVERS
@pytest.mark.parametrize("table", ["instance_databases", "database_lifecycle_events", "database_size_stats"])
def test_a_session_killed_in_a_phase_costs_an_attempt_and_nothing_else(store, table, request):
    world = World(store=SqlUnitOfWork(store))
    world.server(shop=1, zoo=2)
    done = once(store, f"INSERT INTO {table} ", killed_in(request, store.dialect.name))

    assert world.sync().status.value == "completed"

    assert done != []
    assert world.sizes() == {"shop": 1, "zoo": 2}
    assert world.events() == [("created", "shop", None), ("created", "zoo", None)]


@ON_SERVERS
def test_one_of_two_that_wait_for_each_other_is_interrupted(store):
    def crossing(first, second):
        with SqlUnitOfWork(store) as work:
            work.instances.register([Instance(first, "mysql")], AT)
            both.wait(timeout=30)
            work.instances.register([Instance(second, "mysql")], AT)
            work.commit()

    for name in ("one", "two"):
        with SqlUnitOfWork(store) as work:
            work.instances.register([Instance(name, "mysql")], AT)
            work.commit()
    both = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        ends = [pool.submit(crossing, "one", "two"), pool.submit(crossing, "two", "one")]
        errors = [end.exception(timeout=60) for end in ends]

    assert sorted(type(error) for error in errors if error) == [StoreInterrupted]


@ON_SERVERS
@pytest.mark.parametrize("name", ["caf\udce9", "\ud83d"])
def test_a_name_that_no_column_can_hold_is_a_failed_store(store, name):
    with SqlUnitOfWork(store) as work:
        owner = work.instances.register([Instance("orders", "mysql")], AT)["orders"]
        with pytest.raises(StoreFailed):
            work.databases.save(owner, [database(name)], AT)
