"""Every way in which a connection does not come about or breaks: category, code, message, remedy, in time."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest
from attrs import evolve

from capacity_sync.domain.instance import Timeouts
from capacity_sync.domain.outcomes import (
    AuthenticationFailed,
    EngineError,
    QueryFailed,
    ServerTooBusy,
    ServerUnreachable,
    TimedOut,
    UnknownDatabase,
)
from tests.engines.mysql.conftest import REMOTE_ENGINES, reader_of, serving, sizes
from tests.servers.processes import free_port

SHORT = Timeouts(connect=1, statement=1, deadline=5)
SQL = "capacity_sync.adapters.engines.mysql.session.sql"
SLEEP = "SELECT SLEEP(3) FROM information_schema.SCHEMATA"


def refused(reader, **changes):
    with pytest.raises(EngineError) as caught, reader.session(**changes):
        pass
    return caught.value


@contextmanager
def answering(*said):
    """A port on which every connection is told *said*, and then nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:

        def serve():
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                held.append(client)
                for part in said:
                    client.sendall(part)

        held = []
        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    for client in held:
        client.close()


def test_a_wrong_password(reader):
    error = refused(evolve(reader, password="wr0ng"))

    assert (type(error), error.failure.code) == (AuthenticationFailed, "1045")
    assert "wr0ng" not in str(error)
    assert error.failure.remedy


def test_an_unknown_user(reader):
    assert refused(evolve(reader, user="nobody_here")).failure.code == "1045"


def test_no_password_where_one_is_needed(reader):
    assert isinstance(refused(evolve(reader, password=None)), AuthenticationFailed)


@pytest.mark.parametrize("password", ["пароль", "密码", "pässwörd", "😀", "a'b\"c\\d%s"])
def test_a_password_of_any_characters(user, mariadb_server, password):
    reader = evolve(user("SHOW DATABASES ON *.*"), password=password)
    escaped = password.replace("\\", "\\\\").replace("'", "\\'")
    mariadb_server.execute(f"ALTER USER {reader.user} IDENTIFIED BY '{escaped}'")

    assert len(reader.listing()) >= 4


def test_a_closed_port(reader):
    begun = time.monotonic()
    error = refused(reader, port=free_port())

    assert (type(error), error.failure.code, error.failure.retryable) == (ServerUnreachable, "2003", True)
    assert time.monotonic() - begun < 1


def test_an_unknown_host(reader):
    error = refused(reader, host="no-such-host.invalid")

    assert isinstance(error, ServerUnreachable)
    assert "host" in error.failure.remedy


def test_a_silent_port_is_given_up_within_the_timeout(reader):
    with answering() as port:
        begun = time.monotonic()
        error = refused(reader, port=port, timeouts=SHORT)

    assert isinstance(error, TimedOut)
    assert time.monotonic() - begun < 2


def test_a_server_that_stands_still_is_given_up_within_the_timeout(own_server, login):
    own_server.pause()
    begun = time.monotonic()
    error = refused(reader_of(own_server, login), timeouts=SHORT)
    own_server.resume()

    assert isinstance(error, TimedOut)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    "banner", [b"SSH-2.0-OpenSSH_9.2p1\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"220 mail ESMTP\r\n"]
)
def test_another_kind_of_server(reader, banner):
    with answering(banner) as port:
        error = refused(reader, port=port, timeouts=SHORT)

    assert isinstance(error, ServerUnreachable)
    assert "port" in error.failure.remedy
    assert not error.failure.retryable


@pytest.mark.parametrize(
    "packet",
    [b"\x05\0\0\0\x0a8.0\0", b"\x01\0\0\0\x0a", b"\0\0\0\0", b"\x02\0\0\0\xff\xff", b"\x04\0\0\0\x0a\xff\xff\0"],
)
def test_a_greeting_that_makes_no_sense(reader, packet):
    with answering(packet) as port:
        error = refused(reader, port=port, timeouts=SHORT)

    assert error.category.value in {"network", "timeout"}
    assert error.failure.remedy


def test_a_database_that_does_not_exist(reader):
    error = refused(reader, database="nowhere")

    assert (type(error), error.failure.code) in {(UnknownDatabase, "1049")}


def test_an_account_that_is_locked_or_expired(user, mariadb_server):
    locked, expired = user("SHOW DATABASES ON *.*"), user("SHOW DATABASES ON *.*")
    mariadb_server.execute(f"ALTER USER {locked.user} ACCOUNT LOCK", f"ALTER USER {expired.user} PASSWORD EXPIRE")

    assert (type(refused(locked)), refused(locked).failure.code) == (AuthenticationFailed, "4151")
    assert (type(refused(expired)), refused(expired).failure.code) == (AuthenticationFailed, "1820")


def test_an_account_with_too_many_connections(user, mariadb_server):
    reader = user("SHOW DATABASES ON *.*")
    mariadb_server.execute(f"ALTER USER {reader.user} WITH MAX_USER_CONNECTIONS 1")
    with reader.session():
        error = refused(reader)

    assert (type(error), error.failure.code, error.failure.retryable) == (ServerTooBusy, "1226", True)


def test_a_server_with_too_many_connections():
    with serving("--max-connections=10", "--thread-handling=one-thread-per-connection") as server:
        reader = reader_of(server, "least")
        sessions = [reader.adapter.connect(reader.instance(), reader.password) for _ in range(10)]
        error = refused(reader)
        for session in sessions:
            session.close()

    assert (type(error), error.failure.code) == (ServerTooBusy, "1040")


