"""How the adapter behaves as a guest: what it sends, what it leaves behind, and how long it waits."""
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from capacity_sync.adapters.engines.installed import InstalledEngines
from capacity_sync.domain.instance import Timeouts
from capacity_sync.domain.outcomes import Category
from tests.engines.oracle.databases import single
from tests.engines.oracle.served import ADAPTER, PASSWORD, connected, instance_at, read, refusal, server_of
from tests.servers.listeners import listener
from tests.servers.oracle_catalog import Oracle
from tests.servers.tns import Labels, Listener, Misbehaviour, OracleError


def test_the_first_statement_makes_the_transaction_read_only():
    oracle = single()
    read(oracle)

    assert oracle.asked[0] == "SET TRANSACTION READ ONLY"


@pytest.mark.parametrize("how", [OracleError(1089, "closing", ends=True), Misbehaviour.CLOSE, Misbehaviour.DEAF])
def test_a_connection_that_has_ended_is_not_touched_again(how):
    """The driver would crash the whole process: that this test ends at all is what it shows."""
    oracle = single()
    oracle.refuses["dba_tablespaces"] = how
    with connected(oracle, timeouts=Timeouts(5, 0.2, 40)) as connection:
        first = refusal(lambda: ADAPTER.fetch_inventory(connection))

        assert refusal(lambda: ADAPTER.fetch_inventory(connection)) == first
        assert ADAPTER.fetch_capacity(connection, ["USERS"]).unmeasured[0].failure == first


def test_nothing_but_queries_is_sent():
    oracle = single()
    read(oracle)
    told = ["\n".join(line for line in text.splitlines() if not line.startswith("--")) for text in oracle.asked[1:]]

    assert all(text.startswith("SELECT ") for text in told)


@pytest.mark.parametrize("code", [1453, 1031, 900])
def test_a_server_that_refuses_the_read_only_transaction_is_read_all_the_same(code):
    oracle = single()
    oracle.refuses["set transaction"] = OracleError(code, "no")

    assert read(oracle).sizes["USERS"] == 150


def test_a_connection_lost_at_the_first_statement_is_lost():
    oracle = single()
    oracle.refuses["set transaction"] = Misbehaviour.CLOSE

    assert refusal(lambda: read(oracle)).category is Category.NETWORK


def test_the_session_says_who_it_is_and_what_it_does():
    with server_of(single()) as server:
        with closing(ADAPTER.connect(instance_at(server.port), PASSWORD)) as connection:
            ADAPTER.fetch_inventory(connection)
            ADAPTER.fetch_capacity(connection, ["USERS"])
        (connect_string,) = server.connect_strings

    assert "(PROGRAM=capacity-sync)" in connect_string
    assert "(SERVICE_NAME=erp.example)" in connect_string
    assert server.labels == [Labels("capacity-sync", "capacity-sync", None), Labels(None, None, "inventory"),
                             Labels(None, None, "capacity")]


def test_one_connection_serves_an_instance_and_says_goodbye_once():
    with server_of(single()) as server:
        connection = ADAPTER.connect(instance_at(server.port), PASSWORD)
        ADAPTER.fetch_inventory(connection)
        ADAPTER.fetch_capacity(connection, ["USERS"])
        connection.close()
        connection.close()
        _settled(lambda: server.goodbyes == 1)

        assert len(server.attempts) == 1


def test_a_login_that_fails_afterwards_leaves_no_connection_behind():
    oracle = single()
    oracle.refuses["sys_context"] = OracleError(1219, "database not open")
    with server_of(oracle) as server:
        refusal(lambda: ADAPTER.connect(instance_at(server.port), PASSWORD))
        _settled(lambda: not server.sessions)


def test_a_connection_that_was_closed_is_an_engine_error():
    with server_of(single()) as server:
        connection = ADAPTER.connect(instance_at(server.port), PASSWORD)
        connection.close()

        assert refusal(lambda: ADAPTER.fetch_inventory(connection)).category is Category.NETWORK
        assert refusal(lambda: ADAPTER.fetch_capacity(connection, ["USERS"])).category is Category.NETWORK


def _settled(condition):
    ends = time.monotonic() + 5
    while not condition() and time.monotonic() < ends:
        time.sleep(0.01)
    assert condition()


def test_a_password_that_expires_soon_is_a_warning():
    found = read(single(), grace=(28002, "ORA-28002: the password will expire within 7 days"))

    (warning,) = found.listing.warnings
    assert (warning.category, warning.code) == (Category.AUTHENTICATION, "ORA-28002")
    assert "7 days" in warning.message


def test_a_statement_that_hangs_is_taken_back_in_time_and_the_connection_goes_on():
    oracle = single()
    oracle.refuses["dba_tablespaces"] = Misbehaviour.HANG
    with connected(oracle, timeouts=Timeouts(5, 0.3, 60)) as connection:
        begun = time.monotonic()
        failure = refusal(lambda: ADAPTER.fetch_inventory(connection))
        spent = time.monotonic() - begun
        oracle.refuses.clear()

        assert ADAPTER.fetch_inventory(connection)[0].name == "SYSAUX"
    assert (failure.category, failure.code) == (Category.TIMEOUT, "DPY-4024")
    assert 0.3 <= spent < 2


