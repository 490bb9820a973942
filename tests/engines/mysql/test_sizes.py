"""Sizes against the files on disk, for every way in which a table can be stored."""

import socket
import time

import pytest

from tests.engines.mysql.conftest import bases, on_disk, quoted, reader_of, reasons, serving, sizes

ROWS = "INSERT INTO t SELECT seq, REPEAT('x', 200) FROM seq_1_to_20000"


def test_innodb_tables_are_the_lengths_of_their_files(database, reader):
    small = database("CREATE TABLE t (id INT PRIMARY KEY, x TEXT)", "CREATE TABLE u (id INT)")
    big = database("CREATE TABLE t (id INT PRIMARY KEY, x TEXT)", ROWS)

    measured = reader.measured(small, big)
    assert sizes(measured) == {name: on_disk(reader.server, name) for name in (small, big)}
    assert [(row.method, row.basis.value) for row in measured] == [("tablespaces", "file")] * 2


def test_deleted_rows_still_take_their_place(database, reader):
    name = database("CREATE TABLE t (id INT PRIMARY KEY, x TEXT)", ROWS)
    before = sizes(reader.measured(name))
    reader.server.execute(f"DELETE FROM {name}.t WHERE id % 4 > 0")

    assert sizes(reader.measured(name)) == before == {name: on_disk(reader.server, name)}


def test_an_empty_database_has_size_zero(database, reader):
    name = database()

    assert (sizes(reader.measured(name)), bases(reader.measured(name))) == ({name: 0}, {name: "file"})


@pytest.mark.parametrize(("engine", "pattern"), [
    ("MyISAM", "*.MY?"), ("Aria TRANSACTIONAL=0", "*.MA?"), ("ARCHIVE", "*.ARZ"),
])  # fmt: skip
def test_what_is_not_innodb_is_counted_from_its_statistics(database, reader, engine, pattern):
    name = database(f"CREATE TABLE t (id INT NOT NULL, x VARCHAR(200) NOT NULL) ENGINE={engine}", ROWS, "FLUSH TABLES")

    measured = reader.measured(name)
    assert sizes(measured) == {name: on_disk(reader.server, name, pattern)}
    assert [(row.method, row.basis.value) for row in measured] == [("tables", "estimate")]


def test_a_csv_table_makes_its_database_unmeasured_because_the_servers_call_every_one_empty(database, reader):
    name = database(
        "CREATE TABLE t (id INT NOT NULL) ENGINE=CSV", "INSERT INTO t VALUES (1)", "CREATE TABLE i (id INT)"
    )

    assert not sizes(reader.measured(name))
    assert reasons(reader.measured(name))[name].category.value == "unsupported"


def test_innodb_and_others_add_up(database, reader):
    name = database("CREATE TABLE i (id INT)", "CREATE TABLE t (id INT, x TEXT) ENGINE=MyISAM", ROWS, "FLUSH TABLES")

    measured = reader.measured(name)
    assert sizes(measured) == {name: on_disk(reader.server, name) + on_disk(reader.server, name, "*.MY?")}
    assert [(row.method, row.basis.value) for row in measured] == [("tablespaces+tables", "estimate")]


@pytest.mark.parametrize("engine", ["MEMORY", "BLACKHOLE", "MERGE UNION=(m)"])
def test_what_keeps_nothing_on_disk_is_nothing(database, reader, engine):
    name = database("CREATE TABLE m (id INT) ENGINE=MyISAM", "INSERT INTO m VALUES (1), (2)", "FLUSH TABLES",
                    f"CREATE TABLE t (id INT) ENGINE={engine}")  # fmt: skip

    assert sizes(reader.measured(name)) == {name: on_disk(reader.server, name, "*.MY?")}


@pytest.mark.parametrize("made", [
    "CREATE TABLE t (id INT) PARTITION BY HASH (id) PARTITIONS 7",
    "CREATE TABLE t (id INT, y DATE) PARTITION BY RANGE (YEAR(y)) SUBPARTITION BY HASH (id) SUBPARTITIONS 2 "
    "(PARTITION p0 VALUES LESS THAN (2020), PARTITION P1 VALUES LESS THAN MAXVALUE)",
    "CREATE TABLE t (id INT PRIMARY KEY, x TEXT, FULLTEXT (x))",
    "CREATE TABLE t (id INT PRIMARY KEY, x TEXT) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4",
    "CREATE TABLE t (id INT PRIMARY KEY, x TEXT) PAGE_COMPRESSED=1",
    "CREATE TABLE t (id INT) WITH SYSTEM VERSIONING",
    "CREATE SEQUENCE t",
    "CREATE TABLE t (id INT PRIMARY KEY, g INT AS (id + 1) STORED, KEY (g))",
])  # fmt: skip
def test_every_kind_of_innodb_table_is_the_length_of_its_files(database, reader, made):
    name = database(made)

    assert sizes(reader.measured(name)) == {name: on_disk(reader.server, name)}
    assert bases(reader.measured(name)) == {name: "file"}