def test_an_account_for_another_host(mariadb_server, reader):
    mariadb_server.execute("CREATE USER far@`10.1.2.3` IDENTIFIED BY 'x'")
    error = refused(evolve(reader, user="far", password="x"))
    mariadb_server.execute("DROP USER far@`10.1.2.3`")

    assert isinstance(error, AuthenticationFailed)


def test_a_statement_is_ended_by_the_server_when_its_time_is_up(reader, monkeypatch):
    with reader.session(timeouts=SHORT) as session:
        monkeypatch.setattr(SQL, lambda package, name: SLEEP)
        begun = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            reader.adapter.fetch_inventory(session)
        took = time.monotonic() - begun
        monkeypatch.undo()
        listing = reader.adapter.fetch_inventory(session)

    assert (caught.value.failure.code, took < 2) == ("1969", True)
    assert "mysql" in listing.by_name()


def test_a_server_that_is_killed_during_the_set_up(own_server, login, monkeypatch):
    monkeypatch.setattr(SQL, lambda package, name: SLEEP)
    timer = threading.Timer(0.3, own_server.kill)
    timer.start()
    error = refused(reader_of(own_server, login))
    timer.join()

    assert (type(error), error.failure.code in {"2006", "2013"}) == (ServerUnreachable, True)


def test_a_statement_may_take_longer_than_connecting(reader, monkeypatch):
    with reader.session(timeouts=Timeouts(connect=1, statement=20, deadline=30)) as session:
        monkeypatch.setattr(SQL, lambda package, name: "SELECT SLEEP(1.5)")
        assert session.rows("anything") == [(0,)]


def test_a_server_that_stands_still_while_it_answers_is_given_up(own_server, login, monkeypatch):
    monkeypatch.setattr("capacity_sync.adapters.engines.mysql.session.GRACE", 0.5)
    reader = reader_of(own_server, login)
    with reader.session(timeouts=SHORT) as session:
        own_server.pause()
        begun = time.monotonic()
        with pytest.raises(TimedOut) as caught:
            reader.adapter.fetch_inventory(session)
        took = time.monotonic() - begun
        own_server.resume()

    assert (caught.value.failure.code, 1 < took < 3) == ("2013", True)


def disturbed(reader, act, monkeypatch):
    """What a listing ends in when *act* is done to the server while its statement runs."""
    with reader.session(timeouts=Timeouts(connect=1, statement=20, deadline=30)) as session:
        monkeypatch.setattr(SQL, lambda package, name: SLEEP)
        timer = threading.Timer(0.3, act)
        timer.start()
        begun = time.monotonic()
        with pytest.raises(EngineError) as caught:
            reader.adapter.fetch_inventory(session)
        timer.join()
        monkeypatch.undo()
        assert time.monotonic() - begun < 3
        with pytest.raises(EngineError):
            reader.adapter.fetch_capacity(session, ["a"])
    return caught.value


def test_a_server_that_is_killed_while_it_answers(own_server, login, monkeypatch):
    error = disturbed(reader_of(own_server, login), own_server.kill, monkeypatch)

    assert (type(error), error.failure.retryable) == (ServerUnreachable, True)
    assert error.failure.code in {"2006", "2013"}


def test_a_server_that_is_stopped_while_it_answers(own_server, login, monkeypatch):
    error = disturbed(reader_of(own_server, login), own_server.stop, monkeypatch)

    assert error.failure.retryable


def processes(server, user):
    return [row[0] for row in server.execute("SELECT ID FROM information_schema.PROCESSLIST "
                                             f"WHERE USER = '{user}' ORDER BY ID")]  # fmt: skip


def test_a_connection_that_is_killed(own_server, login, monkeypatch):
    reader = reader_of(own_server, login)

    def kill():
        own_server.execute(*(f"KILL {number}" for number in processes(own_server, reader.user)))

    assert isinstance(disturbed(reader, kill, monkeypatch), ServerUnreachable)


def test_a_statement_that_is_killed_leaves_the_connection(own_server, login, monkeypatch):
    reader = reader_of(own_server, login)
    with reader.session() as session:
        monkeypatch.setattr(SQL, lambda package, name: SLEEP)
        (number,) = processes(own_server, reader.user)
        timer = threading.Timer(0.3, own_server.execute, [f"KILL QUERY {number}"])
        timer.start()
        with pytest.raises(QueryFailed) as caught:
            reader.adapter.fetch_inventory(session)
        timer.join()
        monkeypatch.undo()
        assert "mysql" in reader.adapter.fetch_inventory(session).by_name()

    assert (caught.value.failure.code, caught.value.failure.retryable) == ("1317", True)


def test_a_restart_between_the_phases_costs_the_second_alone(own_server, login):
    reader = reader_of(own_server, login)
    own_server.execute("CREATE DATABASE a")
    with reader.session() as session:
        assert "a" in reader.adapter.fetch_inventory(session).by_name()
        own_server.restart()
        with pytest.raises(ServerUnreachable) as caught:
            reader.adapter.fetch_capacity(session, ["a"])

    assert caught.value.failure.retryable
    assert sizes(reader.measured("a")) == {"a": 0}


def test_a_server_without_privilege_tables_shows_everything():
    with serving(*REMOTE_ENGINES) as server:
        server.execute("CREATE DATABASE a")
        server.options = ("--skip-grant-tables",)
        server.restart()
        reader = reader_of(server, "least")

        assert reader.listing().completeness.value == "complete"
        assert sizes(reader.measured("a")) == {"a": 0}
