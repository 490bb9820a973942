"""Aggregation of a generated fleet: a day's increment and a rebuild, beside the plain SQL that computes the same.

Run: python -m tests.benchmarks.aggregation postgresql|sqlite [INSTANCES [DATABASES [DAYS [SHORT [FIRST]]]]]
The default is 1000 x 50 x 400 on PostgreSQL (20 GB of disk, an hour) and 100 x 50 x 400 on SQLite. SHORT (100) is a
second, shorter history of the same fleet that ends on the same day: the increment must cost the same in both, but for
what a table that fits into memory saves. FIRST: only the periods of so many days are aggregated before the increments
(20 minutes), not all.
"""
import os
import statistics
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import sqlalchemy as sa
from attrs import frozen

from capacity_sync.adapters.stores.sql.aggregates import SqlAggregates
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.tables import database_size_aggregations as aggregates
from capacity_sync.adapters.stores.sql.tables import database_size_stats as sizes
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.growth import Ranking
from capacity_sync.domain.history import Choice
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.stamp import Stamp
from capacity_sync.use_cases.aggregation import Aggregation
from tests.servers.postgresql import PostgreSQLServer, require_postgresql
from tests.servers.processes import children
from tests.servers.stores import postgresql_url

LAST = date(2026, 8, 26)
"""Of the history before the days that are measured: the middle of a quarter."""
ROUNDS, GOAL = 3, 1.2
DATE, INSTANT = sizes.c.collected_date.type, sizes.c.updated_at.type
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "2GB",
            "work_mem": "64MB", "maintenance_work_mem": "512MB", "autovacuum": "off",
            "max_wal_size": "8GB", "checkpoint_timeout": "30min"}
BIG = {"database_size_stats", "database_size_aggregations", "instance_size_stats", "instance_size_aggregations"}
NUMBERS = {
    "postgresql": "SELECT generate_series(0, {0} - 1) AS n",
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n + 1 < {0}) SELECT n FROM s",
}
SIZE = "(CAST(d.n + 1 AS BIGINT) * 104857600 + i.n * 4097 + CAST({day} AS BIGINT) * (d.n % 7) * 1048576)"
A_DAY = """INSERT INTO database_size_stats (instance_id, database_name, size_mb, data_size_mb, log_size_mb,
    collected_date, collected_at, created_at, updated_at, identity, size_bytes, data_size_bytes, log_size_bytes,
    method, basis)
SELECT i.id, 'database ' || d.n, {size} / 1048576, {size} / 1048576, 7, :date, :at, :at, :at, CAST(d.n AS TEXT), {size},
    {size}, 7340032, 'files', 'file'
FROM (SELECT id, id AS n FROM instances) i CROSS JOIN ({databases}) d"""
A_TOTAL = """INSERT INTO instance_size_stats (instance_id, total_size_mb, database_count, collected_date, collected_at,
    created_at, updated_at, total_size_bytes, measured_count, expected_count, is_deleted)
SELECT instance_id, sum(size_mb), count(*), collected_date, collected_at, collected_at, collected_at, sum(size_bytes),
    count(*), count(*), :no
FROM database_size_stats WHERE {of_day} GROUP BY instance_id, collected_date, collected_at"""
MEAN = {"postgresql": "CAST(div(sum({0}), count({0})) AS BIGINT)", "sqlite": "sum({0}) / count({0})"}
GROUPED = """SELECT instance_id, database_name, count(*) AS rows, {means}, max(size_mb) AS max_size_mb,
    min(size_mb) AS min_size_mb, max(data_size_mb) AS max_data_size_mb, min(data_size_mb) AS min_data_size_mb,
    max(log_size_mb) AS max_log_size_mb, min(log_size_mb) AS min_log_size_mb, max(size_bytes) AS max_size_bytes,
    min(size_bytes) AS min_size_bytes, count(size_bytes) AS exact, min(collected_date) AS first_day,
    max(collected_date) AS last_day, min(identity) AS low_i, max(identity) AS high_i, min(method) AS low_m,
    max(method) AS high_m, min(basis) AS low_b, max(basis) AS high_b
FROM database_size_stats WHERE instance_id IN (SELECT id FROM instances)
    AND collected_date BETWEEN {first} AND {last} GROUP BY instance_id, database_name"""