def test_a_server_that_hears_no_break_costs_twice_the_limit_and_no_more():
    oracle = single()
    oracle.refuses["dba_tablespaces"] = Misbehaviour.DEAF
    with connected(oracle, timeouts=Timeouts(5, 0.3, 60)) as connection:
        begun = time.monotonic()
        failure = refusal(lambda: ADAPTER.fetch_inventory(connection))

        assert 0.6 <= time.monotonic() - begun < 2
    assert failure.category is Category.NETWORK


def test_a_statement_gets_half_of_what_is_left_so_that_even_a_break_unheard_ends_in_time():
    oracle = single()
    oracle.refuses["dba_tablespaces"] = Misbehaviour.DEAF
    with connected(oracle, timeouts=Timeouts(5, 300, 2.0)) as connection:
        begun = time.monotonic()

        assert refusal(lambda: ADAPTER.fetch_inventory(connection)).category is Category.NETWORK
        assert time.monotonic() - begun < 2.5


def test_the_installed_adapter_is_isolated():
    """Thin mode has no login timeout."""
    assert ADAPTER.traits.isolated


@pytest.mark.parametrize("stop", ["silent listener", "silent server"])
def test_a_login_that_is_never_answered_costs_no_more_than_its_time(stop):
    adapter = InstalledEngines().adapter("oracle")
    begun = time.monotonic()
    if stop == "silent listener":
        with listener() as port:
            failure = refusal(lambda: adapter.connect(instance_at(port, timeouts=Timeouts(1, 5, 10)), PASSWORD))
    else:
        with server_of(single(), listener=Listener(stop=Misbehaviour.DEAF)) as server:
            failure = refusal(lambda: adapter.connect(instance_at(server.port, timeouts=Timeouts(1, 5, 10)), PASSWORD))

    assert failure.category is Category.TIMEOUT
    assert failure.remedy
    assert time.monotonic() - begun < 6


def test_the_isolated_adapter_gives_the_same_answers():
    adapter = InstalledEngines().adapter("oracle")
    with server_of(single()) as server, closing(adapter.connect(instance_at(server.port), PASSWORD)) as connection:
        listing = adapter.fetch_inventory(connection)
        measured = adapter.fetch_capacity(connection, [row.name for row in listing])
        told = adapter.diagnose(connection)

    here = read(single())
    assert (listing, measured) == (here.listing, here.measured)
    assert told.missing == ()


def test_a_silent_listener_delays_no_other_instance():
    adapter = InstalledEngines().adapter("oracle")
    with listener() as port, server_of(single()) as server, ThreadPoolExecutor(3) as pool:
        stuck = pool.submit(refusal, lambda: adapter.connect(instance_at(port, timeouts=Timeouts(8, 9, 10)), PASSWORD))
        begun = time.monotonic()
        for connection in pool.map(lambda _: adapter.connect(instance_at(server.port), PASSWORD), range(2)):
            connection.close()

        assert time.monotonic() - begun < 8
        assert not stuck.done()
        assert stuck.result().category is Category.TIMEOUT


def test_32_threads_that_fail_at_once_each_learn_their_own_reason():
    wrong = {"refused": Listener(refusal=12519), "unknown": Listener(refusal=12514), "old": Listener(protocol=314)}
    servers = {name: server_of(single(), listener=at) for name, at in wrong.items()}
    servers["locked"] = server_of(single(), at_login=OracleError(28000, "the account is locked"))
    expected = {"refused": "too_busy", "unknown": "unknown_database", "old": "unsupported", "locked": "authentication"}
    names = sorted(servers) * 8
    for server in servers.values():
        server.__enter__()
    try:
        with ThreadPoolExecutor(32) as pool:
            found = list(pool.map(lambda name: refusal(
                lambda: ADAPTER.connect(instance_at(servers[name].port), PASSWORD)).category.value, names))
    finally:
        for server in servers.values():
            server.__exit__()

    assert found == [expected[name] for name in names]


def test_ipv6_addresses_are_reached():
    oracle = single()
    with server_of(oracle, host="::1") as server:
        instance = instance_at(server.port, host="::1")
        with closing(ADAPTER.connect(instance, PASSWORD)) as connection:
            assert len(ADAPTER.fetch_inventory(connection)) == 5


@pytest.mark.parametrize("count", [1, 1000, 1001, 3500])
def test_any_number_of_tablespaces_arrives_whole(count):
    oracle = Oracle()
    oracle.catalog.insert("dba_tablespaces", *({"tablespace_name": f"T{n:05}", "contents": "PERMANENT"}
                                               for n in range(count)))
    oracle.catalog.insert("dba_data_files", *({"tablespace_name": f"T{n:05}", "bytes": n + 1, "autoextensible": "NO",
                                               "maxbytes": 0} for n in range(count)))

    assert read(oracle).sizes == {f"T{n:05}": n + 1 for n in range(count)}
