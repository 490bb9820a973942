"""Many sizes through our repository beside the best bulk ways of the bare drivers, into the same table.

Run: python -m tests.benchmarks.bulk_write [ROWS] [STORE...]    (default 100000, sqlite postgresql mariadb)
Each way writes all rows into the emptied table (insert), then all of them again (update), each in one transaction;
the quickest of five times counts, for what else the machine does only adds.
"""
import csv
import io
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from psycopg2.extras import execute_values
from pymysql.constants import CLIENT

from capacity_sync.adapters.stores.sql.capacity import SIZE_OF_A_DAY, values_of
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.capacity import Basis, StoredSize
from capacity_sync.domain.instance import Instance
from tests.servers.mariadb import MariaDBServer, require_mariadb
from tests.servers.postgresql import PostgreSQLServer, require_postgresql
from tests.servers.stores import mariadb_url, postgresql_url

ROUNDS, GOAL = 5, 1.3
AT, DAY = datetime(2026, 1, 1, 3, 0, 0, 123456, tzinfo=UTC), date(2026, 1, 1)
TABLE = SIZE_OF_A_DAY.table.name
COLUMNS = tuple(values_of([], 1))
NAMES = ", ".join(COLUMNS)
ON_CONFLICT = f"ON CONFLICT ({', '.join(SIZE_OF_A_DAY.key)}) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in SIZE_OF_A_DAY.update)
ON_DUPLICATE_KEY = "ON DUPLICATE KEY UPDATE " + ", ".join(f"{name} = VALUES({name})" for name in SIZE_OF_A_DAY.update)


def sizes(count):
    return [StoredSize(f"database {n:06}", DAY, AT, 7, 7, identity=str(16384 + n), size_bytes=7_545_347 + n,
                       data_bytes=7_545_347 + n, method="pg_database_size", basis=Basis.FILE) for n in range(count)]


def sqlite_executemany(cursor, rows):
    marks = ", ".join("?" * len(COLUMNS))
    cursor.executemany(f"INSERT INTO {TABLE} ({NAMES}) VALUES ({marks}) {ON_CONFLICT}", rows)


def sqlite_many_values(cursor, rows):
    for at in range(0, len(rows), 1000):
        some = rows[at:at + 1000]
        marks = ", ".join([f"({', '.join('?' * len(COLUMNS))})"] * len(some))
        cursor.execute(f"INSERT INTO {TABLE} ({NAMES}) VALUES {marks} {ON_CONFLICT}",
                       [value for row in some for value in row])


def postgresql_copy(cursor, rows):
    cursor.execute(f"CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS SELECT {NAMES} FROM {TABLE} WITH NO DATA")
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    text.seek(0)
    cursor.copy_expert(f"COPY incoming ({NAMES}) FROM STDIN WITH (FORMAT csv)", text)
    cursor.execute(f"INSERT INTO {TABLE} ({NAMES}) SELECT {NAMES} FROM incoming {ON_CONFLICT}")


def postgresql_execute_values(cursor, rows):
    execute_values(cursor, f"INSERT INTO {TABLE} ({NAMES}) VALUES %s {ON_CONFLICT}", rows, page_size=1000)


def mariadb_executemany(cursor, rows):
    marks = ", ".join(["%s"] * len(COLUMNS))
    cursor.executemany(f"INSERT INTO {TABLE} ({NAMES}) VALUES ({marks}) {ON_DUPLICATE_KEY}", rows)