@pytest.mark.parametrize(
    "made", ["CREATE SEQUENCE t ENGINE=MyISAM", "CREATE TABLE t (id INT) ENGINE=MyISAM WITH SYSTEM VERSIONING"]
)
def test_tables_that_are_no_base_tables_are_counted(database, reader, made):
    name = database(made, "FLUSH TABLES")

    assert sizes(reader.measured(name)) == {name: on_disk(reader.server, name, "*.MY?")}


def test_a_view_has_no_size(database, reader):
    name = database("CREATE VIEW v AS SELECT 1", "CREATE VIEW broken AS SELECT * FROM v", "DROP VIEW v")

    assert sizes(reader.measured(name)) == {name: 0}


def test_a_table_in_another_directory_is_counted(database, reader):
    place = reader.server.folder(f"elsewhere-{reader.user}")
    name = database(f"CREATE TABLE t (id INT PRIMARY KEY, x TEXT) DATA DIRECTORY='{place}'", ROWS)

    assert sizes(reader.measured(name)) == {name: sum(file.stat().st_size for file in place.rglob("*.ibd"))}
    assert sizes(reader.measured(name))[name] > 5_000_000


def test_tables_in_the_system_tablespace_are_estimated_without_its_free_space(own_server, login):
    own_server.execute("SET GLOBAL innodb_file_per_table = OFF", "CREATE DATABASE shared", "USE shared",
                       "CREATE TABLE t (id INT PRIMARY KEY, x TEXT)", ROWS, "CREATE TABLE gone (id INT, x TEXT)",
                       "INSERT INTO gone SELECT * FROM t", "DROP TABLE gone", "ANALYZE TABLE t")  # fmt: skip
    ((expected,),) = own_server.execute("SELECT DATA_LENGTH FROM information_schema.TABLES WHERE TABLE_SCHEMA='shared'")
    measured = reader_of(own_server, login).measured("shared")

    assert sizes(measured) == {"shared": expected}
    assert bases(measured) == {"shared": "estimate"}
    assert measured.facts.overhead_bytes > (own_server.data_directory / "ibdata1").stat().st_size


def test_a_discarded_tablespace_makes_its_database_unmeasured_and_no_other(database, reader):
    good = database("CREATE TABLE t (id INT)")
    lost = database("CREATE TABLE t (id INT)", "CREATE TABLE kept (id INT)", "ALTER TABLE t DISCARD TABLESPACE")

    measured = reader.measured(good, lost)
    assert sizes(measured) == {good: on_disk(reader.server, good)}
    assert reasons(measured)[lost].category.value == "unavailable"
    assert "no file for t:" in reasons(measured)[lost].message


@pytest.mark.parametrize(
    ("file", "content"), [("m.frm", b""), ("m.frm", b"garbage"), ("m.MYI", b"garbage"), ("m.MYD", None)]
)
def test_a_damaged_table_makes_its_database_unmeasured_and_no_other(database, reader, file, content):
    good = database("CREATE TABLE t (id INT) ENGINE=MyISAM")
    bad = database("CREATE TABLE m (id INT) ENGINE=MyISAM", "CREATE TABLE kept (id INT)", "FLUSH TABLES")
    damaged = reader.server.data_directory / bad / file
    damaged.unlink() if content is None else damaged.write_bytes(content)
    try:
        measured = reader.measured(good, bad)
    finally:
        for rest in (reader.server.data_directory / bad).glob("m.*"):
            rest.unlink()

    assert set(sizes(measured)) == {good}
    assert reasons(measured)[bad].category.value == "unavailable"
    assert "no size for m:" in reasons(measured)[bad].message


def test_a_broken_definition_of_an_innodb_table_does_not_hide_its_file(database, reader):
    name = database("CREATE TABLE t (id INT)", "FLUSH TABLES")
    definition = reader.server.data_directory / name / "t.frm"
    whole = definition.read_bytes()
    definition.write_bytes(b"garbage")
    try:
        measured = reader.measured(name)
    finally:
        definition.write_bytes(whole)

    assert sizes(measured) == {name: on_disk(reader.server, name)}


