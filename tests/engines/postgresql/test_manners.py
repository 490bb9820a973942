"""A monitor's manners, seen from the server."""
import pytest

from capacity_sync.domain.instance import Timeouts
from capacity_sync.domain.outcomes import Category, TimedOut
from tests.engines.postgresql.conftest import reader_of, sizes

OURS = "FROM pg_stat_activity WHERE usename = '{}'"


def settings(session, *names):
    return {name: session._run(f"SHOW {name}", {})[0][0] for name in names}


def test_the_session_is_read_only_has_timeouts_and_says_who_it_is(reader):
    with reader.session() as session:
        assert settings(session, "default_transaction_read_only", "statement_timeout", "lock_timeout",
                        "idle_in_transaction_session_timeout", "application_name", "search_path") == {
            "default_transaction_read_only": "on",
            "statement_timeout": "30s",
            "lock_timeout": "2s",
            "idle_in_transaction_session_timeout": "1min",
            "application_name": "capacity-sync",
            "search_path": "pg_catalog",
        }


@pytest.mark.parametrize(("timeouts", "shown"), [
    (Timeouts(statement=0.25, deadline=60), "250ms"),
    (Timeouts(statement=300, deadline=60), "30s"),
    (Timeouts(statement=0.0001, deadline=60), "1ms"),
])
def test_a_statement_gets_its_time_but_half_of_the_deadline_at_most(reader, timeouts, shown):
    with reader.session(timeouts=timeouts) as session:
        assert settings(session, "statement_timeout") == {"statement_timeout": shown}


def test_one_connection_no_transaction_left_open_and_closed_at_the_end(reader, postgresql_server):
    ours = OURS.format(reader.user)
    assert left_after_a_while(postgresql_server, ours) == [], "of an earlier test"
    with reader.session() as session:
        listing = reader.adapter.fetch_inventory(session)
        reader.adapter.fetch_capacity(session, [row.name for row in listing])
        during = postgresql_server.execute(f"SELECT state, xact_start {ours}")

    assert during == [("idle", None)]
    assert left_after_a_while(postgresql_server, ours) == []


def left_after_a_while(server, ours):
    """The sessions that do not end: a server takes a moment to notice that a client has gone."""
    for _ in range(100):
        left = server.execute(f"SELECT state {ours}")
        if not left:
            break
        server.execute("SELECT pg_sleep(0.1)")
    return left


@pytest.mark.parametrize("count", [0, 12])
@pytest.mark.parametrize(("who", "statements"), [("full", 3), ("least", 2), ("plain", 2)])
def test_three_statements_however_many_databases(postgresql_server, database, who, statements, count):
    """The third is for the WAL, and nobody may read it but `full`; a forbidden database takes no more."""
    for _ in range(count):
        postgresql_server.execute(f"REVOKE CONNECT ON DATABASE {database()} FROM PUBLIC")
    postgresql_server.execute(f"ALTER ROLE {who}_role SET log_statement = 'all'")
    before = postgresql_server.log()
    reader_of(postgresql_server, who).measured()
    postgresql_server.execute(f"ALTER ROLE {who}_role RESET log_statement")

    said = postgresql_server.log().removeprefix(before)
    assert said.count("LOG:  statement: ") == statements
    assert "ERROR" not in said


def test_nothing_to_measure_is_no_statement(reader, postgresql_server):
    with reader.session() as session:
        session.close()

        assert list(reader.adapter.fetch_capacity(session, [])) == []


def test_a_table_locked_by_ddl_blocks_nothing(reader, postgresql_server, database):
    name = database()
    postgresql_server.execute("CREATE TABLE t (id int)", database=name)
    with postgresql_server.connect(name) as other, other.cursor() as cursor:
        cursor.execute("BEGIN; ALTER TABLE t ADD COLUMN more int; LOCK TABLE pg_class IN ACCESS EXCLUSIVE MODE")

        assert name in sizes(reader.measured())


def test_a_locked_pg_database_costs_the_lock_timeout(own_server):
    reader = reader_of(own_server, "least")
    with own_server.connect() as other, other.cursor() as cursor, reader.session() as session:
        cursor.execute("BEGIN; LOCK TABLE pg_database IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(TimedOut) as caught:
            reader.adapter.fetch_inventory(session)

    assert (caught.value.failure.category, caught.value.failure.code) == (Category.TIMEOUT, "55P03")


def test_objects_that_others_put_on_the_search_path_are_not_used(role, postgresql_server):
    reader = role()
    signature = "public.encode(bytea, text)"
    postgresql_server.execute(f"CREATE FUNCTION {signature} RETURNS text LANGUAGE sql AS $$ SELECT '00' $$")
    postgresql_server.execute(f"ALTER ROLE {reader.user} SET search_path = public, pg_catalog")
    listed = {row.name for row in reader.listing()}
    postgresql_server.execute(f"DROP FUNCTION {signature}")

    assert "postgres" in listed
