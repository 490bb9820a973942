"""A monitor's manners, as the server sees them."""

import threading
import time
from contextlib import contextmanager

import pymysql
import pytest

from capacity_sync.domain.instance import Timeouts
from tests.engines.mysql.conftest import on_disk, reader_of, serving, sizes

SETTINGS = "SELECT @@tx_read_only, @@autocommit, @@lock_wait_timeout, @@max_statement_time, @@wait_timeout, @@sql_mode"


def asked(session, text):
    """What the session itself is told: its driver is reached into, for the test alone."""
    with session._driver.cursor() as cursor:
        cursor.execute(text)
        return cursor.fetchall()


@pytest.mark.parametrize("databases", [1, 40])
def test_four_statements_however_many_databases(database, reader, statements, databases):
    names = [database("CREATE TABLE t (id INT)", "CREATE TABLE u (id INT)") for _ in range(databases)]
    with reader.session() as session:
        statements.clear()
        assert set(names) <= set(reader.adapter.fetch_inventory(session).by_name())
        measured = reader.adapter.fetch_capacity(session, names)

    assert sizes(measured) == {name: on_disk(reader.server, name) for name in names}
    assert len(statements) == 4


def test_the_set_up_is_four_statements(reader, statements):
    with reader.session():
        assert len(statements) == 4


def test_the_server_counts_no_more_statements_than_we_do(reader, statements):
    with reader.session() as session:
        reader.adapter.fetch_inventory(session)
        reader.adapter.fetch_capacity(session, ["mysql"])
        ours = len(statements)
        ((_, questions),) = asked(session, "SHOW SESSION STATUS LIKE 'Questions'")

    assert int(questions) <= ours + 3  # SET NAMES and SET autocommit of PyMySQL, and this question


def test_an_empty_inventory_sends_nothing(reader, statements):
    with reader.session() as session:
        statements.clear()
        reader.adapter.fetch_capacity(session, [])

    assert statements == []


def test_no_statement_goes_on_beyond_the_deadline(reader):
    with reader.session(timeouts=Timeouts(connect=5, statement=300, deadline=7.5)) as session:
        assert asked(session, "SELECT @@max_statement_time, @@wait_timeout") == ((7.5, 8),)
        assert session._driver._read_timeout == 12.5


def test_the_session_is_read_only_and_bounded(reader):
    with reader.session(timeouts=Timeouts(connect=5, statement=7.5, deadline=60)) as session:
        assert asked(session, SETTINGS) == ((1, 1, 5, 7.5, 61, ""),)


def test_the_session_can_write_nothing(database, reader):
    name = database("CREATE TABLE t (id INT)")
    with reader.session() as session, pytest.raises(pymysql.Error) as caught:
        asked(session, f"INSERT INTO {name}.t VALUES (1)")

    assert caught.value.args[0] in {1142, 1792}  # no privilege; read-only transaction
    assert reader.server.execute(f"SELECT COUNT(*) FROM {name}.t") == [(0,)]


def test_the_server_can_tell_who_asks(login):
    with serving("--performance-schema") as server, reader_of(server, login).session() as session:
        ((number,),) = asked(session, "SELECT CONNECTION_ID()")
        name = server.execute(
            "SELECT ATTR_VALUE FROM performance_schema.session_connect_attrs "
            f"WHERE PROCESSLIST_ID = {number} AND ATTR_NAME = 'program_name'"
        )

    assert name == [("capacity-sync",)]


def connections(server, user):
    return server.execute(f"SELECT ID, COMMAND FROM information_schema.PROCESSLIST WHERE USER = '{user}'")


def test_one_connection_without_a_transaction_closed_at_the_end(own_server, login):
    reader = reader_of(own_server, login)
    own_server.execute("CREATE DATABASE a", "CREATE TABLE a.t (id INT)")
    with reader.session() as session:
        reader.adapter.fetch_inventory(session)
        reader.adapter.fetch_capacity(session, ["a"])
        ((number, command),) = connections(own_server, login)
        transactions = own_server.execute(
            f"SELECT trx_id FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id = {number}"
        )
        assert (command, transactions) == ("Sleep", [])

    deadline = time.monotonic() + 2
    while connections(own_server, login) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert connections(own_server, login) == []