SPREADS = [f"{of}_{size}" for size in ("size_mb", "data_size_mb", "log_size_mb", "size_bytes")
           for of in ("avg", "max", "min")]
PLAIN = """INSERT INTO database_size_aggregations (instance_id, database_name, period_type, period_start, period_end,
    data_count, days_observed, days_expected, {spreads}, first_size_bytes, last_size_bytes, size_change_mb,
    size_change_percent, growth_rate, data_size_change_mb, data_size_change_percent, log_size_change_mb,
    log_size_change_percent, size_change_bytes, comparison, calculated_at, created_at)
SELECT n.instance_id, n.database_name, :kind, :start, :end, n.rows, n.rows, :days, {of_now}, f.size_bytes, l.size_bytes,
    {changes}, CASE WHEN {same} THEN 'compared' ELSE 'no_previous' END, :at, :at
FROM ({now}) n LEFT JOIN ({before}) b ON b.instance_id = n.instance_id AND b.database_name = n.database_name
LEFT JOIN database_size_stats f ON f.instance_id = n.instance_id AND f.database_name = n.database_name
    AND f.collected_date = n.first_day
LEFT JOIN database_size_stats l ON l.instance_id = n.instance_id AND l.database_name = n.database_name
    AND l.collected_date = n.last_day
WHERE true ON CONFLICT (instance_id, database_name, period_type, period_start) DO UPDATE SET {updates}"""
RATE = "CASE WHEN {same} AND b.{0} > 0 THEN round((n.{0} - b.{0}) * 100.0 / b.{0}, 2) ELSE 0 END"
SAME = "b.low_i = n.high_i AND b.high_i = n.low_i AND b.low_m = n.high_m AND b.high_m = n.low_m AND b.low_b = n.high_b"


def plain_sql(dialect):
    """By name only; it knows neither renames nor legacy rows, and rewrites what is right already."""
    averages = ("avg_size_mb", "avg_data_size_mb", "avg_log_size_mb")
    means = ", ".join(f"{MEAN[dialect].format(size.removeprefix('avg_'))} AS {size}"
                      for size in (*averages, "avg_size_bytes"))
    rates = {size: RATE.format(size, same=SAME) for size in averages}
    changes = [f"CASE WHEN {SAME} THEN n.{size} - b.{size} ELSE 0 END" for size in averages]
    columns = [changes[0], rates[averages[0]], rates[averages[0]], changes[1], rates[averages[1]], changes[2],
               rates[averages[2]], f"CASE WHEN {SAME} THEN n.avg_size_bytes - b.avg_size_bytes END"]
    written = [*SPREADS, "data_count", "days_observed", "days_expected", "first_size_bytes", "last_size_bytes",
               "size_change_mb", "size_change_percent", "growth_rate", "data_size_change_mb",
               "data_size_change_percent", "log_size_change_mb", "log_size_change_percent",
               "size_change_bytes", "comparison", "calculated_at"]
    return sa.text(PLAIN.format(
        spreads=", ".join(SPREADS), of_now=", ".join(f"n.{name}" for name in SPREADS), changes=", ".join(columns),
        same=SAME, now=GROUPED.format(means=means, first=":start", last=":end"),
        before=GROUPED.format(means=means, first=":before", last=":before_end"),
        updates=", ".join(f"{name} = excluded.{name}" for name in written)))


@frozen
class At:
    """A clock that stands still."""

    at: datetime

    def stamp(self):
        return Stamp.of(self.at, UTC)


def at_four(day):
    return datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


