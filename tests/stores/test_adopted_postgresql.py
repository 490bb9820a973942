"""The old service's schema on PostgreSQL as it really is: partitions, a trigger, another application at work."""
import multiprocessing
import subprocess
import sys
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from capacity_sync.adapters.stores.sql import altering
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import Condition, check, upgrade
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.history import Choice, Cut
from capacity_sync.domain.outcomes import StoreRefused
from capacity_sync.domain.periods import PeriodKind
from capacity_sync.use_cases.aggregation import Aggregation
from tests.stores import legacy
from tests.use_cases.world import World

MORNING = datetime(2025, 11, 3, 3, 0, tzinfo=UTC)
"""The day after the old service's last."""
FILES = sa.text("SELECT relname, relfilenode FROM pg_class WHERE relnamespace = 'public'::regnamespace")
spawn = multiprocessing.get_context("spawn")


@pytest.fixture
def adopted(postgresql_host):
    upgrade(postgresql_host)
    return postgresql_host


@pytest.fixture
def world(adopted):
    """The next morning; `orders` has two databases with identities, one of them known from before."""
    world = World(store=SqlUnitOfWork(adopted))
    world.clock.now = MORNING
    world.server("orders", shop=13 << 20, audit=1 << 20).identities = {"shop": "16384", "audit": "16385"}
    return world


@contextmanager
def session(engine, *statements):
    """Another application, in the middle of a transaction."""
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        yield connection


def rows(engine, statement):
    with engine.connect() as connection:
        return connection.exec_driver_sql(statement).all()


def text_of(engine):
    return engine.url.render_as_string(hide_password=False)


def upgraded(url):
    """In a process of its own."""
    upgrade(open_store(url))


def test_adoption_rewrites_no_table_and_no_index(postgresql_host):
    with postgresql_host.connect() as connection:
        before = set(connection.execute(FILES))
    upgrade(postgresql_host)

    with postgresql_host.connect() as connection:
        after = set(connection.execute(FILES))
    assert before <= after
    assert {name for name, _ in before} >= {"database_size_stats_2025_11", "instance_size_stats_2025_11",
                                            "uq_instance_size_stats_daily"}


def test_adoption_adds_no_index_but_small_ones_to_the_tables_of_the_host(postgresql_host):
    """A BRIN is a few pages, an index of withdrawn rows as many as those; each is one pass over the table."""
    def indexes():
        return set(rows(postgresql_host, "SELECT indexname, "
                                         "indexdef ~ '(USING brin .updated_at, collected_date.|WHERE .is_deleted.*)$' "
                                         "FROM pg_indexes WHERE tablename LIKE '%%size_stats%%'"))

    before = indexes()
    upgrade(postgresql_host)

    assert {small for _, small in indexes() - before} == {True}
    assert before < indexes()


def test_adoption_locks_nobody_out_while_it_reads_a_large_table(postgresql_host):
    """Each revision is a transaction: what waits for its index waits for nothing before it, and readers for nothing."""
    built, locked = [], set()

    def look(connection, _, sql, *__):
        if sql.startswith("CREATE INDEX") and "_size_stats" in sql:
            built.append(sql)
            locked.update(connection.exec_driver_sql(
                "SELECT relname FROM pg_locks JOIN pg_class ON pg_class.oid = relation AND relkind IN ('r', 'p') "
                "WHERE mode = 'AccessExclusiveLock' AND pid = pg_backend_pid()").scalars())

    sa.event.listen(postgresql_host, "after_cursor_execute", look)
    upgrade(postgresql_host)

    assert len(built) == 3
    assert locked == set()


def test_processes_at_once_adopt_once(postgresql_host):
    before = legacy.contents(postgresql_host)
    with spawn.Pool(4) as pool:
        pool.map(upgraded, [text_of(postgresql_host)] * 4, chunksize=1)

    state = check(postgresql_host)
    assert (state.condition, state.adopted) == (Condition.CURRENT, True)
    assert rows(postgresql_host, "SELECT count(*) FROM capacity_sync_alembic_version") == [(1,)]
    assert legacy.contents(postgresql_host) == before


def test_a_table_in_use_is_waited_for_briefly_and_then_left_as_it_is(postgresql_host, monkeypatch):
    monkeypatch.setattr(altering, "LOCK_SECONDS", 0.1)
    monkeypatch.setattr(altering, "PAUSES", (0.0,))
    before = legacy.contents(postgresql_host)
    with (session(postgresql_host, "SELECT count(*) FROM instance_size_stats"),
          pytest.raises(StoreRefused, match=r"another session keeps a table locked; of 2 attempts")):
        upgrade(postgresql_host)

    assert check(postgresql_host).condition is Condition.LEGACY
    assert legacy.contents(postgresql_host) == before


