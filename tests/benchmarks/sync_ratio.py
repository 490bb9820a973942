"""A whole sync of one instance beside the bare driver running the same SQL and one bulk upsert.

Run: python -m tests.benchmarks.sync_ratio [DATABASES [TABLES [ROUNDS]]]    (1000, 1 and 15; PostgreSQL needs 9 MB of
disk for each database). The upsert writes the rows of sizes that the sync wrote, into the same table of another store.
TABLES are those of each MariaDB database: its catalog, and so the bare driver, answers by the table.
On a machine that has other work to do the best of all rounds says more than their median, and the seconds of this
process say what the network and the disk do not blur.
"""
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from unittest.mock import patch

import psycopg2
import pymysql

from capacity_sync import Container, Settings
from capacity_sync.adapters.engines.postgresql.session import Session
from tests.servers.mariadb import MariaDBServer, require_mariadb
from tests.servers.postgresql import PostgreSQLServer, require_postgresql

GOAL = 1.10
UPSERT = """INSERT INTO database_size_stats ({columns}) VALUES ({marks})
            ON CONFLICT (instance_id, database_name, collected_date) DO UPDATE SET {updates}"""


@contextmanager
def postgresql_recorded():
    said, run = [], Session._run

    def recording(self, statement, parameters):
        said.append((statement, dict(parameters) or None))
        return run(self, statement, parameters)

    with patch.object(Session, "_run", recording):
        yield said


@contextmanager
def mysql_recorded():
    said, query = [], pymysql.connections.Connection.query

    def recording(self, text, unbuffered=False):
        said.append((text, None))
        return query(self, text, unbuffered)

    with patch.object(pymysql.connections.Connection, "query", recording):
        yield said


def bare_postgresql(server):
    return psycopg2.connect(host=server.host, port=server.port, user=server.superuser, password=server.password,
                            dbname="postgres", sslmode="disable")


def bare_mysql(server):
    return pymysql.connect(host=server.host, port=server.port, user=server.root, password=server.password,
                           charset="utf8mb4", autocommit=True, ssl_disabled=True)


class BareStore:
    """Another store, with the same rows of sizes."""

    def __init__(self, store, copy):
        shutil.copy(store, copy)
        self.path = copy
        with closing(sqlite3.connect(store)) as source:
            found = source.execute("SELECT * FROM database_size_stats")
            names = [name for name, *_ in found.description]
            self.rows = [row[1:] for row in found]
        assert names[0] == "id"
        columns = names[1:]
        self.upsert = UPSERT.format(columns=", ".join(columns), marks=", ".join("?" * len(columns)),
                                    updates=", ".join(f"{name} = excluded.{name}" for name in columns))

    def write(self):
        with closing(sqlite3.connect(self.path)) as target:
            target.executemany(self.upsert, self.rows)
            target.commit()


def bare(connect, server, statements, store):
    with closing(connect(server)) as connection, connection.cursor() as cursor:
        for text, parameters in statements:
            cursor.execute(text, parameters)
            if cursor.description:
                cursor.fetchall()
    store.write()


def seconds(call):
    """By the clock, and of this process."""
    begun, used = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - begun, time.process_time() - used


def compare(kind, server, url, connect, recorded, count, folder, rounds):
    one = {"name": "one", "url": url, "tls": {"mode": "disable"}}
    settings = Settings.from_mapping({"store": f"sqlite:///{folder}/{kind}.db", "instances": [one]})
    container = Container.from_settings(settings)
    coordinator, instance = container.coordinator(), settings.instances[0]
    with recorded() as statements:
        report = coordinator.collect_and_save(instance)
    assert report.capacity.saved >= count, report
    store = BareStore(folder / f"{kind}.db", folder / f"{kind}-bare.db")
    assert len(store.rows) >= count, len(store.rows)
    times = [(*seconds(lambda: bare(connect, server, statements, store)),
              *seconds(lambda: coordinator.collect_and_save(instance))) for _ in range(rounds)]
    print(f"{kind}: {report.capacity.saved} databases, {len(statements)} statements, {rounds} rounds")  # noqa: T201 - a script
    for name, chosen in ("median", statistics.median), ("best", min):
        theirs, their_own, ours, our_own = (chosen(column) * 1000 for column in zip(*times, strict=True))
        print(f"  {name}: bare {theirs:.0f} ms, ours {ours:.0f} ms, ratio {ours / theirs:.2f} (goal {GOAL}); "  # noqa: T201 - a script
              f"this process alone {their_own:.0f} and {our_own:.0f} ms")


def main(count=1000, tables=1, rounds=15):
    with tempfile.TemporaryDirectory() as name:
        with MariaDBServer(require_mariadb()) as server:
            for n in range(count):
                server.execute(f"CREATE DATABASE `db {n:04}`",
                               *(f"CREATE TABLE `db {n:04}`.t{m} (x INT)" for m in range(tables)))
            compare("mysql", server, f"mysql://root:{server.password.replace(' ', '%20')}@127.0.0.1:{server.port}/",
                    bare_mysql, mysql_recorded, count, Path(name), rounds)
        with PostgreSQLServer(require_postgresql()) as server:
            for n in range(count):
                server.execute(f'CREATE DATABASE "db {n:04}" STRATEGY WAL_LOG')
            secret = server.password.replace(" ", "%20")
            compare("postgresql", server, f"postgresql://postgres:{secret}@127.0.0.1:{server.port}/postgres",
                    bare_postgresql, postgresql_recorded, count, Path(name), rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