def test_a_refused_connection_is_closed_too(own_server, monkeypatch):
    reader = reader_of(own_server, "least")
    monkeypatch.setattr("capacity_sync.adapters.engines.mysql.session.server", lambda *_: 1 / 0)
    with pytest.raises(Exception, match="ZeroDivisionError"), reader.session():
        pass
    time.sleep(0.1)

    assert connections(own_server, "least") == []


@contextmanager
def altering(server, table, held_by):
    """While the `with` lasts, an ALTER of *table* waits for a connection that ran *held_by*."""
    waiting = "SELECT 1 FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table%'"
    with server.connect() as blocked:
        change = threading.Thread(target=blocked.cursor().execute, args=[f"ALTER TABLE {table} ADD y INT"])
        with server.connect() as holding:
            holding.autocommit(False)
            holding.cursor().execute(held_by)
            change.start()
            deadline = time.monotonic() + 5
            while not server.execute(waiting):
                assert time.monotonic() < deadline, "the ALTER does not wait"
                time.sleep(0.02)
            yield
        change.join()


@pytest.mark.parametrize(
    ("engine", "held_by"), [("InnoDB", "SELECT * FROM {0}.t"), ("MyISAM", "LOCK TABLES {0}.t READ")]
)
def test_a_table_that_is_being_altered_does_not_block(database, reader, engine, held_by):
    name = database(f"CREATE TABLE t (id INT) ENGINE={engine}")
    with altering(reader.server, f"{name}.t", held_by.format(name)):
        begun = time.monotonic()
        measured = reader.measured(name)
        took = time.monotonic() - begun

    assert set(sizes(measured)) == {name}
    assert took < 1


@pytest.mark.parametrize("lock", ["LOCK TABLES {0}.t WRITE, {0}.m WRITE", "FLUSH TABLES WITH READ LOCK"])
def test_a_locked_table_does_not_block(database, reader, lock):
    name = database("CREATE TABLE t (id INT)", "CREATE TABLE m (id INT) ENGINE=MyISAM")
    with reader.server.connect() as locking:
        locking.cursor().execute(lock.format(name))
        begun = time.monotonic()
        measured = reader.measured(name)
        took = time.monotonic() - begun

    assert sizes(measured) == {name: on_disk(reader.server, name) + 1024}
    assert took < 1


def test_databases_that_come_and_go_meanwhile_cost_nothing(database, reader):
    """A hundred tables are made, altered and dropped while the sizes are read again and again."""
    still, busy = database("CREATE TABLE t (id INT)"), database("CREATE TABLE base (id INT)")
    stop = threading.Event()

    def churn():
        with reader.server.connect() as connection, connection.cursor() as cursor:
            number = 0
            while not stop.is_set():
                number += 1
                kind = "InnoDB" if number % 2 else "MyISAM"
                cursor.execute(f"CREATE TABLE {busy}.t{number} (id INT) ENGINE={kind}")
                cursor.execute(f"ALTER TABLE {busy}.t{number} ADD KEY (id)")
                cursor.execute(f"CREATE DATABASE {busy}_{number}")
                cursor.execute(f"DROP TABLE {busy}.t{number}")
                cursor.execute(f"DROP DATABASE {busy}_{number}")

    worker = threading.Thread(target=churn)
    worker.start()
    try:
        answers = [reader.measured(still, busy) for _ in range(40)]
    finally:
        stop.set()
        worker.join()

    assert [sizes(measured)[still] for measured in answers] == [on_disk(reader.server, still)] * 40
    assert all(not measured.unmeasured for measured in answers)
    assert all(sizes(measured)[busy] >= 65536 for measured in answers)