def mariadb_load_data(cursor, rows):
    cursor.execute(f"CREATE TEMPORARY TABLE incoming AS SELECT {NAMES} FROM {TABLE} LIMIT 0")
    with tempfile.NamedTemporaryFile("w", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(
            [r"\N" if value is None else value for value in row] for row in rows)
        file.flush()
        cursor.execute(f"LOAD DATA LOCAL INFILE %s INTO TABLE incoming CHARACTER SET utf8mb4 ({NAMES})", (file.name,))
    cursor.execute(f"INSERT INTO {TABLE} ({NAMES}) SELECT {NAMES} FROM incoming {ON_DUPLICATE_KEY}")
    cursor.execute("DROP TEMPORARY TABLE incoming")


WAYS = {
    "sqlite": (sqlite_executemany, sqlite_many_values),
    "postgresql": (postgresql_copy, postgresql_execute_values),
    "mariadb": (mariadb_executemany, mariadb_load_data),
}


@contextmanager
def sqlite():
    with tempfile.TemporaryDirectory() as folder:
        yield open_store(f"sqlite:///{Path(folder)}/store.db")


@contextmanager
def postgresql():
    with PostgreSQLServer(require_postgresql()) as server:
        server.execute("CREATE DATABASE store")
        yield open_store(postgresql_url(server, "store"))


@contextmanager
def mariadb():
    with MariaDBServer(require_mariadb()) as server:
        server.execute("CREATE DATABASE store", "SET GLOBAL local_infile = ON")
        yield open_store(f"{mariadb_url(server, 'store')}&client_flag={CLIENT.LOCAL_FILES}&local_infile=1")


STORES = {"sqlite": sqlite, "postgresql": postgresql, "mariadb": mariadb}


def driver_rows(engine, values, owner):
    """What the bare driver is given: made before the clock runs."""
    text = "%Y-%m-%d %H:%M:%S.%f" if engine.dialect.name != "postgresql" else "%Y-%m-%dT%H:%M:%S.%f+00:00"
    at, day = AT.strftime(text), DAY.isoformat()
    ready = {AT: at, DAY: day}
    rows = zip(*values_of(values, owner).values(), strict=True)
    return [tuple(ready.get(value, value) for value in row) for row in rows]


def bare(engine, way, rows):
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        if engine.dialect.name == "sqlite":
            cursor.execute("BEGIN IMMEDIATE")
        way(cursor, rows)
        connection.commit()
    finally:
        connection.close()


def ours(work, owner, values):
    with work:
        work.sizes.save(owner, values)
        work.commit()


def emptied(engine):
    with engine.begin() as connection:
        connection.exec_driver_sql(f"{'DELETE FROM' if engine.dialect.name == 'sqlite' else 'TRUNCATE TABLE'} {TABLE}")


def count(engine):
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"SELECT count(*) FROM {TABLE}").scalar()


def seconds(call):
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def measured(kind, engine, values):
    """Way -> the seconds of each of its inserts and updates."""
    ready_to_sync(engine)
    work = SqlUnitOfWork(engine)
    with work:
        owner = work.instances.register([Instance("one", "postgresql")], AT)["one"]
        work.commit()
    rows = driver_rows(engine, values, owner)
    calls = {"ours": lambda: ours(work, owner, values), **{
        way.__name__: lambda way=way: bare(engine, way, rows) for way in WAYS[kind]}}
    times = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            emptied(engine)
            times[name].append((seconds(call), seconds(call)))
            assert count(engine) == len(values), name
    return times


def main(rows, stores):
    for name in stores:
        with STORES[name]() as engine:
            times = measured(name, engine, sizes(rows))
            engine.dispose()
        quickest = {way: [min(some) for some in zip(*found, strict=True)] for way, found in times.items()}
        best = [min(quickest[way][i] for way in quickest if way != "ours") for i in (0, 1)]
        for way, found in quickest.items():
            print(f"{way:26} insert {rows / found[0]:9,.0f} rows/s, update {rows / found[1]:9,.0f} rows/s")  # noqa: T201 - a script
        print(f"{name}: {rows} rows, ours / best bare: insert {quickest['ours'][0] / best[0]:.2f}, "  # noqa: T201 - a script
              f"update {quickest['ours'][1] / best[1]:.2f} (goal {GOAL})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2:] or STORES)