def tell(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def processor_seconds(server=None):
    """Of this process, and of the server with all its sessions: what a busy machine does not change."""
    used = time.process_time()
    for pid in [] if server is None else [server.pid, *children(server.pid)]:
        with suppress(FileNotFoundError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            used += sum(map(int, fields[11:15] if pid == server.pid else fields[11:13])) / os.sysconf("SC_CLK_TCK")
    return used


@contextmanager
def timed(what, server=None):
    begun, used = time.perf_counter(), processor_seconds(server)
    took = []
    yield took
    took.append(processor_seconds(server) - used)
    tell(f"{time.perf_counter() - begun:10.2f} s, {took[0]:.2f} s of a processor: {what}")


class Fleet:
    """A store with *days* days of history up to LAST."""

    def __init__(self, engine, fleet, databases, days, first, server=None):
        self.server, self.first = server, first or days
        self.engine, self.dialect, self.databases = engine, engine.dialect.name, databases
        self.days, self.fleet = days, fleet
        ready_to_sync(engine)

    def fill(self):
        with SqlUnitOfWork(self.engine) as work:
            work.instances.register([Instance(f"instance {n}", "scripted") for n in range(self.fleet)], at_four(LAST))
            work.commit()
        with timed(f"filling {self.fleet} x {self.databases} x {self.days}", self.server):
            for n in range(self.days):
                self.measure(LAST - timedelta(days=self.days - 1 - n))
        self.tidy()

    def measure(self, day):
        """One more day, written an hour before it is aggregated."""
        at = at_four(day) - timedelta(hours=1)
        size = SIZE.format(day=day.toordinal() - date(2025, 1, 1).toordinal())
        a_day = A_DAY.format(size=size, databases=NUMBERS[self.dialect].format(self.databases))
        typed = [sa.bindparam("date", type_=DATE), sa.bindparam("at", type_=INSTANT)]
        of_day = "instance_id IN (SELECT id FROM instances) AND collected_date = :date"
        with self.engine.begin() as connection:
            connection.execute(sa.text(a_day).bindparams(*typed), {"date": day, "at": at})
            connection.execute(sa.text(A_TOTAL.format(of_day=of_day)).bindparams(typed[0]), {"date": day, "no": False})

    def tidy(self):
        with timed("vacuum and analyse"), self.engine.connect().execution_options(
                isolation_level="AUTOCOMMIT") as connection:
            connection.execute(sa.text("VACUUM ANALYZE" if self.dialect == "postgresql" else "ANALYZE"))

    def begin(self):
        """What an increment finds aggregated: the periods of the last days, by default of all."""
        recent = [LAST - timedelta(days=n) for n in range(self.first)]
        with patch.object(SqlAggregates, "measured_days", lambda _: recent):
            self.aggregate(LAST)

    def aggregate(self, day):
        work = SqlUnitOfWork(self.engine)
        return Aggregation(lambda: work, At(at_four(day))).due()

    def plain(self, connection, day):
        """What `aggregate` computes for a new day, databases only."""
        statement = plain_sql(self.dialect).bindparams(
            *(sa.bindparam(name, type_=DATE) for name in ("start", "end", "before", "before_end")),
            sa.bindparam("at", type_=INSTANT))
        for kind in PeriodKind:
            period = Period.containing(kind, day)
            before = period.previous
            connection.execute(statement, {
                "kind": kind.value, "start": period.start, "end": period.end, "before": before.start,
                "before_end": before.end, "days": period.days, "at": at_four(day)})

    def day(self, day, title):
        """Processor seconds of the plain SQL, taken back, and of aggregating the same new day; and that they agree."""
        self.measure(day)
        for label in ("warm-up", f"{title}: plain SQL"):
            with self.engine.connect() as connection:
                with timed(label, self.server) as plain:
                    self.plain(connection, day)
                expected = self.figures(connection, day)
                connection.rollback()
        self.tidy()
        with timed(f"{title}: aggregate", self.server) as ours:
            self.aggregate(day)
        with self.engine.connect() as connection:
            assert self.figures(connection, day) == expected, "not the same"
        return plain[0], ours[0]

    def figures(self, connection, day):
        """Sums over the columns of each of the day's periods."""
        names = [*SPREADS, "first_size_bytes", "last_size_bytes", "size_change_mb", "size_change_percent",
                 "size_change_bytes", "data_count", "days_expected"]
        c = aggregates.c
        found = []
        for kind in PeriodKind:
            of = sa.and_(c.period_type == kind.value, c.period_start == Period.containing(kind, day).start)
            found.append(tuple(map(str, connection.execute(sa.select(
                sa.func.count(), *(sa.func.round(sa.func.sum(c[name]), 2) for name in names)).where(of)).one())))
        return found

    def plans(self, day):
        """Which tables of the history the statements of an increment read from end to end."""
        self.measure(day)
        scanned, seen = set(), []

        def explain(connection, cursor, statement, parameters, *_):
            if statement.lstrip().startswith(("SELECT", "WITH", "INSERT", "DELETE")):
                seen.append(statement)
                other = cursor.connection.cursor()
                prefix = "EXPLAIN (FORMAT JSON) " if self.dialect == "postgresql" else "EXPLAIN QUERY PLAN "
                other.execute(prefix + statement, parameters)
                for row in other.fetchall():
                    found = _scans(row[0]) if self.dialect == "postgresql" else _sqlite_scans(row[3])
                    if found & BIG:
                        tell(f"scans {found & BIG}: {' '.join(statement.split())[:150]}")
                    scanned.update(found)

        sa.event.listen(self.engine, "before_cursor_execute", explain)
        self.aggregate(day)
        sa.event.remove(self.engine, "before_cursor_execute", explain)
        tell(f"{len(seen)} statements explained; sequential scans over history: {sorted(scanned & BIG) or 'none'}")

    def growers(self, day):
        with SqlUnitOfWork(self.engine) as work, timed("the 20 top growers of a month"):
            work.aggregates.growers(Period.containing(PeriodKind.MONTHLY, day), Choice(), Ranking.BYTES, 20)

    def volumes(self):
        if self.dialect == "sqlite":
            tell(f"{Path(self.engine.url.database).stat().st_size / 2**20:10.0f} MiB  the whole file")
            return
        query = sa.text("SELECT c.relname, pg_relation_size(c.oid) FROM pg_class c JOIN pg_namespace n ON "
                        "n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind IN ('r', 'i') "
                        "AND pg_relation_size(c.oid) > 2^16 ORDER BY 2 DESC")
        with self.engine.connect() as connection:
            for name, size in connection.execute(query):
                tell(f"{size / 2**20:10.1f} MiB  {name}")


def _scans(plan):
    """The names of the tables below *plan* that are read sequentially."""
    if isinstance(plan, list):
        return {name for one in plan for name in _scans(one)}
    if not isinstance(plan, dict):
        return set()
    own = {plan["Relation Name"]} if plan.get("Node Type") == "Seq Scan" else set()
    return own.union(*(_scans(value) for value in plan.values() if isinstance(value, dict | list)))


def _sqlite_scans(line):
    """SCAN t reads the table from end to end, USING INDEX or not; SEARCH t only what it looks for."""
    words = line.split()
    return {words[1]} if words[0] == "SCAN" else set()


def measured(fleet, title):
    fleet.fill()
    with timed(f"{title}: {fleet.first} days, the first time", fleet.server):
        fleet.begin()
    fleet.tidy()
    with timed(f"{title}: nothing due", fleet.server):
        assert fleet.aggregate(LAST).computed == ()
    days = [LAST + timedelta(days=n + 1) for n in range(ROUNDS)]
    pairs = [fleet.day(day, f"{title}, {day:%A}") for day in days]
    plain, ours = (statistics.median(column) for column in zip(*pairs, strict=True))
    tell(f"{title}: one day {ours:.2f} s of a processor, plain {plain:.2f} s: {ours / plain:.2f} times (goal {GOAL})")
    fleet.plans(days[-1] + timedelta(days=1))
    fleet.growers(LAST)
    fleet.volumes()
    return ours


def main(dialect, fleet=None, databases=50, days=400, short=100, first=None):
    fleet = fleet or (1000 if dialect == "postgresql" else 100)
    histories = {f"{n} days": n for n in (short, days)}
    with tempfile.TemporaryDirectory() as folder:
        if dialect == "sqlite":
            found = {title: measured(Fleet(open_store(f"sqlite:///{folder}/{n}.db"), fleet, databases, n, first), title)
                     for title, n in histories.items()}
        else:
            with PostgreSQLServer(require_postgresql(), settings=SETTINGS) as server:
                found = {}
                for title, n in histories.items():
                    server.execute(f"CREATE DATABASE history_{n}")
                    engine = open_store(postgresql_url(server, f"history_{n}"))
                    found[title] = measured(Fleet(engine, fleet, databases, n, first, server), title)
                    engine.dispose()
    one, other = found.values()
    tell(f"one day after {days} days of history takes {other / one:.2f} times what it takes after {short}")


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
