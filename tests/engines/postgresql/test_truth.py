"""More than fifty databases of every kind at once, each compared with the files on disk."""
import pytest

from tests.engines.postgresql.conftest import add_roles, quoted, reader_of, sizes
from tests.engines.postgresql.test_sizes import on_disk
from tests.servers.postgresql import PostgreSQLServer, require_postgresql

CONTENTS = {
    "empty": "",
    "heap": "CREATE TABLE t AS SELECT n, repeat('x', 100) FROM generate_series(1, 5000) AS n",
    "deleted": "CREATE TABLE t AS SELECT n FROM generate_series(1, 20000) AS n; DELETE FROM t WHERE n % 4 > 0",
    "indexed": "CREATE TABLE t AS SELECT n FROM generate_series(1, 5000) AS n; CREATE INDEX ON t (n); VACUUM t",
    "toast": "CREATE TABLE t (x text); ALTER TABLE t ALTER x SET STORAGE EXTERNAL; INSERT INTO t "
             "SELECT repeat('x', 100000) FROM generate_series(1, 20)",
    "unlogged": "CREATE UNLOGGED TABLE t AS SELECT n FROM generate_series(1, 20000) AS n",
    "partitioned": "CREATE TABLE t (n int) PARTITION BY RANGE (n); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (0) "
                   "TO (9999); INSERT INTO t SELECT n FROM generate_series(1, 9998) AS n",
    "materialized": "CREATE MATERIALIZED VIEW t AS SELECT n FROM generate_series(1, 9999) AS n",
    "large objects": "SELECT lo_from_bytea(0, decode(repeat('00', 100000), 'hex')) FROM generate_series(1, 20)",
    "elsewhere": "CREATE TABLE t TABLESPACE elsewhere AS SELECT n FROM generate_series(1, 9999) AS n",
    "hash": "CREATE TABLE t (n int); CREATE INDEX ON t USING hash (n)",
    "sequences": "CREATE SEQUENCE s; CREATE SEQUENCE t",
    "emptied": "CREATE TABLE t AS SELECT n FROM generate_series(1, 20000) AS n; TRUNCATE t",
}
OPTIONS = {
    "": "",
    "-latin1": "ENCODING 'LATIN1' TEMPLATE template0",
    "-home": "TABLESPACE elsewhere",
    "-limited": "CONNECTION LIMIT 1",
}
AFTERWARDS = {
    "heap": "ALTER DATABASE {} ALLOW_CONNECTIONS false",
    "toast": "ALTER DATABASE {} IS_TEMPLATE true",
    "hash": "REVOKE CONNECT ON DATABASE {} FROM PUBLIC",
    "sequences": "ALTER DATABASE {} RENAME TO {}",
}


@pytest.fixture(scope="module")
def crowded_server():
    with PostgreSQLServer(require_postgresql()) as server:
        add_roles(server)
        server.execute(f"CREATE TABLESPACE elsewhere LOCATION '{server.folder('elsewhere')}'")
        for kind, statements in CONTENTS.items():
            for suffix, options in OPTIONS.items():
                _create(server, f"{kind}{suffix}", statements, options)
        for kind, statement in AFTERWARDS.items():
            server.execute(statement.format(quoted(kind), quoted(f"{kind} renamed")))
        yield server


def _create(server, name, statements, options):
    server.execute(f"CREATE DATABASE {quoted(name)} {options}")
    with server.connect(name) as session, session.cursor() as cursor:
        for statement in filter(None, statements.split("; ")):
            cursor.execute(statement)


@pytest.mark.parametrize("role", ["full", "least"])
def test_every_size_is_the_length_of_the_files(crowded_server, role):
    measured = reader_of(crowded_server, role).measured()
    truth = {name: on_disk(crowded_server, name) for name in sizes(measured)}

    assert len(truth) == len(CONTENTS) * len(OPTIONS) + 1
    assert sizes(measured) == truth
    assert not measured.unmeasured
