"""Every failure by its kind, as the real driver reports it: refused logins, refused statements, broken connections."""
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager

import pytest

from capacity_sync.adapters.engines.isolation import IsolatedAdapter
from capacity_sync.domain.instance import Timeouts
from capacity_sync.domain.outcomes import Category, EngineError
from tests.engines.sqlserver.visits import ADAPTER, connected, instance_at
from tests.servers.listeners import listener
from tests.servers.sqlserver import PASSWORD
from tests.servers.tds import Misbehaviour
from tests.servers.tds_tokens import Message, Result

ISOLATED = IsolatedAdapter(ADAPTER)
KINDS = {
    Category.AUTHENTICATION: [18456, 18452, 18450, 18470, 18486, 18487, 18488, 17892, 18461, 40531, 40532, 40607],
    Category.PERMISSION: [229, 230, 262, 297, 300, 371, 916, 15247],
    Category.UNKNOWN_DATABASE: [911, 4060, 4063, 4064, 40508, 40515],
    Category.UNAVAILABLE: [
        904, 905, 921, 922, 924, 926, 927, 941, 942, 945, 946, 951, 952, 954, 955, 956, 976, 978, 979, 982, 983, 4221,
        615, 5011, 17142, 18401, 18451, 40143, 40197, 40540, 40613, 42108, 42109, 596, 6005],
    Category.TOO_BUSY: [
        701, 802, 8645, 8651, 8628, 1204, 1205, 1222, 10928, 10929, 10936, 40501, 40549, 40550, 40551, 40552, 40553,
        49918, 49919, 49920, 17809, 17189],
    Category.NETWORK: [64, 233, 10053, 10054, 10060, 17830, 17832, 17835, 17836, 40615, 40914, 47073],
    Category.QUERY: [102, 156, 170, 207, 208, 245, 8114, 8115, 8134, 2812, 4104],
    Category.UNSUPPORTED: [40517, 40518],
}
"""The dossier's table."""
NUMBERS = [(number, category) for category, numbers in KINDS.items() for number in numbers]
SEVERITY = {Category.TOO_BUSY: 17, Category.UNAVAILABLE: 20, Category.UNKNOWN_DATABASE: 11, Category.QUERY: 16}
AT_LOGIN = [(number, category) for number, category in NUMBERS if category is not Category.QUERY]


def message(number, category):
    return Message(number, SEVERITY.get(category, 14), f"was sagt Fehler {number}")


def failure_of(instance, adapter=ISOLATED, password=PASSWORD):
    """Why connecting fails; None: it does not."""
    try:
        with closing(adapter.connect(instance, password)):
            return None
    except EngineError as error:
        return error.failure


def refused(server, *messages, **changes):
    with server.listening(refusal=messages) as wire:
        return failure_of(instance_at(wire.port, **changes)), wire


def stopped(server, where, how, **changes):
    with server.listening(stop={where: how}) as wire:
        return failure_of(instance_at(wire.port, **changes))


def saying(*messages):
    """A script that answers every statement with *messages*."""
    return lambda text, session: messages


def asked(server, *messages):
    """How a statement fails that is answered so."""
    with connected(server) as (connection, _):
        server.script = saying(*messages)
        with pytest.raises(EngineError) as caught:
            ADAPTER.fetch_capacity(connection, ["x"])
    return caught.value.failure