@pytest.fixture
def silent_port():
    """Accepts and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield listener.getsockname()[1]


def test_a_federated_table_dials_nobody(database, reader, silent_port):
    name = database(
        f"CREATE TABLE f (id INT) ENGINE=FEDERATED CONNECTION='mysql://u:p@127.0.0.1:{silent_port}/x/y'",
        "CREATE TABLE m (id INT) ENGINE=MyISAM", "CREATE TABLE i (id INT)", "FLUSH TABLES",
    )  # fmt: skip
    begun = time.monotonic()
    measured = reader.measured(name)

    assert time.monotonic() - begun < 1
    assert sizes(measured) == {name: on_disk(reader.server, name) + on_disk(reader.server, name, "*.MY?")}


def test_a_federated_table_dials_nobody_without_process_either(database, user, silent_port):
    name = database(
        f"CREATE TABLE f (id INT) ENGINE=FEDERATED CONNECTION='mysql://u:p@127.0.0.1:{silent_port}/x/y'",
        "CREATE TABLE i (id INT)",
    )  # fmt: skip
    begun = time.monotonic()
    measured = user("SHOW DATABASES, SHOW VIEW ON *.*").measured(name)

    assert time.monotonic() - begun < 1
    assert sizes(measured) == {name: 16384}


def test_a_dropped_database_is_unmeasured(database, reader):
    name = database("CREATE TABLE t (id INT)")
    with reader.session() as session:
        assert name in reader.adapter.fetch_inventory(session).by_name()
        reader.server.execute(f"DROP DATABASE {quoted(name)}")
        late = database()
        measured = reader.adapter.fetch_capacity(session, [name, late])

    assert sizes(measured) == {late: 0}
    assert reasons(measured)[name].category.value == "unknown_database"


def test_system_databases_are_overhead_unless_they_are_asked_for(own_server, login):
    reader = reader_of(own_server, login)
    own_server.execute("CREATE DATABASE a", "CREATE TABLE a.t (id INT)")
    alone = reader.measured("a").facts.overhead_bytes
    asked = reader.measured("a", "mysql", "sys", "information_schema", "performance_schema")
    shared = sum((own_server.data_directory / file).stat().st_size for file in ("ibdata1", "ibtmp1"))
    undo = sum(file.stat().st_size for file in own_server.data_directory.glob("undo*"))

    assert asked.facts.overhead_bytes == shared + undo
    assert alone == asked.facts.overhead_bytes + sizes(asked)["mysql"] + sizes(asked)["sys"]
    in_files = on_disk(own_server, "mysql", "*.ibd") + on_disk(own_server, "mysql", "*.MA?")
    assert sizes(asked)["mysql"] == pytest.approx(in_files, rel=0.15)
    assert sizes(asked)["information_schema"] == sizes(asked)["performance_schema"] == 0


def test_logs_are_the_redo_log_and_the_binary_logs(database, mariadb_server):
    name = database()
    mariadb_server.execute("FLUSH BINARY LOGS")
    folder = mariadb_server.data_directory
    logs = sum(file.stat().st_size for file in [*folder.glob("binlog.0*"), *folder.glob("ib_logfile*")])

    assert reader_of(mariadb_server, "full").measured(name).facts.log_bytes == pytest.approx(logs, abs=20_000)


def test_without_the_privilege_the_size_of_the_binary_logs_is_not_known(database, user, mariadb_server):
    if mariadb_server.execute("SELECT @@log_bin") != [(1,)]:
        pytest.skip("the given MySQL server keeps no binary logs")
    name = database()
    unseeing, seeing = (
        user("PROCESS, SHOW DATABASES, SHOW VIEW ON *.*"),
        user("PROCESS, SHOW VIEW, REPLICATION CLIENT ON *.*"),
    )

    measured = unseeing.measured(name)
    assert (measured.facts.log_bytes, sizes(measured)) == (None, {name: 0})
    assert [warning.remedy for warning in measured.warnings] == [
        f"GRANT REPLICATION CLIENT ON *.* TO `{unseeing.user}`@`%`"
    ]
    assert not measured.degraded
    assert seeing.measured(name).facts.log_bytes > 0


def test_without_binary_logs_the_logs_are_the_redo_log(login):
    with serving() as server:
        measured = reader_of(server, login).measured("mysql")

        assert measured.facts.log_bytes == (server.data_directory / "ib_logfile0").stat().st_size
        assert not measured.warnings


@pytest.mark.parametrize("count", [51, 230])
def test_many_tables_outside_of_innodb_are_each_counted(database, reader, count):
    """More than are asked for at once."""
    name = database(*(f"CREATE TABLE t{i} (id INT) ENGINE=MyISAM" for i in range(count)), "FLUSH TABLES")

    assert sizes(reader.measured(name)) == {name: count * 1024}


def test_two_thousand_tables(own_server):
    """MariaDB drops tables from a grand total over TABLES once there are so many: here none is asked for."""
    for part in range(4):
        tables = [
            f"CREATE TABLE d{part}.t{i} (id INT) ENGINE={'InnoDB' if i % 10 == 0 else 'MyISAM'}" for i in range(550)
        ]
        own_server.execute(f"CREATE DATABASE d{part}", *tables)
    own_server.execute("FLUSH TABLES")
    measured = reader_of(own_server, "least").measured()

    assert sizes(measured) == {f"d{part}": on_disk(own_server, f"d{part}") + 495 * 1024 for part in range(4)}
