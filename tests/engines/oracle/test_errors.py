"""Every row of the error tables, as python-oracledb raises it, and what a reader is told of it."""
import gc
from importlib import import_module

import oracledb
import pytest

from capacity_sync.adapters.engines.oracle.errors import translate
from capacity_sync.domain.outcomes import RETRYABLE
from tests.engines.oracle.databases import single
from tests.engines.oracle.served import (
    ADAPTER,
    DROPS_ITS_SOCKET,
    PASSWORD,
    USER,
    connected,
    instance_at,
    refusal,
    server_of,
)
from tests.servers.listeners import listener
from tests.servers.o5logon import VERIFIER_10G
from tests.servers.oracle_catalog import Oracle
from tests.servers.processes import free_port
from tests.servers.tns import ENCRYPTION_REQUIRED, Listener, Misbehaviour, OracleError

REFUSED_BY_LISTENER = {
    "unknown_database": [12514, 12505, 12521, 12504],
    "too_busy": [12516, 12518, 12519, 12520, 12500],
    "unavailable": [12526, 12527, 12528],
    "network": [12537, 12541, 12545, 12547, 12560, 12564, 12570],
    "timeout": [12535, 12170],
}
REFUSED_AT_LOGIN = {
    "authentication": [1017, 1005, 1004, 28000, 28001, 28003, 28030, 28009, 28273, 12638, 12641],
    "permission": [1045, 1031, 47306],
    "unavailable": [1033, 1034, 1089, 1090, 1092, 1109, 16456, 12757],
    "too_busy": [18, 20, 2391, 12500, 4031, 4030],
    "unknown_database": [65011],
    "unsupported": [28040, 3134],
    "timeout": [1013],
    "network": [3113, 3135, 12537],
}
NOT_PERMITTED = [942, 990, 1031, 1039, 41900, 47306, 65040, 65050]
"""In a statement: another one is tried, so that they end in the listing's witness."""
REFUSED_IN_A_STATEMENT = {
    "unavailable": [376, 1033, 1034, 1089, 1092, 1109, 1219, 28365, 65054],
    "too_busy": [51, 54, 60, 1652, 4030, 4031, 12827],
    "timeout": [40, 1013, 2393, 2396],
    "network": [28, 603, 1012, 3113, 3114, 3135, 12537, 12547, 12570, 12571],
    "query": [904, 933, 936, 1722, 1476, 1555, 600, 7445, 1157, 1110],
    "unsupported": [2003],
}


def cases(table):
    return [(category, code) for category, codes in table.items() for code in codes]


def nothing(statement):
    """No statement is reached."""


def at_connect(**server):
    with server_of(nothing, **server) as listening:
        return refusal(lambda: ADAPTER.connect(instance_at(listening.port), PASSWORD).close())


def in_a_statement(answer):
    oracle = Oracle()
    oracle.refuses["dba_tablespaces"] = answer
    with connected(oracle) as connection:
        return refusal(lambda: ADAPTER.fetch_inventory(connection))


def judged(failure, category):
    """What holds for every failure: its category, its word on retrying, and that no driver's boilerplate is in it."""
    assert failure.category.value == category
    assert failure.retryable in (failure.category in RETRYABLE, False)
    assert "Help:" not in failure.message
    assert PASSWORD not in failure.message
    return True


@pytest.mark.parametrize(("category", "code"), cases(REFUSED_BY_LISTENER))
def test_what_the_listener_refuses_with(category, code):
    failure = at_connect(listener=Listener(refusal=code))

    assert judged(failure, category)
    assert failure.code == f"ORA-{code:05}"
    assert failure.remedy


@pytest.mark.parametrize(("category", "code"), cases(REFUSED_AT_LOGIN))
def test_what_a_login_is_refused_with(category, code):
    failure = at_connect(at_login=OracleError(code, "no"))

    assert judged(failure, category)
    assert failure.code == f"ORA-{code:05}"


@pytest.mark.parametrize(("category", "code"), cases(REFUSED_IN_A_STATEMENT))
def test_what_a_statement_is_refused_with(category, code):
    failure = in_a_statement(OracleError(code, "no"))

    assert judged(failure, category)
    assert failure.code == f"ORA-{code:05}"


@pytest.mark.parametrize("code", NOT_PERMITTED)
def test_a_permission_is_one_and_names_its_grant(code):
    oracle = Oracle().tablespace("USERS", granted=True).denies("dba_", "v$", code=code)
    with connected(oracle) as connection:
        witness = ADAPTER.fetch_inventory(connection).witness

    assert judged(witness, "permission")
    assert witness.code == f"ORA-{code:05}"
    assert "GRANT SELECT ON sys.dba_tablespaces TO MONITOR" in witness.remedy


def test_a_wrong_password():
    with server_of(single()) as listening:
        failure = refusal(lambda: ADAPTER.connect(instance_at(listening.port), "wrong"))

    assert judged(failure, "authentication")
    assert (failure.code, failure.retryable) == ("ORA-01017", False)


def test_an_unknown_user():
    with server_of(single()) as listening:
        failure = refusal(lambda: ADAPTER.connect(instance_at(listening.port, username="nobody"), PASSWORD))

    assert judged(failure, "authentication")


@pytest.mark.parametrize(("user", "password"), [(USER, None), (None, None), (None, PASSWORD)])
def test_no_credentials(user, password):
    with server_of(single()) as listening:
        failure = refusal(lambda: ADAPTER.connect(instance_at(listening.port, username=user), password))

    assert failure.category.value == "authentication"
    assert failure.remedy


