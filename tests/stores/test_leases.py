"""Leases on real stores: processes that die, connections that are lost, poolers, forks."""
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from attrs import evolve

from capacity_sync.adapters.stores.sql import holders
from capacity_sync.adapters.stores.sql.holders import Holder, is_gone, this_process
from capacity_sync.adapters.stores.sql.leases import leases_in
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.tables import capacity_sync_leases
from capacity_sync.domain.outcomes import StoreInterrupted
from tests.servers.pgbouncer import pgbouncer
from tests.servers.stores import emptied, mariadb_url

ROOT = Path(__file__).parents[2]
AN_HOUR = 3600.0
ON_SERVERS = pytest.mark.parametrize("store", ["postgresql", "mariadb"], indirect=True)
HOLDER = """
import sys, time
from capacity_sync.adapters.stores.sql.leases import leases_in
from capacity_sync.adapters.stores.sql.opening import open_store
leases = leases_in(open_store(sys.argv[1]))
print(leases.take("work", 3600), flush=True)
time.sleep(600)
"""


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def shared(request, tmp_path):
    """The URL of a current store that other processes reach."""
    if request.param != "sqlite":
        url = request.getfixturevalue(f"{request.param}_store")
        emptied(url).dispose()
        return url
    url = f"sqlite:///{tmp_path}/capacity.db"
    ready_to_sync(open_store(url))
    return url


@pytest.fixture
def leases_on():
    """Leases of a store, as another process would have them; gone when the test ends."""
    made = []

    def leases_on(engine):
        made.append(leases_in(engine))
        return made[-1]

    yield leases_on
    for leases in made:
        for holding in getattr(leases, "_by_process", {}).values():
            holding.close()


@pytest.fixture
def holder(shared):
    """Another process that has the lease `work`."""
    with subprocess.Popen([sys.executable, "-c", HOLDER, shared], cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        try:
            assert child.stdout.readline() == "True\n"
            yield child
        finally:
            child.kill()


def soon(what):
    """Whether *what* comes true while a server notices that a connection is closed."""
    end = time.monotonic() + 10
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.02)
    return found


