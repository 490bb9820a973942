"""After a restart MariaDB shows only the files it has opened since: the rest is opened, or missed by name."""

import time

import pytest

from tests.engines.mysql.conftest import on_disk, reader_of, reasons, serving, sizes

SEEN = "SELECT COUNT(*) FROM information_schema.INNODB_SYS_TABLESPACES WHERE NAME LIKE '%/%'"
FILES = {
    "plain": ["CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE u (id INT PRIMARY KEY)"],
    "texts": ["CREATE TABLE t (id INT PRIMARY KEY, x TEXT, FULLTEXT (x))", "INSERT INTO t VALUES (1, 'some words')"],
    "parts": ["CREATE TABLE t (id INT) PARTITION BY HASH (id) PARTITIONS 5"],
    "été-1": ["CREATE TABLE `a-b` (id INT)"],
    "mixed": ["CREATE TABLE i (id INT)", "CREATE TABLE m (id INT) ENGINE=MyISAM", "FLUSH TABLES"],
    "empty": [],
}


@pytest.fixture
def own_server():
    """Does not fetch the pages it had before, which would open their files sooner or later."""
    with serving("--innodb-buffer-pool-load-at-startup=OFF") as server:
        yield server


def fill(server):
    for name, statements in FILES.items():
        server.execute(f"CREATE DATABASE `{name}`", f"USE `{name}`", *statements)


def expected(server):
    return {name: on_disk(server, name) + on_disk(server, name, "*.MY?") for name in FILES}


def test_all_files_are_counted_after_a_restart_without_traffic(own_server, login):
    fill(own_server)
    ((opened,),) = own_server.execute(SEEN)
    own_server.restart()
    assert own_server.execute(SEEN)[0][0] < opened

    measured = reader_of(own_server, login).measured()
    assert sizes(measured) == expected(own_server)
    assert {row.database_name for row in measured if row.basis.value == "estimate"} == {"mixed"}


def test_all_files_are_counted_after_a_crash(own_server, login):
    fill(own_server)
    own_server.kill()
    own_server.start()

    assert sizes(reader_of(own_server, login).measured()) == expected(own_server)


@pytest.mark.parametrize("content", [None, b"", b"garbage" * 10_000])
def test_a_file_that_is_lost_makes_its_database_unmeasured_and_no_other(own_server, login, content):
    fill(own_server)
    own_server.stop()
    lost = own_server.data_directory / "plain" / "u.ibd"
    lost.unlink() if content is None else lost.write_bytes(content)
    own_server.start()
    measured = reader_of(own_server, login).measured()

    assert sizes(measured) == {name: size for name, size in expected(own_server).items() if name != "plain"}
    assert reasons(measured)["plain"].category.value == "unavailable"
    assert "no file for u:" in reasons(measured)["plain"].message
    assert measured.facts.overhead_bytes is not None


def test_a_discarded_tablespace_is_missed_after_a_restart_too(own_server, login):
    fill(own_server)
    own_server.execute("ALTER TABLE plain.u DISCARD TABLESPACE")
    own_server.restart()

    assert set(reasons(reader_of(own_server, login).measured())) == {"plain"}


def test_the_files_are_opened_once(own_server, login, statements):
    fill(own_server)
    own_server.restart()
    reader = reader_of(own_server, login)
    with reader.session() as session:
        reader.adapter.fetch_inventory(session)
        statements.clear()
        reader.adapter.fetch_capacity(session, list(FILES))
        first = len(statements)
        statements.clear()
        reader.adapter.fetch_capacity(session, list(FILES))

    assert (first, len(statements)) == (5, 3)  # one more each time for the MyISAM table; no binary logs here


@pytest.mark.parametrize("tables", [50, pytest.param(500, marks=pytest.mark.measured)])
def test_thousands_of_tables_cold(own_server, login, tables):
    """Ten databases. Measured: 5,000 tables, and the time that the first sizes after a restart take."""
    for part in range(10):
        made = [f"CREATE TABLE d{part}.t{i} (id INT PRIMARY KEY, k INT, KEY (k))" for i in range(tables)]
        own_server.execute(f"CREATE DATABASE d{part}", *made)
    own_server.restart()
    reader = reader_of(own_server, login)
    begun = time.monotonic()
    measured = reader.measured()
    cold = time.monotonic() - begun
    begun = time.monotonic()
    assert sizes(reader.measured()) == sizes(measured)
    print(f"{10 * tables} tables: {cold:.2f} s cold, {time.monotonic() - begun:.2f} s warm")  # noqa: T201 - the result

    assert sizes(measured) == {f"d{part}": on_disk(own_server, f"d{part}") for part in range(10)}
    assert {row.basis.value for row in measured} == {"file"}
    assert cold < 30