@pytest.mark.parametrize(("nested", "category", "code"), [
    ("ORA-01031: insufficient privileges", "permission", "ORA-01031"),
    ("ORA-01219: database or pluggable database not open", "unavailable", "ORA-01219"),
    ("ORA-20001: not from here\nORA-06512: at line 3", "query", "ORA-20001"),
])
def test_an_error_inside_of_the_servers_own_statements_is_the_inner_one(nested, category, code):
    failure = at_connect(at_login=OracleError(604, f"error occurred at recursive SQL level 1\n{nested}"))

    assert judged(failure, category)
    assert failure.code == code


@pytest.mark.parametrize(("inner", "category"), [
    ("ORA-20001: not from this host\nORA-06512: at line 3", "authentication"),
    ("ORA-00604: error occurred at recursive SQL level 1\nORA-01031: insufficient privileges", "permission"),
])
def test_a_logon_trigger_that_turns_the_account_away(inner, category):
    text = f"error during execution of trigger 'SEC.GATE'\n{inner}"

    assert judged(at_connect(at_login=OracleError(4088, text)), category)


def test_a_server_of_11_2_is_unsupported_with_the_way_out():
    failure = at_connect(listener=Listener(protocol=314))

    assert judged(failure, "unsupported")
    assert (failure.code, failure.retryable) == ("DPY-3010", False)
    assert "12.1" in failure.remedy


def test_native_network_encryption_is_unsupported_with_the_way_out():
    failure = at_connect(listener=Listener(flags=ENCRYPTION_REQUIRED))

    assert judged(failure, "unsupported")
    assert failure.code == "DPY-3001"
    assert "TCPS" in failure.remedy


def test_a_password_verifier_of_10g_is_unsupported_with_the_way_out():
    failure = at_connect(verifier=VERIFIER_10G)

    assert judged(failure, "unsupported")
    assert failure.code == "DPY-3015"
    assert "10G" in failure.remedy


@DROPS_ITS_SOCKET
@pytest.mark.parametrize("how", [Misbehaviour.CLOSE, Misbehaviour.RESET, Misbehaviour.GARBAGE])
def test_what_hangs_up_before_the_login(how):
    failure = at_connect(listener=Listener(stop=how))
    gc.collect()

    assert judged(failure, "network")
    assert failure.remedy


def test_a_port_where_nobody_listens():
    failure = refusal(lambda: ADAPTER.connect(instance_at(free_port()), PASSWORD))

    assert judged(failure, "network")
    assert "refused" in failure.message
    assert failure.remedy


def test_a_host_that_is_not_known():
    failure = refusal(lambda: ADAPTER.connect(instance_at(1521, host="no-such-host.invalid"), PASSWORD))

    assert judged(failure, "network")
    assert "host" in failure.remedy


def test_something_that_is_no_listener():
    with listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        failure = refusal(lambda: ADAPTER.connect(instance_at(port), PASSWORD))

    assert judged(failure, "network")


@DROPS_ITS_SOCKET
@pytest.mark.parametrize("how", [Misbehaviour.CLOSE, Misbehaviour.RESET])
def test_a_connection_that_is_lost_in_a_statement(how):
    failure = in_a_statement(how)
    gc.collect()

    assert judged(failure, "network")


def test_a_session_that_was_idle_for_too_long_is_a_timeout():
    """Announced beside an answer, raised by the next call."""
    with server_of(single(), idle_notice=2396) as listening:
        failure = refusal(lambda: ADAPTER.fetch_inventory(ADAPTER.connect(instance_at(listening.port), PASSWORD)))

    assert (failure.category.value, failure.code) == ("timeout", "DPY-4033")


BY_DRIVER = {
    "unknown_database": ["DPY-4000", "DPY-4027", "DPY-4026", "DPY-6001", "DPY-6003"],
    "timeout": ["DPY-4024", "DPY-4033"],
    "network": ["DPY-1001", "DPY-4011", "DPY-5005", "DPY-6000", "DPY-6002", "DPY-6005", "DPY-6006", "DPY-6008",
                "DPY-6009"],
    "unsupported": ["DPY-3001", "DPY-3010", "DPY-3012", "DPY-3015", "DPY-3016", "DPY-3040"],
    "authentication": ["DPY-4001"],
    "query": ["DPY-2001", "DPY-4008"],
}


@pytest.mark.parametrize(("category", "code"), cases(BY_DRIVER))
def test_what_the_driver_itself_says(category, code):
    """Some need a client that this adapter is not: an alias, a pool, a newer server. The exception is the driver's."""
    facts = import_module("oracledb.errors")._Error(f"{code}: something")
    failure = translate(facts.exc_type(facts)).failure

    assert judged(failure, category)
    assert failure.code == code


@pytest.mark.parametrize("dsn", [
    "an_alias_nobody_knows",
    "(DESCRIPTION=(ADDRESS=(PROTOCOL=tcp)(HOST=127.0.0.1)(PORT={port}))(CONNECT_DATA=(SID=ORCL)))",
])
def test_aliases_and_sids_as_other_clients_use_them(dsn):
    oracledb.enable_thin_mode()
    with server_of(single(), listener=Listener(refusal=12505)) as listening, pytest.raises(oracledb.Error) as caught:
        oracledb.connect(user=USER, password=PASSWORD, dsn=dsn.format(port=listening.port))

    assert judged(translate(caught.value).failure, "unknown_database")


def test_what_is_not_the_drivers_is_not_judged():
    assert translate(KeyError("x")) is None


def test_an_earlier_failure_changes_no_later_one():
    at_connect(listener=Listener(refusal=12519))
    at_connect(at_login=OracleError(28000, "the account is locked"))

    assert refusal(lambda: ADAPTER.connect(instance_at(free_port()), PASSWORD)).category.value == "network"
