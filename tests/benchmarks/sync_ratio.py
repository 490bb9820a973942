"""A whole sync of one instance beside the bare driver running the same SQL and one bulk upsert.

Run: python -m tests.benchmarks.sync_ratio [DATABASES]    (default 1000; PostgreSQL needs 9 MB of disk for each)
On a machine that has other work to do the best of all rounds says more than their median.
"""
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

ROUNDS, GOAL = 15, 1.10
UPSERT = """INSERT INTO sizes VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (instance_id, name, day)
            DO UPDATE SET size_mb = excluded.size_mb, size_bytes = excluded.size_bytes, at = excluded.at"""


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


def bare(connect, server, statements, store, count):
    with closing(connect(server)) as connection, connection.cursor() as cursor:
        for text, parameters in statements:
            cursor.execute(text, parameters)
            if cursor.description:
                cursor.fetchall()
    with closing(sqlite3.connect(store)) as target:
        target.executemany(UPSERT, [(1, f"db {n:04}", "2026-01-01", 7, 7_545_347, "now") for n in range(count)])
        target.commit()


def seconds(call):
    begun = time.perf_counter()
    call()
    return time.perf_counter() - begun


def compare(kind, server, url, connect, recorded, count, folder):
    one = {"name": "one", "url": url, "tls": {"mode": "disable"}}
    settings = Settings.from_mapping({"store": f"sqlite:///{folder}/{kind}.db", "instances": [one]})
    container = Container.from_settings(settings)
    coordinator, instance = container.coordinator(), settings.instances[0]
    with recorded() as statements:
        report = coordinator.collect_and_save(instance)
    assert report.capacity.saved >= count, report
    bare_store = folder / f"{kind}-bare.db"
    with closing(sqlite3.connect(bare_store)) as target:
        target.execute("CREATE TABLE sizes (instance_id, name, day, size_mb, size_bytes, at, "
                       "PRIMARY KEY (instance_id, name, day))")
    times = [(seconds(lambda: bare(connect, server, statements, bare_store, count)),
              seconds(lambda: coordinator.collect_and_save(instance))) for _ in range(ROUNDS)]
    for name, chosen in ("median", statistics.median), ("best", min):
        ours, theirs = (chosen(t[i] for t in times) for i in (1, 0))
        print(f"{kind}: {report.capacity.saved} databases, {len(statements)} statements, {name} of {ROUNDS}: "  # noqa: T201 - a script
              f"bare {theirs * 1000:.0f} ms, ours {ours * 1000:.0f} ms, ratio {ours / theirs:.2f} (goal {GOAL})")


def main(count):
    with tempfile.TemporaryDirectory() as name:
        with MariaDBServer(require_mariadb()) as server:
            for n in range(count):
                server.execute(f"CREATE DATABASE `db {n:04}`", f"CREATE TABLE `db {n:04}`.t (x INT)")
            compare("mysql", server, f"mysql://root:{server.password.replace(' ', '%20')}@127.0.0.1:{server.port}/",
                    bare_mysql, mysql_recorded, count, Path(name))
        with PostgreSQLServer(require_postgresql()) as server:
            for n in range(count):
                server.execute(f'CREATE DATABASE "db {n:04}" STRATEGY WAL_LOG')
            secret = server.password.replace(" ", "%20")
            compare("postgresql", server, f"postgresql://postgres:{secret}@127.0.0.1:{server.port}/postgres",
                    bare_postgresql, postgresql_recorded, count, Path(name))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