def test_a_table_that_is_free_again_is_adopted_at_the_next_attempt(postgresql_host, monkeypatch):
    monkeypatch.setattr(altering, "LOCK_SECONDS", 0.1)
    with session(postgresql_host, "SELECT count(*) FROM database_size_stats") as other:
        monkeypatch.setattr(altering.time, "sleep", lambda _: other.rollback())
        upgrade(postgresql_host)

    assert check(postgresql_host).condition is Condition.CURRENT


def test_the_first_sync_after_adoption_takes_identities_for_what_they_are(world):
    assert world.sync().status.value == "completed"

    assert world.events("orders") == [("created", "audit", None)]
    assert {name: known.identity for name, known in world.known("orders").items()} == {
        "shop": "16384", "audit": "16385", "old": None}
    assert world.sizes("orders") == {"shop": 13 << 20, "audit": 1 << 20}


def test_a_recreation_after_adoption_is_seen(world):
    world.sync()
    world.servers["orders"].identities["shop"] = "99999"
    world.clock.pass_days(1)
    world.sync()

    assert world.events("orders") == [("created", "audit", None), ("recreated", "shop", None)]


def test_the_trigger_wakes_no_database_that_is_gone(world):
    """It makes a database active whose size is written; sizes are written of active ones only."""
    world.sync()
    del world.servers["orders"].sizes["audit"]
    for _ in range(2):
        world.clock.pass_days(1)
        world.sync()

    known = world.known("orders")
    assert {name: one.is_active for name, one in known.items()} == {"shop": True, "audit": False, "old": False}
    assert (known["audit"].last_seen, known["shop"].last_seen) == (MORNING.date(), world.clock.stamp().day)


def test_the_trigger_runs_on_what_is_new_and_not_on_a_second_sync(world, adopted):
    world.sync()
    first = rows(adopted, "SELECT updated_at FROM instance_databases WHERE database_name = 'shop'")
    world.sync()

    assert first[0][0] > world.clock.stamp().at + timedelta(days=1)   # the trigger's own clock
    assert rows(adopted, "SELECT updated_at FROM instance_databases WHERE database_name = 'shop'") == [
        (world.clock.stamp().at,)]


def test_a_second_sync_of_a_day_meets_the_rows_of_the_first(world, adopted):
    def written():
        return rows(adopted, "SELECT id, size_bytes, created_at FROM database_size_stats "
                             "UNION ALL SELECT id, total_size_bytes, created_at FROM instance_size_stats ORDER BY 1, 2")

    world.sync()
    before = written()
    world.sync()

    assert written() == before
    assert len(before) == 5


SYNCING = '''
import sys
from datetime import UTC, datetime, timedelta
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from tests.use_cases.world import World
class Unleased:
    """Whoever asks for a lease has it: both do the work."""
    def __init__(self, work):
        self.work, self.leases = work, self
    def __getattr__(self, name):
        return getattr(self.work, name)
    def __enter__(self):
        return self.work.__enter__()
    def __exit__(self, *error):
        return self.work.__exit__(*error)
    def take(self, what, seconds):
        return True
    def release(self, what):
        pass
world = World(store=Unleased(SqlUnitOfWork(open_store(sys.argv[1]))))
world.clock.now = datetime(2025, 11, 27, 3, 0, tzinfo=UTC)
for name in ("orders", "billing"):
    world.server(name, shop=1, **{f"db{n}": 1 << 20 for n in range(30)})
print("ready", flush=True)
sys.stdin.readline()
for _ in range(10):
    for name in ("orders", "billing"):
        report = world.coordinator().collect_and_save(world.instance(name))
        assert report.status.value == "completed", report
    world.clock.pass_days(1)
'''


def test_processes_that_sync_the_same_days_at_once_leave_the_rows_of_one(adopted):
    """Ten days, over the end of a month: locks of rows, of the trigger and of a partition that is made."""
    processes = [subprocess.Popen([sys.executable, "-c", SYNCING, text_of(adopted)], text=True,
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                 for _ in range(4)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    errors = [process.communicate(timeout=120)[1] for process in processes]

    assert errors == [""] * 4
    assert rows(adopted, "SELECT count(*), count(DISTINCT (instance_id, database_name, collected_date)) "
                         "FROM database_size_stats WHERE collected_date > '2025-11-20'") == [(620, 620)]
    assert rows(adopted, "SELECT count(*) FROM instance_size_stats WHERE collected_date > '2025-11-20'") == [(20,)]
    assert rows(adopted, "SELECT event, count(*) FROM database_lifecycle_events GROUP BY 1") == [("created", 61)]


def test_the_sizes_of_the_host_and_ours_are_aggregated_into_its_tables(world):
    world.sync("orders")
    aggregation = Aggregation(lambda: world.store, world.clock)
    computed = aggregation.due().computed

    assert {one.period.kind for one in computed} == set(PeriodKind)
    with world.store as work:
        rows = work.aggregates.databases(PeriodKind.DAILY, Choice(database_name="shop"), Cut(99)).items
    assert rows[0].observed.bytes.average == 13 << 20
    assert aggregation.due().computed == ()
