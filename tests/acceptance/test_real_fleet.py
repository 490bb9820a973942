"""The main job as a user runs it: one fleet file, three kinds of servers, the command, and the files on disk."""
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from attrs import frozen

from tests.servers.mariadb import MariaDBServer, require_mariadb
from tests.servers.postgresql import PostgreSQLServer, require_postgresql

COMMAND = Path(sys.executable).with_name("capacity-sync")
PASSWORD = "p4ss of the watcher"
MOVING = {"updated_at", "collected_at"}
FLEET = """
store: sqlite:///store.db
defaults: {{connect_timeout: 5, statement_timeout: 60, deadline: 120}}
instances:
  - {{name: pg, engine: postgresql, host: 127.0.0.1, port: {pg}, database: postgres,
      username: watch, password: {{env: WATCH_PASSWORD}}}}
  - {{name: maria, engine: mysql, host: 127.0.0.1, port: {maria}, username: watch, password: {{env: WATCH_PASSWORD}}}}
  - {{name: files, engine: sqlite, path: apps}}
"""


@frozen
class Fleet:
    folder: Path
    pg: PostgreSQLServer
    maria: MariaDBServer

    def run(self, *arguments):
        """Exit code and what the command printed on stdout."""
        done = subprocess.run([COMMAND, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=300,
                              env={**os.environ, "WATCH_PASSWORD": PASSWORD})
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout

    def sync(self, *names):
        """Exit code and the instances of `sync --format json` by name."""
        code, printed = self.run("sync", *names, "--format", "json")
        assert PASSWORD not in printed
        return code, {instance["name"]: instance for instance in json.loads(printed)["instances"]}

    def rows(self):
        """Every row of the tables that describe databases, without the columns that tell when."""
        tables = ("instances", "instance_databases", "database_size_stats", "instance_size_stats",
                  "database_lifecycle_events")
        with closing(sqlite3.connect(self.folder / "store.db")) as store:
            store.row_factory = sqlite3.Row
            return {table: [{k: row[k] for k in row.keys() if k not in MOVING}  # noqa: SIM118 - a Row iterates values
                            for row in store.execute(f"SELECT * FROM {table} ORDER BY id")] for table in tables}


def create_in_postgresql(server, count):
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE watch LOGIN PASSWORD '{PASSWORD}'")
        for n in range(count):
            cursor.execute(f'CREATE DATABASE "db {n:03}" STRATEGY WAL_LOG' if connection.server_version >= 150000
                           else f'CREATE DATABASE "db {n:03}"')
    server.execute("CREATE TABLE t AS SELECT generate_series(1, 10000) AS x", database="db 007")


def create_in_mariadb(server, count):
    server.execute(
        f"CREATE USER watch@'%' IDENTIFIED BY '{PASSWORD}'",
        "GRANT PROCESS, SHOW DATABASES, SHOW VIEW ON *.* TO watch@'%'",
        *(statement for n in range(count) for statement in (
            f"CREATE DATABASE `db {n:03}`", f"CREATE TABLE `db {n:03}`.`t-{n}` (x INT) ENGINE=InnoDB")),
        "INSERT INTO `db 007`.`t-7` SELECT seq FROM `db 007`.seq_1_to_50000",
    )


def create_files(folder, count):
    for n in range(count):
        path = folder / "apps" / f"team {n % 7}" / f"db {n:03}.db"
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE t (x)")


@pytest.fixture(params=[30, pytest.param(300, marks=pytest.mark.measured)])
def fleet(request, tmp_path):
    with PostgreSQLServer(require_postgresql()) as pg, MariaDBServer(require_mariadb()) as maria:
        create_in_postgresql(pg, request.param)
        create_in_mariadb(maria, request.param)
        create_files(tmp_path, request.param)
        (tmp_path / "fleet.yaml").write_text(FLEET.format(pg=pg.port, maria=maria.port))
        yield Fleet(tmp_path, pg, maria)


def length(folder, pattern="**/*"):
    return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())


def lengths_on_disk(fleet):
    """Bytes of the files of each instance's databases, counted without the engine."""
    own = fleet.pg.execute("SELECT oid FROM pg_database WHERE datname NOT LIKE 'template%'")
    return {
        "pg": sum(length(fleet.pg.data_directory / "base" / str(oid)) for oid, in own),
        "maria": length(fleet.maria.data_directory, "db@0020*/*.ibd"),
        "files": length(fleet.folder / "apps", "*/*.db"),
    }


def test_a_fleet_of_three_kinds_from_the_first_sync_to_a_stopped_server(fleet):
    code, first = fleet.sync()
    assert (code, {i["status"] for i in first.values()}) == (0, {"completed"}), first
    assert {name: i["capacity"]["total_bytes"] for name, i in first.items()} == lengths_on_disk(fleet)

    rows = fleet.rows()
    code, second = fleet.sync()
    assert (code, fleet.rows()) == (0, rows)
    assert all(i["inventory"]["created"] + i["inventory"]["deactivated"] == 0 for i in second.values())

    fleet.pg.execute('REVOKE CONNECT ON DATABASE "db 003" FROM PUBLIC')
    code, denied = fleet.sync("pg")
    (lost,) = denied["pg"]["capacity"]["unmeasured"]
    assert (code, denied["pg"]["status"], lost["database_name"]) == (3, "partial", "db 003")
    assert (lost["error"]["category"], "GRANT" in lost["error"]["remedy"]) == ("permission", True)
    code, printed = fleet.run("sync", "pg")
    assert code == 3
    assert "GRANT" in printed

    fleet.maria.execute("REVOKE PROCESS ON *.* FROM watch@'%'")
    code, blind = fleet.sync("maria")
    assert (code, blind["maria"]["status"]) == (3, "partial")
    assert any("GRANT PROCESS" in (warning["remedy"] or "") for warning in blind["maria"]["warnings"])

    active = len(blind["maria"]["inventory"]["active_databases"])
    fleet.maria.execute("GRANT PROCESS ON *.* TO watch@'%'", "REVOKE SHOW DATABASES, SHOW VIEW ON *.* FROM watch@'%'")
    code, hidden = fleet.sync("maria")
    inventory = hidden["maria"]["inventory"]
    assert (code, inventory["deactivated"], len(inventory["held"])) == (5, 0, active)
    assert inventory["completeness"] == "visible_only"

    fleet.maria.execute("GRANT SHOW DATABASES, SHOW VIEW ON *.* TO watch@'%'")
    fleet.pg.execute('GRANT CONNECT ON DATABASE "db 003" TO PUBLIC')
    fleet.pg.stop()
    code, rest = fleet.sync()
    assert code == 3
    assert {name: i["status"] for name, i in rest.items()} == {
        "pg": "failed", "maria": "completed", "files": "completed"}
    assert rest["pg"]["error"]["category"] == "network"
    assert len(rest["maria"]["inventory"]["active_databases"]) == active
