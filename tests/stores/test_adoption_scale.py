"""A legacy store of some years and many instances: adopted at once, read as before, synced and pruned.

In full by `pytest -m measured tests/stores/test_adoption_scale.py -s`, which prints the seconds.
"""
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
from attrs import frozen

from capacity_sync.adapters.stores.sql.schema import upgrade
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.retention import Keep
from capacity_sync.use_cases.retention import Retention
from tests.entrypoints.legacy import old_application as old
from tests.servers.postgresql import PostgreSQLServer, require_postgresql
from tests.servers.stores import postgresql_url
from tests.stores import legacy
from tests.use_cases.world import World

TODAY = datetime(2025, 12, 1, 3, 0, tzinfo=UTC)
LAST = date(2025, 11, 30)
ROOMY = {"shared_buffers": "512MB", "work_mem": "64MB", "max_wal_size": "8GB"}
GENERATE = """
    SET session_replication_role = replica;
    INSERT INTO instances (id, name, db_type, host, port)
    SELECT i, 'instance ' || i, 'postgresql', 'db' || i, 5432 FROM generate_series(1, {instances}) i;
    INSERT INTO instance_databases (instance_id, database_name, first_seen_date, last_seen_date)
    SELECT i, 'db ' || d, date '{last}' - {days}, date '{last}'
    FROM generate_series(1, {instances}) i, generate_series(1, {databases}) d;
    INSERT INTO database_size_stats (instance_id, database_name, size_mb, data_size_mb, collected_date, collected_at)
    SELECT i, 'db ' || d, i * 7 + d * 3 + n, i * 7 + d * 3 + n, date '{last}' - n, date '{last}' - n + time '03:00'
    FROM generate_series({days} - 1, 0, -1) n, generate_series(1, {instances}) i, generate_series(1, {databases}) d;
    INSERT INTO instance_size_stats (instance_id, total_size_mb, database_count, collected_date)
    SELECT instance_id, sum(size_mb), count(*), collected_date FROM database_size_stats
    GROUP BY instance_id, collected_date;
    ANALYZE
"""


@frozen
class Size:
    instances: int
    databases: int
    days: int

    @property
    def rows(self):
        return self.instances * self.databases * self.days

    def kept(self, horizon):
        """Rows of sizes of *horizon* and later; nothing here is the last of its database."""
        return self.instances * self.databases * ((LAST - horizon).days + 1)


@contextmanager
def timed(what):
    begun = time.perf_counter()
    yield
    print(f"{what}: {time.perf_counter() - begun:.2f} s")  # noqa: T201 - the figures for whoever measures


@pytest.fixture(params=[Size(10, 40, 80), pytest.param(Size(400, 40, 400), marks=pytest.mark.measured)],
                ids=lambda size: f"{size.rows} rows")
def size(request):
    return request.param


@pytest.fixture
def host(request, size, opened):
    """The legacy application's store with its history."""
    server = request.getfixturevalue("postgresql_server")
    if size.rows > 1_000_000:
        server = request.getfixturevalue("roomy_server")
    server.execute("DROP DATABASE IF EXISTS history")
    server.execute("CREATE DATABASE history")
    engine = opened(postgresql_url(server, "history"))
    legacy.create(engine)
    with timed(f"generate {size.rows} rows"), engine.begin() as connection:
        for month in sorted({(LAST - timedelta(days=n)).replace(day=1) for n in range(size.days)}):
            if month < date(2025, 9, 1):
                connection.exec_driver_sql(f"CALL create_month('{month}')")
        connection.exec_driver_sql(GENERATE.format(
            instances=size.instances, databases=size.databases, days=size.days, last=LAST))
    return engine


@pytest.fixture(scope="module")
def roomy_server():
    with PostgreSQLServer(require_postgresql(), settings=ROOMY) as server:
        yield server


def checksums(engine):
    """Of each legacy table, over the columns that were there before us."""
    with engine.connect() as connection:
        return {table.name: connection.execute(sa.text(
            f"SELECT count(*), sum(hashtextextended(({', '.join(table.c.keys())})::text, 0)::numeric) "
            f"FROM {table.name}")).one() for table in legacy.schema.sorted_tables}


def files(engine):
    with engine.connect() as connection:
        return set(connection.exec_driver_sql(
            "SELECT relname, relfilenode FROM pg_class WHERE relkind IN ('r', 'i') AND relname !~ '^(pg|capacity)_'"))


def answers(app, instances):
    """Of the old application's route and queries."""
    client = app.test_client()
    with app.app_context():
        stats = old.DatabaseSizeStat
        by_month = old.db.session.execute(
            sa.select(sa.func.date_trunc("month", stats.collected_date), sa.func.sum(stats.size_mb))
            .group_by(sa.text("1")).order_by(sa.text("1"))).all()
        day = stats.query.filter_by(collected_date=LAST - timedelta(days=9)).count()
        totals = old.InstanceSizeStat.query.filter_by(instance_id=instances, is_deleted=False).count()
        known = old.InstanceDatabase.query.filter_by(instance_id=1, is_active=True).count()
    return [client.get(f"/instances/{n}/capacity").json for n in (1, instances)], by_month, day, totals, known


def test_a_long_history_is_adopted_read_synced_and_pruned(host, size):
    app = old.create_app(host.url.render_as_string(hide_password=False))
    before = checksums(host), files(host), answers(app, size.instances)
    with timed("upgrade"):
        upgrade(host)

    assert (checksums(host), files(host) & before[1], answers(app, size.instances)) == before
    assert before[0]["database_size_stats"][0] == size.rows

    world = World(store=SqlUnitOfWork(host), run_ids=iter("a"))
    world.clock.now = TODAY
    world.settings = {}
    for n in range(1, size.instances + 1):
        world.server(f"instance {n}", **{f"db {d}": (n * 7 + d * 3) << 20 for d in range(1, size.databases + 1)})
    with timed(f"sync of {size.instances} instances"):
        assert world.sync().status.value == "completed"
    with host.connect() as connection:
        assert connection.exec_driver_sql(
            "SELECT count(*), sum(size_bytes) / (1 << 20) = sum(size_mb) FROM database_size_stats_2025_12"
        ).one() == (size.instances * size.databases, True)
        assert connection.exec_driver_sql("SELECT count(*) FROM database_lifecycle_events").scalar() == 0

    retention = Retention(lambda: SqlUnitOfWork(host), world.clock)
    keep = Keep.parse("6mo" if size.days > 200 else "40d")
    with timed(f"prune --keep {keep.count}{keep.span.value} --dry-run"):
        looked = retention.look(keep)
    with timed("prune"):
        assert retention.prune(keep) == looked
    sizes = looked.pruned[0]
    assert sizes.rows == size.rows - size.kept(looked.horizon)
    assert len(sizes.partitions) == {400: 8, 80: 1}[size.days]
    with host.connect() as connection:
        assert connection.exec_driver_sql("SELECT min(collected_date) FROM database_size_stats").scalar() == (
            looked.horizon)