def sessions(store):
    """How many connections the server has from this test's process to the store, the asking one left out."""
    with store.connect() as connection:
        if store.dialect.name == "postgresql":
            return connection.exec_driver_sql("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                                              " AND pid <> pg_backend_pid()").scalar()
        return connection.exec_driver_sql("SELECT count(*) FROM information_schema.processlist"
                                          " WHERE db = DATABASE() AND id <> CONNECTION_ID()").scalar()


@pytest.mark.parametrize("collected", [True, False], ids=["collected", "zombie"])
def test_a_killed_process_gives_its_lease_back_at_once(shared, holder, collected, leases_on):
    leases = leases_on(open_store(shared))
    assert not leases.take("work", AN_HOUR)
    assert leases.take("other work", AN_HOUR)

    os.kill(holder.pid, signal.SIGKILL)
    if collected:
        holder.wait()

    assert soon(lambda: leases.take("work", AN_HOUR))


def test_a_process_that_hangs_keeps_its_lease(shared, holder, leases_on):
    os.kill(holder.pid, signal.SIGSTOP)

    assert not leases_on(open_store(shared)).take("work", AN_HOUR)


@ON_SERVERS
def test_all_leases_of_a_process_are_on_one_connection_that_is_there_while_one_is_held(store, leases_on):
    leases, before = leases_on(store), sessions(store)
    for number in range(50):
        assert leases.take(f"work {number}", AN_HOUR)

    assert sessions(store) == before + 1
    assert store.pool.checkedout() == 0
    for number in range(50):
        leases.release(f"work {number}")
    assert soon(lambda: sessions(store) == before)


@ON_SERVERS
def test_what_somebody_else_has_costs_no_connection_to_keep(store, leases_on):
    first, second = leases_on(store), leases_on(store)
    assert first.take("work", AN_HOUR)
    before = sessions(store)

    assert not second.take("work", AN_HOUR)

    assert soon(lambda: sessions(store) == before)


def killed(store, request):
    """Every session on the store's database, ended by the server."""
    server = request.getfixturevalue(f"{request.node.callspec.params['store']}_server")
    if store.dialect.name == "postgresql":
        server.execute("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = 'store'")
    else:
        with store.connect() as connection:
            [me] = connection.exec_driver_sql("SELECT CONNECTION_ID()").one()
            for (other,) in connection.exec_driver_sql(
                    f"SELECT id FROM information_schema.processlist WHERE db = 'store' AND id <> {me}").all():
                connection.exec_driver_sql(f"KILL {other}")


@ON_SERVERS
def test_a_lost_connection_is_an_interruption_and_what_was_held_is_taken_again(store, request, leases_on):
    leases, others = leases_on(store), leases_on(store)
    assert leases.take("work", AN_HOUR)
    killed(store, request)
    assert soon(lambda: others.take("work", AN_HOUR))
    others.release("work")

    with pytest.raises(StoreInterrupted):
        leases.take("other work", AN_HOUR)
    assert leases.take("other work", AN_HOUR)

    assert not others.take("work", AN_HOUR)
    leases.release("work")
    assert others.take("work", AN_HOUR)


@ON_SERVERS
def test_a_lease_lost_with_its_connection_is_given_back_without_a_word(store, request, leases_on):
    leases = leases_on(store)
    assert leases.take("work", AN_HOUR)
    killed(store, request)

    leases.release("work")

    assert leases.take("work", AN_HOUR)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_postgresql_bears_a_silent_transaction_and_keeps_no_vacuum_waiting(store, leases_on):
    with store.connect() as connection:
        connection.exec_driver_sql("ALTER DATABASE store SET idle_in_transaction_session_timeout = 200")
        connection.exec_driver_sql("ALTER DATABASE store SET default_transaction_isolation = 'repeatable read'")
        connection.commit()
    store.dispose()
    leases = leases_on(store)
    try:
        assert leases.take("work", AN_HOUR)
        time.sleep(0.6)
        leases.take("more work", AN_HOUR)
        with store.connect() as connection:
            [(state, xmin)] = connection.exec_driver_sql(
                "SELECT state, backend_xmin FROM pg_stat_activity WHERE pid IN "
                "(SELECT pid FROM pg_locks WHERE locktype = 'advisory')").all()
        assert (state, xmin) == ("idle in transaction", None)
    finally:
        with store.connect() as connection:
            connection.exec_driver_sql("ALTER DATABASE store RESET ALL")
            connection.commit()


@pytest.mark.parametrize("store", ["mariadb"], indirect=True)
def test_mariadb_bears_silence_on_the_connection_of_leases_only(store, mariadb_server, leases_on):
    mariadb_server.execute("SET GLOBAL wait_timeout = 1")
    store.dispose()
    try:
        leases = leases_on(store)
        assert leases.take("work", AN_HOUR)
        time.sleep(2)
        assert not leases_on(store).take("work", AN_HOUR)
        with store.connect() as connection:
            assert connection.exec_driver_sql("SELECT @@wait_timeout").scalar() == 1
    finally:
        mariadb_server.execute("SET GLOBAL wait_timeout = 28800")


def test_two_databases_of_one_mariadb_have_their_own_leases(mariadb_server, mariadb_store, leases_on):
    mariadb_server.execute("CREATE DATABASE IF NOT EXISTS another")
    leases, others = (leases_on(open_store(url)) for url in (mariadb_store, mariadb_url(mariadb_server, "another")))

    assert leases.take("work", AN_HOUR)
    assert others.take("work", AN_HOUR)


@pytest.mark.parametrize("store", ["postgresql"], indirect=True)
def test_a_pooler_in_transaction_mode_keeps_leases_and_gets_clean_sessions_back(store, postgresql_server, leases_on):
    server = postgresql_server
    with pgbouncer(server, {server.superuser: server.password}, size=2) as port:
        pooled = open_store(f"postgresql://{server.superuser}:{server.password}@127.0.0.1:{port}/store")
        leases, direct = leases_on(pooled), leases_on(store)
        assert leases.take("work", AN_HOUR)
        assert leases.take("more work", AN_HOUR)
        for _ in range(5):
            with pooled.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        assert not direct.take("work", AN_HOUR)

        leases.release("work")
        assert direct.take("work", AN_HOUR)
        assert not direct.take("more work", AN_HOUR)
        leases.release("more work")

        assert direct.take("more work", AN_HOUR)
        with pooled.connect() as connection:
            assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "0"
            assert connection.exec_driver_sql("SHOW tcp_keepalives_idle").scalar() != "30"


@ON_SERVERS
def test_a_forked_child_has_none_of_its_parents_leases_and_does_them_no_harm(store, leases_on):
    leases = leases_on(store)
    assert leases.take("work", AN_HOUR)

    child = os.fork()
    if child == 0:
        leases.release("work")
        taken = [leases.take(name, AN_HOUR) for name in ("work", "other work")]
        os._exit(0 if taken == [False, True] else 1)

    assert os.waitpid(child, 0)[1] == 0
    assert not leases_on(store).take("work", AN_HOUR)
    leases.release("work")
    assert leases_on(store).take("work", AN_HOUR)


@pytest.fixture
def of_another(engine, leases_on):
    """Writes the lease `work` into the SQLite store as *holder* has it, and takes it."""
    def of_another(seconds, **differs):
        leases, holder = leases_on(engine), evolve(this_process(), **differs)
        with engine.begin() as connection:
            connection.execute(sa.delete(capacity_sync_leases))
        assert leases_on(engine).take("work", seconds)
        with engine.begin() as connection:
            connection.execute(sa.update(capacity_sync_leases).values(
                place=holder.place, pid=holder.pid, born=holder.born))
        return leases.take("work", AN_HOUR)
    return of_another


def test_in_sqlite_a_lease_from_another_machine_lasts_until_it_expires(of_another):
    assert not of_another(AN_HOUR, place="another machine", pid=2**22 + 1)
    assert of_another(0, place="another machine")


def test_in_sqlite_a_process_that_lives_keeps_its_lease_until_it_expires(of_another):
    assert not of_another(AN_HOUR)
    assert of_another(0)


def test_in_sqlite_a_number_that_another_process_has_now_keeps_no_lease(of_another):
    assert of_another(AN_HOUR, born="1")
    assert of_another(AN_HOUR, pid=2**22 + 1)


def test_what_others_took_since_is_not_given_back_for_them(engine, leases_on):
    late, other = leases_on(engine), leases_on(engine)
    assert late.take("work", 0)
    assert other.take("work", AN_HOUR)

    late.release("work")

    assert not late.take("work", AN_HOUR)


def test_where_the_system_tells_no_births_a_number_in_use_counts_as_living(monkeypatch, tmp_path):
    monkeypatch.setattr(holders, "PROC", tmp_path)
    here = this_process()

    assert here.born == ""
    assert not is_gone(here)
    assert not is_gone(evolve(here, pid=1))
    assert is_gone(evolve(here, pid=2**22 + 1))


def test_where_a_signal_is_more_than_a_question_nobody_is_asked(monkeypatch):
    monkeypatch.setattr(holders.os, "name", "nt")

    assert not is_gone(Holder(this_process().place, 2**22 + 1, ""))
