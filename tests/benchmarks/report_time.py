"""How long `report` takes on a large PostgreSQL store.

Run: python -m tests.benchmarks.report_time [INSTANCES [DATABASES [DAYS]]]    (1000 50 400: 20 million
rows, 10 GB of disk, a quarter of an hour)
"""
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.report import Grouping
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.volume import Volume
from capacity_sync.use_cases.alerting import AlertReader, Watch
from capacity_sync.use_cases.reporting import GrowthReporter, Question
from tests.servers.postgresql import PostgreSQLServer, require_postgresql
from tests.servers.stores import postgresql_url

TODAY = datetime.now(UTC).date()
AT = datetime.combine(TODAY, datetime.min.time(), UTC) + timedelta(hours=3)
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "1GB",
            "work_mem": "64MB", "maintenance_work_mem": "512MB", "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
KNOWN = """INSERT INTO instance_databases (instance_id, database_name, is_active, first_seen_date, last_seen_date,
    created_at, updated_at, identity)
SELECT i.id, 'database ' || d, true, :first, :last, :at, :at, d::text
FROM instances i CROSS JOIN generate_series(1, :databases) d"""
SIZES = """INSERT INTO database_size_stats (instance_id, database_name, size_mb, data_size_mb, collected_date,
    collected_at, created_at, updated_at, identity, size_bytes, data_size_bytes, max_size_bytes, method, basis)
SELECT i.id, 'database ' || d, s / 1048576, s / 1048576, day, day + interval '3 hours', :at, :at, d::text, s, s,
    CASE WHEN d % 2 = 0 THEN 40000000000 END, 'files', 'file'
FROM generate_series(0, :days - 1) n CROSS JOIN instances i CROSS JOIN generate_series(1, :databases) d
CROSS JOIN LATERAL (SELECT CAST(:first AS date) + n AS day,
    CAST(d AS bigint) * 104857600 + i.id * 4097 + CAST(:before + n AS bigint) * (d % 7) * 1048576 AS s) f"""
TOTALS = """INSERT INTO instance_size_stats (instance_id, total_size_mb, database_count, collected_date, collected_at,
    is_deleted, created_at, updated_at, total_size_bytes, measured_count, expected_count)
SELECT instance_id, sum(size_mb), count(*), collected_date, max(collected_at), false, :at, :at, sum(size_bytes),
    count(*), count(*) FROM database_size_stats GROUP BY instance_id, collected_date"""
OLDER = """INSERT INTO {table} ({columns})
SELECT {shifted} FROM {table} CROSS JOIN generate_series(1, :weeks) w WHERE period_start = :start"""


@contextmanager
def timed(what):
    begun = time.perf_counter()
    yield
    print(f"{time.perf_counter() - begun:8.2f} s  {what}", flush=True)  # noqa: T201 - a script


def fill(engine, fleet, databases, days):
    ready_to_sync(engine)
    work, first = SqlUnitOfWork(engine), TODAY - timedelta(days - 1)
    with work:
        work.instances.register([Instance(f"instance {n}", "scripted") for n in range(fleet)], AT)
        work.commit()
    values = {"first": first, "last": TODAY, "at": AT, "databases": databases}
    with timed(f"filled {fleet} x {databases} x {days}"), engine.begin() as connection:
        connection.execute(sa.text(KNOWN), values)
        for n in range(0, days, 20):
            some = values | {"first": first + timedelta(n), "days": min(20, days - n), "before": n}
            connection.execute(sa.text(SIZES), some)
        connection.execute(sa.text(TOTALS), values)
    newest = Period.containing(PeriodKind.WEEKLY, TODAY)
    with timed("aggregated two weeks"), work:
        for period in (newest.previous, newest):
            work.aggregates.compute(period, None, AT)
        work.commit()
    with timed("the weeks before, like the last one"), engine.begin() as connection:
        for table in ("database_size_aggregations", "instance_size_aggregations"):
            older(connection, table, newest.previous.start, days // 7)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE"))


def older(connection, table, start, weeks):
    names = [column["name"] for column in sa.inspect(connection).get_columns(table) if column["name"] != "id"]
    shifted = [f"{name} - 7 * w" if name in ("period_start", "period_end") else name for name in names]
    statement = OLDER.format(table=table, columns=", ".join(names), shifted=", ".join(shifted))
    connection.execute(sa.text(statement), {"start": start, "weeks": weeks})


def ask(engine):
    work = SqlUnitOfWork(engine)
    with work:
        names = sorted(work.instances.ids())
    volumes = [Volume(f"disk {n}", 2**60, frozenset(names[n::10])) for n in range(min(10, len(names)))]
    for grouping in Grouping:
        for turn in ("first", "again"):
            with timed(f"report by {grouping.value}, {turn}"):
                report = GrowthReporter(lambda: work).report(Question(TODAY, grouping, volumes=volumes))
            assert report.lines, "nothing was found"
    for turn in ("first", "again"):
        with timed(f"alerts, {turn}"):
            found = AlertReader(lambda: work).findings(Watch(Stamp(AT, TODAY), TODAY, volumes=volumes))
    print(f"{len(found)} findings")  # noqa: T201 - a script


def main(fleet=1000, databases=50, days=400):
    with PostgreSQLServer(require_postgresql(), settings=SETTINGS) as server:
        server.execute("CREATE DATABASE report")
        url = postgresql_url(server, "report")
        engine = open_store(url)
        fill(engine, fleet, databases, days)
        ask(engine)
        for options in (["--top", "20"], ["--alerts"]):
            command = [sys.executable, "-c", "from capacity_sync.entrypoints.cli import main; main()", "--store", url,
                       "report", *options]
            with tempfile.TemporaryDirectory() as folder, timed(f"the command, report {' '.join(options)}"):
                done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
            print("\n".join(done.stdout.splitlines()[:4]), done.stderr)  # noqa: T201 - a script
        engine.dispose()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
