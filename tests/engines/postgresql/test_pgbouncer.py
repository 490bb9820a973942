"""Behind PgBouncer in transaction mode: everything works, and the next client inherits nothing."""
import psycopg2
import pytest
from attrs import evolve

from capacity_sync.domain.outcomes import Category, EngineError
from tests.engines.postgresql.conftest import reader_of, reasons, sizes
from tests.servers.pgbouncer import pgbouncer

SETTINGS = (
    "default_transaction_read_only", "transaction_read_only", "statement_timeout", "lock_timeout", "application_name",
    "idle_in_transaction_session_timeout", "search_path", "client_encoding",
)


@pytest.fixture(scope="module")
def pooler(postgresql_server):
    users = {f"{role}_role": f"{role} secret" for role in ("full", "least", "plain")}
    with pgbouncer(postgresql_server, users) as port:
        yield port


@pytest.fixture
def neighbour(pooler, reader):
    """Asks a question as another client of the same pool of one session."""
    def ask(statement):
        keywords = {"host": "127.0.0.1", "port": pooler, "user": reader.user, "password": reader.password}
        connection = psycopg2.connect(dbname="postgres", **keywords)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()
        finally:
            connection.close()
    return ask


def state(neighbour):
    return neighbour("SELECT pg_backend_pid(), " + ", ".join(f"current_setting('{name}')" for name in SETTINGS))


def test_the_sizes_are_those_of_a_direct_connection(reader, pooler, database):
    database()

    through, direct = reader.measured(port=pooler), reader.measured()

    assert list(through) == list(direct)
    assert through.facts == direct.facts
    assert through.warnings == direct.warnings


def test_nothing_is_left_behind_in_the_shared_session(reader, pooler, neighbour):
    before = state(neighbour)
    with reader.session(port=pooler) as session:
        listing = reader.adapter.fetch_inventory(session)
        between = state(neighbour)
        reader.adapter.fetch_capacity(session, [row.name for row in listing])
        during = state(neighbour)

    assert before == between == during == state(neighbour)


def test_our_statements_are_read_only_limited_and_named(reader, pooler, tmp_path, monkeypatch):
    from capacity_sync.adapters.engines.postgresql import session as module

    shown = ", ".join(f"current_setting('{name}')" for name in SETTINGS[1:])
    texts = {"settings": f"SELECT {shown}"}
    monkeypatch.setattr(module, "sql", lambda package, name, read=module.sql: texts.get(name) or read(package, name))
    with reader.session(port=pooler) as session:
        assert session.fetch("settings") == [
            ("on", "30s", "2s", "capacity-sync", "1min", "pg_catalog", "SQL_ASCII")]


def test_a_statement_that_fails_leaves_no_transaction_open(reader, pooler, neighbour, monkeypatch):
    from capacity_sync.adapters.engines.postgresql import session as module

    texts = {"broken": "SELECT 1 / 0"}
    monkeypatch.setattr(module, "sql", lambda package, name, read=module.sql: texts.get(name) or read(package, name))
    with reader.session(port=pooler) as session:
        with pytest.raises(psycopg2.Error):
            session.fetch("broken")

        assert neighbour("SELECT 1") == [(1,)]
        assert reader.adapter.fetch_inventory(session)


def test_a_forbidden_database_costs_only_itself_here_too(postgresql_server, pooler, database):
    name, plain = database(), reader_of(postgresql_server, "plain")
    postgresql_server.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")

    measured = plain.measured(port=pooler)

    assert reasons(measured)[name].category is Category.PERMISSION
    assert "postgres" in sizes(measured)


def test_a_name_that_is_no_utf8_survives_the_pooler(reader, pooler, postgresql_server, database):
    home = database(options="ENCODING 'LATIN1' TEMPLATE template0")
    with postgresql_server.connect(home, client_encoding="LATIN1") as session, session.cursor() as cursor:
        cursor.execute('CREATE DATABASE "caf\xe9"')
        try:
            assert "caf\\xe9" in reader.listing(port=pooler, database="postgres").by_name()
            assert "caf\\xe9" in reader.listing(port=pooler, database=home).by_name()
        finally:
            cursor.execute('DROP DATABASE "caf\xe9"')
            hold = f"datname = '{home}' AND pid <> pg_backend_pid()"
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {hold}")


@pytest.mark.parametrize(("changes", "password", "category"), [
    ({}, "wrong", Category.AUTHENTICATION),
    ({"username": "stranger"}, "wrong", Category.AUTHENTICATION),
    ({"database": "nope"}, None, Category.UNKNOWN_DATABASE),
])
def test_what_the_pooler_refuses_is_understood(reader, pooler, changes, password, category):
    asked = evolve(reader, password=password or reader.password)
    with pytest.raises(EngineError) as caught, asked.session(port=pooler, **changes) as session:
        reader.adapter.fetch_inventory(session)

    assert caught.value.failure.category is category


def test_a_pooler_that_drops_our_settings_without_a_word_is_noticed(reader, monkeypatch):
    """Some ignore start-up options; then the settings come with every transaction as well."""
    from capacity_sync.adapters.engines.postgresql import opening

    monkeypatch.setattr(opening, "settings_of", lambda limit: {"application_name": "capacity-sync"})
    with reader.session() as session:
        listing = reader.adapter.fetch_inventory(session)

        assert session.pooled
        assert len(reader.adapter.fetch_capacity(session, ["postgres"])) == 1
        assert "postgres" in listing.by_name()
