"""A connection that is refused says what to do, in time, whoever refuses it and in whatever language."""
import os
import time
from contextlib import ExitStack

import psycopg2
import pytest

from capacity_sync.domain.instance import Timeouts, Tls, TlsMode
from capacity_sync.domain.outcomes import Category, EngineError
from tests.engines.postgresql.conftest import add_roles, reader_of
from tests.servers.listeners import listener
from tests.servers.postgresql import PostgreSQLServer, require_postgresql
from tests.servers.processes import free_port

SOON = Timeouts(connect=1, statement=5, deadline=10)
OTHERS = [b"J\0\0\0\n8.0.36\0" + bytes(64), b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n", b""]


def refusal(reader, **changes):
    """The failure, and the seconds it took."""
    begun = time.monotonic()
    with pytest.raises(EngineError) as caught, reader.session(**{"timeouts": SOON, **changes}):
        pass
    return caught.value.failure, time.monotonic() - begun


def test_a_wrong_password(reader):
    failure, _ = refusal(reader.with_password("wr0ng"))

    assert (failure.category, failure.retryable) == (Category.AUTHENTICATION, False)
    assert "wr0ng" not in repr(failure)
    assert failure.remedy


def test_no_password_where_one_is_wanted(reader):
    assert refusal(reader.with_password(None))[0].category is Category.AUTHENTICATION


def test_a_role_that_does_not_exist(reader):
    assert refusal(reader, username="nobody here")[0].category is Category.AUTHENTICATION


def test_a_role_that_may_not_log_in(role):
    reader = role()
    reader.server.execute(f"ALTER ROLE {reader.user} NOLOGIN")

    assert refusal(reader)[0].category is Category.AUTHENTICATION


def test_a_closed_port(reader):
    failure, seconds = refusal(reader, port=free_port())

    assert (failure.category, failure.retryable) == (Category.NETWORK, True)
    assert seconds < 1


def test_a_host_that_has_no_address(reader):
    assert refusal(reader, host="no-such-host.invalid")[0].category is Category.NETWORK


@pytest.mark.parametrize("tls", ["disable", "prefer"])
def test_a_listener_that_says_nothing_takes_the_connect_timeout_and_no_more(reader, tls):
    with listener() as port:
        failure, seconds = refusal(reader, port=port, tls=Tls(TlsMode(tls)))

    assert failure.category is Category.TIMEOUT
    assert str(port) in failure.message
    assert 0.9 < seconds < 2


@pytest.mark.parametrize("greeting", OTHERS, ids=["MySQL", "HTTP", "SSH", "hangs up"])
def test_a_server_of_another_kind(reader, greeting):
    with listener(greeting) as port:
        failure, seconds = refusal(reader, port=port)

    assert failure.category is Category.NETWORK
    assert seconds < 2


def test_a_stopped_server_takes_the_connect_timeout_and_no_more(own_server):
    reader = reader_of(own_server, "least")
    own_server.pause()
    failure, seconds = refusal(reader)
    own_server.resume()

    assert failure.category is Category.TIMEOUT
    assert 0.9 < seconds < 2


def test_a_database_that_does_not_exist(reader):
    failure, _ = refusal(reader, database="nope")

    assert (failure.category, failure.retryable) == (Category.UNKNOWN_DATABASE, False)


def test_a_database_that_the_login_may_not_enter(plain, database):
    name = database()
    plain.server.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")

    assert refusal(plain, database=name)[0].category is Category.PERMISSION


def test_a_database_that_allows_no_connections(reader):
    failure, _ = refusal(reader, database="template0")

    assert (failure.category, failure.retryable) == (Category.UNAVAILABLE, False)


def test_a_half_dropped_database(reader, postgresql_server, database):
    if postgresql_server.major < 11:
        pytest.skip("PostgreSQL 10 lets everybody into a half-dropped database")
    name = database()
    postgresql_server.execute(f"UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{name}'")
    failure, _ = refusal(reader, database=name)
    postgresql_server.execute(f"UPDATE pg_database SET datconnlimit = -1 WHERE datname = '{name}'")

    assert failure.category is Category.UNAVAILABLE


@pytest.mark.parametrize("limit", ["ALTER ROLE {} CONNECTION LIMIT 0", "ALTER DATABASE {} CONNECTION LIMIT 0"])
def test_a_limit_on_connections(role, database, limit):
    name, reader = database("limited"), role(name="limited")
    reader.server.execute(limit.format("limited"))

    failure, _ = refusal(reader, database=name)

    assert (failure.category, failure.retryable) == (Category.TOO_BUSY, True)


@pytest.fixture(scope="module")
def full_server():
    """A server without a free connection; its superuser still has one."""
    settings = {"max_connections": "8", "superuser_reserved_connections": "3"}
    with PostgreSQLServer(require_postgresql(), settings) as server, ExitStack() as taken:
        add_roles(server)
        for _ in range(5):
            taken.enter_context(server.connect())
        yield server


def test_only_reserved_connections_are_left(full_server):
    assert refusal(reader_of(full_server, "least"))[0].category is Category.TOO_BUSY


def test_no_connection_at_all_is_left(full_server):
    with ExitStack() as taken:
        for _ in range(3):
            taken.enter_context(full_server.connect())

        assert refusal(reader_of(full_server, "least"))[0].category is Category.TOO_BUSY


@pytest.mark.parametrize("rule", ["host all least_role 127.0.0.1/32 reject", ""])
def test_a_client_that_pg_hba_does_not_let_in(own_server, rule):
    hba = own_server.data_directory / "pg_hba.conf"
    hba.write_text(f"{rule}\nhost all postgres 127.0.0.1/32 scram-sha-256\n")
    own_server.reload()

    assert refusal(reader_of(own_server, "least"))[0].category is Category.AUTHENTICATION


def test_a_server_that_is_not_ready_yet(own_server):
    """A standby that takes no queries is starting up for ever."""
    own_server.configure({"wal_level": "replica", "hot_standby": "off"})
    own_server.restart()
    own_server.stop()
    old = own_server.binaries.major < 12
    standby = own_server.data_directory / ("recovery.conf" if old else "standby.signal")
    standby.write_text("standby_mode = on\n" if old else "")
    own_server.hand_over(standby)
    own_server.start(wait=False)
    reader = reader_of(own_server, "least")
    failure = eventually(lambda: refusal(reader)[0], lambda f: f.category is not Category.NETWORK)

    assert (failure.category, failure.retryable) == (Category.UNAVAILABLE, True)


def eventually(ask, accept, seconds=5):
    until = time.monotonic() + seconds
    while not accept(answer := ask()) and time.monotonic() < until:
        time.sleep(0.05)
    return answer


LANGUAGES = ["fr", "ru", "ja", "de"]


def _answer_to(server, statement):
    with pytest.raises(psycopg2.Error) as caught:
        server.execute(statement)
    return str(caught.value)


def _no_catalogues():
    give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    give_up("these PostgreSQL binaries speak English only: install Debian's postgresql")


@pytest.fixture(scope="module", params=LANGUAGES)
def translated_server(request):
    """Speaks another language than English; needs binaries with message catalogues (Debian's have them)."""
    environment = {"LC_ALL": "C.UTF-8", "LANGUAGE": request.param}
    with PostgreSQLServer(require_postgresql(), {"lc_messages": "C.UTF-8"}, environment) as server:
        add_roles(server)
        if "division by zero" in _answer_to(server, "SELECT 1 / 0"):
            _no_catalogues()
        server.execute("CREATE DATABASE closed")
        server.execute("REVOKE CONNECT ON DATABASE closed FROM PUBLIC")
        yield server


@pytest.mark.parametrize(("changes", "password", "category", "code"), [
    ({}, "wrong", Category.AUTHENTICATION, "28P01"),
    ({"username": "nobody"}, "wrong", Category.AUTHENTICATION, "28P01"),
    ({"database": "nope"}, None, Category.UNKNOWN_DATABASE, "3D000"),
    ({"database": "closed"}, None, Category.PERMISSION, "42501"),
    ({"database": "template0"}, None, Category.UNAVAILABLE, "55000"),
])
def test_a_translated_refusal_is_understood(translated_server, changes, password, category, code):
    reader = reader_of(translated_server, "plain")
    failure, _ = refusal(reader.with_password(password or reader.password), **changes)

    assert (failure.category, failure.code) == (category, code)