@contextmanager
def black_hole():
    """A port whose packets are dropped: its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        time.sleep(0.1)
        yield address[1]
        for filler in fillers:
            filler.close()


def test_every_refused_login_has_its_kind_with_thirty_two_threads_failing_at_once(server):
    with ThreadPoolExecutor(32) as pool:
        found = dict(pool.map(lambda case: (case[0], refused(server, message(*case))[0]), AT_LOGIN))

    assert {number: failure.category for number, failure in found.items()} == dict(AT_LOGIN)
    assert {number: failure.code for number, failure in found.items()} == {n: str(n) for n, _ in AT_LOGIN}
    assert {failure.message for failure in found.values()} == {f"was sagt Fehler {n}" for n, _ in AT_LOGIN}


def test_every_refused_statement_has_its_kind(server):
    with connected(server) as (connection, _):
        found = {}
        for number, category in NUMBERS:
            server.script = saying(message(number, category))
            with pytest.raises(EngineError) as caught:
                ADAPTER.fetch_capacity(connection, ["x"])
            found[number] = caught.value.failure

    assert {number: failure.category for number, failure in found.items()} == dict(NUMBERS)
    assert {number: failure.code for number, failure in found.items()} == {number: str(number) for number, _ in NUMBERS}


@pytest.mark.parametrize(("severity", "at_login", "in_statement"), [
    (14, Category.AUTHENTICATION, Category.PERMISSION),
    (16, Category.QUERY, Category.QUERY),
    (17, Category.TOO_BUSY, Category.TOO_BUSY),
    (20, Category.UNAVAILABLE, Category.UNAVAILABLE),
])
def test_a_number_that_nobody_knows_is_judged_by_its_severity(server, severity, at_login, in_statement):
    unknown = Message(77777, severity, "new in 2031")
    failure, _ = refused(server, unknown)

    assert (failure.category, asked(server, unknown).category) == (at_login, in_statement)


DBLIB = "DB-Lib error message {}, severity {}:\nGeneral error\n"


@pytest.mark.parametrize(("number", "library", "category"), [
    (18456, [(20009, 9)], Category.NETWORK),
    (40613, [(20018, 14), (20002, 9)], Category.AUTHENTICATION),
    (18456, [(20018, 11), (20018, 14), (20002, 9)], Category.UNKNOWN_DATABASE),
    (18456, [(20018, 20), (20002, 9)], Category.UNAVAILABLE),
    (18456, [(20003, 6), (20002, 9)], Category.TIMEOUT),
    (18456, [(20020, 9), (20002, 9)], Category.NETWORK),
    (18456, [(20047, 9)], Category.NETWORK),
])
def test_a_number_that_is_left_over_from_another_connection_is_not_believed(number, library, category):
    import pymssql

    text = "".join(DBLIB.format(*each) for each in library)
    failure = ADAPTER.normalize_error(pymssql.OperationalError((number, text.encode()))).failure

    assert failure.category is category
    assert failure.code != str(number)


def test_a_text_that_is_no_utf8_is_readable():
    import pymssql

    failure = ADAPTER.normalize_error(pymssql.OperationalError((18456, b"Anmeldung f\xfcr 'x'"))).failure

    assert (failure.category, failure.message) == (Category.AUTHENTICATION, "Anmeldung f\ufffdr 'x'")


def test_without_the_driver_no_address_is_tried(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymssql", None)
    failure = failure_of(instance_at(1, host="no-such-host.invalid"), ADAPTER)

    assert (failure.category, failure.remedy) == (Category.UNSUPPORTED, "pip install 'capacity-sync[sqlserver]'")


def test_what_is_not_the_driver_s_is_a_defect_of_ours():
    assert ADAPTER.normalize_error(KeyError("x")).category is Category.INTERNAL


class TestConnecting:
    def test_to_a_port_where_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
        failure = failure_of(instance_at(port))

        assert (failure.category, failure.retryable) == (Category.NETWORK, True)
        assert failure.remedy

    @pytest.mark.parametrize("host", ["no-such-host.invalid", "ä" * 70, "a..b"])
    def test_to_a_name_that_nobody_knows(self, host):
        failure = failure_of(instance_at(1433, host=host))

        assert failure.category is Category.NETWORK
        assert "host" in failure.remedy

    def test_to_a_network_that_swallows_everything_ends_in_time(self):
        with black_hole() as port:
            begun = time.monotonic()
            failure = failure_of(instance_at(port, timeouts=Timeouts(connect=1)))

        assert failure.category is Category.TIMEOUT
        assert time.monotonic() - begun < 3

    @pytest.mark.parametrize("where", ["connect", "prelogin", "login"])
    def test_to_one_who_accepts_and_stays_silent_ends_in_time(self, server, where):
        begun = time.monotonic()
        failure = stopped(server, where, Misbehaviour.DEAF, timeouts=Timeouts(connect=2))

        assert failure.category is Category.TIMEOUT
        assert time.monotonic() - begun < 5

    def test_to_thirty_two_silent_ones_at_once_takes_no_longer(self):
        with listener() as port, ThreadPoolExecutor(32) as pool:
            silent = instance_at(port, timeouts=Timeouts(connect=2))
            begun = time.monotonic()
            found = list(pool.map(failure_of, [silent] * 32))

        assert {failure.category for failure in found} == {Category.TIMEOUT}
        assert time.monotonic() - begun < 20

    @pytest.mark.parametrize("where", ["connect", "prelogin", "login"])
    @pytest.mark.parametrize("how", [Misbehaviour.CLOSE, Misbehaviour.RESET, Misbehaviour.GARBAGE])
    def test_to_one_who_breaks_off_or_speaks_something_else(self, server, where, how):
        assert stopped(server, where, how).category is Category.NETWORK

    def test_with_a_wrong_password_says_nothing_else_and_tries_once(self, server):
        with server.listening() as wire:
            failure = failure_of(instance_at(wire.port), password="wrong")

            assert len(wire.logins) == 1
        assert (failure.category, failure.code, failure.retryable) == (Category.AUTHENTICATION, "18456", False)
        assert "wrong" not in f"{failure.message}{failure.remedy}"

    def test_to_a_database_that_is_not_there_is_no_wrong_password(self, server):
        with server.listening() as wire:
            failure = failure_of(instance_at(wire.port, database="nowhere"))

        assert (failure.category, failure.code) == (Category.UNKNOWN_DATABASE, "4060")
        assert "nowhere" in failure.message

    def test_with_a_wrong_password_to_a_database_is_no_unknown_database(self, server):
        server.add("sales")
        with server.listening() as wire:
            failure = failure_of(instance_at(wire.port, database="sales"), password="wrong")

        assert (failure.category, failure.code) == (Category.AUTHENTICATION, "18456")

    def test_to_a_database_whose_availability_group_refuses(self, server):
        failure, _ = refused(server, Message(976, 14, "not accessible for queries"), Message(18456, 14, "Login failed"),
                             database="sales")

        assert (failure.category, failure.code) == (Category.UNAVAILABLE, "976")

    def test_to_a_database_that_cannot_be_used_after_the_login(self, server):
        server.add("sales", door=Message(924, 14, "Database 'sales' is already open and can only have one user."))
        with server.listening() as wire:
            failure = failure_of(instance_at(wire.port, database="sales"))

        assert (failure.category, failure.code) == (Category.UNAVAILABLE, "924")

    def test_after_other_failures_tells_its_own(self, server):
        first, _ = refused(server, Message(40613, 20, "Database is not currently available"))
        second, _ = refused(server, Message(18456, 14, "Login failed"))
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]

        assert [first.category, second.category, failure_of(instance_at(port)).category] == [
            Category.UNAVAILABLE, Category.AUTHENTICATION, Category.NETWORK]

    def test_to_a_named_instance_asks_for_its_port(self):
        failure = failure_of(instance_at(1433, host="server\\INSTANCE"))

        assert failure.category is Category.UNSUPPORTED
        assert "port" in failure.remedy


class TestAsking:
    def failure(self, server, *replies, adapter=ADAPTER, **changes):
        with connected(server, adapter, **changes) as (connection, _):
            server.script = lambda text, _: list(replies)
            with pytest.raises(EngineError) as caught:
                adapter.fetch_capacity(connection, ["x"])
            server.script = lambda text, _: None
            with pytest.raises(EngineError) as after:
                adapter.fetch_capacity(connection, ["x"])
            return caught.value.failure, after.value.failure

    @pytest.mark.parametrize("how", [Misbehaviour.CLOSE, Misbehaviour.RESET])
    def test_one_who_breaks_off(self, server, how):
        failure, after = self.failure(server, how)

        assert (failure.category, after.category) == (Category.NETWORK, Category.NETWORK)

    def test_one_who_breaks_off_in_the_middle_of_the_rows(self, server):
        rows = Result([("name", "nvarchar")], [("x" * 2000,)] * 50)
        failure, _ = self.failure(server, rows, Misbehaviour.HALF)

        assert failure.category is Category.NETWORK

    def test_one_who_takes_too_long_ends_the_connection_and_with_it_the_statement(self, server):
        with connected(server, timeouts=Timeouts(connect=5, statement=1)) as (connection, wire):
            server.script = lambda text, _: [Misbehaviour.HANG]
            with pytest.raises(EngineError) as caught:
                ADAPTER.fetch_capacity(connection, ["x"])
            ends = time.monotonic() + 5
            while wire.sessions and time.monotonic() < ends:
                time.sleep(0.02)

            assert not wire.sessions
        assert caught.value.failure.category is Category.TIMEOUT
        assert caught.value.failure.remedy

    def test_one_who_does_not_answer_at_all_ends_at_the_deadline(self, server):
        begun = time.monotonic()
        failure, _ = self.failure(server, Misbehaviour.DEAF, adapter=ISOLATED,
                                     timeouts=Timeouts(connect=5, statement=1, deadline=4))

        assert failure.category is Category.TIMEOUT
        assert time.monotonic() - begun < 10

    def test_a_permission_told_with_two_errors(self, server):
        failure = asked(server, Message(300, 14, "VIEW SERVER STATE permission was denied"),
                        Message(297, 16, "The user does not have permission"))

        assert (failure.category, failure.code) == (Category.PERMISSION, "297")

    def test_an_overflow_is_a_failure_and_no_number(self, server):
        failure = asked(server, Message(8115, 16, "Arithmetic overflow error converting to int."))

        assert (failure.category, failure.code) == (Category.QUERY, "8115")
