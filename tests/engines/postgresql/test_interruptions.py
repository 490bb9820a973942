"""Whatever happens in the middle: what was measured is kept, the rest has its reason, and nothing hangs."""
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from capacity_sync.domain.instance import Timeouts
from capacity_sync.domain.outcomes import Category, EngineError
from tests.engines.postgresql.conftest import add_roles, reader_of, reasons, sizes
from tests.servers.postgresql import PostgreSQLServer, require_postgresql

SLOW = """
ALTER FUNCTION pg_catalog.pg_database_size(oid) RENAME TO real_size;
CREATE FUNCTION pg_catalog.pg_database_size(oid) RETURNS int8 LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_catalog.pg_sleep(pg_catalog.substring(d.datname::text, '^giant([0-9]+)')::int)
    FROM pg_catalog.pg_database AS d WHERE d.oid = $1 AND d.datname LIKE 'giant%';
    RETURN pg_catalog.real_size($1);
END $$
"""
"""As if the file system of `giant<seconds>` were slow; the real function does the counting."""


@pytest.fixture(scope="module")
def slow_server():
    with PostgreSQLServer(require_postgresql(), {"allow_system_table_mods": "on"}) as server:
        add_roles(server)
        server.execute(SLOW)
        for name in ("ant", "giant30", "giant31", "zebra"):
            server.execute(f"CREATE DATABASE {name}")
        yield server


@pytest.fixture(params=["full", "least"])
def slowed(request, slow_server):
    return reader_of(slow_server, request.param)


@contextmanager
def measuring(reader, *names, **changes):
    """The future of a measurement that has begun and is stuck in a giant."""
    def run():
        with reader.session(**changes) as session:
            return reader.adapter.fetch_capacity(session, names), session

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(run)
        asleep = f"SELECT 1 FROM pg_stat_activity WHERE usename = '{reader.user}' AND wait_event = 'PgSleep'"
        while not future.done() and not reader.server.execute(asleep):
            time.sleep(0.02)
        yield future


def test_a_statement_that_takes_too_long_costs_only_the_slow_database(slowed):
    measured = slowed.measured(timeouts=Timeouts(connect=5, statement=0.4, deadline=20))

    assert sizes(measured).keys() == {"ant", "postgres", "zebra"}
    assert reasons(measured).keys() == {"giant30", "giant31"}
    assert {(f.category, f.code) for f in reasons(measured).values()} == {(Category.TIMEOUT, "57014")}
    assert measured.facts.overhead_bytes > 0


def test_no_giant_eats_the_time_of_the_others(slowed):
    begun = time.monotonic()
    measured = slowed.measured(timeouts=Timeouts(connect=5, statement=30, deadline=3))

    assert sizes(measured).keys() == {"ant", "postgres", "zebra"}
    assert reasons(measured).keys() == {"giant30", "giant31"}
    assert time.monotonic() - begun < 4


def test_a_database_dropped_in_the_middle_costs_only_itself(slow_server):
    reader = reader_of(slow_server, "least")
    slow_server.execute("CREATE DATABASE victim")
    timeouts = Timeouts(connect=5, statement=1.5, deadline=20)
    with measuring(reader, "ant", "giant30", "victim", timeouts=timeouts) as future:
        slow_server.execute("DROP DATABASE victim")
        measured, _ = future.result()

    assert sizes(measured).keys() == {"ant"}
    assert reasons(measured)["victim"].category is Category.UNKNOWN_DATABASE


def test_databases_dropped_while_the_one_statement_runs_cost_nothing_else(slow_server):
    """An oid that is gone is a NULL or an error for the whole statement, by version and luck: both end here."""
    reader = reader_of(slow_server, "least")
    for name in ("giant1", "victim"):
        slow_server.execute(f"CREATE DATABASE {name}")
    with measuring(reader, "ant", "giant1", "victim", "zebra") as future:
        slow_server.execute("DROP DATABASE victim")
        slow_server.execute("DROP DATABASE giant1")
        measured, _ = future.result()

    assert sizes(measured).keys() == {"ant", "zebra"}
    assert {name: f.category for name, f in reasons(measured).items()} == {
        "giant1": Category.UNKNOWN_DATABASE, "victim": Category.UNKNOWN_DATABASE}


def test_a_session_that_is_terminated_is_a_broken_network(slow_server):
    reader = reader_of(slow_server, "full")
    with measuring(reader, "ant", "giant30") as future:
        slow_server.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{reader.user}'")
        error = future.exception()

    assert isinstance(error, EngineError)
    assert (error.failure.category, error.failure.retryable) == (Category.NETWORK, True)


def test_ctrl_c_works_in_the_middle_of_a_statement(slow_server):
    def interrupt(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.5)
    begun = time.monotonic()
    try:
        with pytest.raises(KeyboardInterrupt):
            reader_of(slow_server, "least").measured()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)

    assert time.monotonic() - begun < 2


def hurt(server):
    server.configure({"allow_system_table_mods": "on"})
    server.restart()
    server.execute(SLOW)
    server.execute("CREATE DATABASE giant30")
    return reader_of(server, "least")


def test_a_server_killed_in_the_middle_is_a_broken_network(own_server):
    reader = hurt(own_server)
    with measuring(reader, "postgres", "giant30") as future:
        own_server.kill()
        error = future.exception(timeout=5)

    assert isinstance(error, EngineError)
    assert (error.failure.category, error.failure.retryable) == (Category.NETWORK, True)


def test_a_server_shut_down_in_the_middle_may_be_asked_again(own_server):
    reader = hurt(own_server)
    with measuring(reader, "postgres", "giant30") as future:
        own_server.stop()
        error = future.exception(timeout=5)

    assert isinstance(error, EngineError)
    assert error.failure.retryable


def test_a_server_frozen_in_the_middle_takes_the_statement_timeout_and_little_more(own_server):
    reader = hurt(own_server)
    with measuring(reader, "postgres", "giant30", timeouts=Timeouts(connect=2, statement=1, deadline=9)) as future:
        own_server.pause()
        begun = time.monotonic()
        error = future.exception(timeout=9)
        seconds = time.monotonic() - begun
        own_server.resume()

    assert isinstance(error, EngineError)
    assert error.failure.category is Category.TIMEOUT
    assert seconds < 4


def test_a_server_restarted_between_the_phases_fails_the_second_only(own_server):
    reader = reader_of(own_server, "least")
    with reader.session() as session:
        listing = reader.adapter.fetch_inventory(session)
        own_server.restart()
        with pytest.raises(EngineError) as caught:
            reader.adapter.fetch_capacity(session, [row.name for row in listing])

    assert "postgres" in listing.by_name()
    assert (caught.value.failure.category, caught.value.failure.retryable) == (Category.NETWORK, True)


@pytest.mark.parametrize("mode", [0o000, 0o400], ids=["closed", "listable, its files are not"])
def test_a_database_whose_files_the_server_cannot_read_costs_only_itself(reader, postgresql_server, database, mode):
    name, other = database(), database()
    ((oid,),) = postgresql_server.execute(f"SELECT oid FROM pg_database WHERE datname = '{name}'")
    postgresql_server.execute("CHECKPOINT")  # later it would find files that it cannot write
    folder = postgresql_server.data_directory / "base" / str(oid)
    folder.chmod(mode)
    try:
        measured, complaints = reader.measured(name, other), postgresql_server.log().count("could not stat")
        without = reader.measured(other)
    finally:
        folder.chmod(0o700)

    assert sizes(measured) == sizes(without) != {}
    assert reasons(measured)[name].category is Category.UNAVAILABLE
    assert "base" in reasons(measured)[name].remedy
    assert measured.facts == without.facts
    assert postgresql_server.log().count("could not stat") == complaints  # what is not wanted is not looked at
