"""The server is understood by the driver that it is made for, and refuses whom it should."""
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from decimal import Decimal

import oracledb
import pytest

from tests.servers.tns import Listener, Misbehaviour, OracleError, Result, TNSServer
from tests.servers.ttc import Column, Kind

USERS = {"monitor": "tiger"}
NUMBERS = [0, 1, -1, 9, 10, 99, 100, 101, -100, 2**53 + 1, 10**37, -(10**20), 123456789, 2**63]
FRACTIONS = ["0.5", "-1.5", "1234.5678", "0.001", "-99.01"]
TEXTS = ["a", "é", "\U0001f600", "x" * 252, "x" * 253, "y" * 32767, "'\"%\\"]


@pytest.fixture(autouse=True)
def _thin():
    oracledb.enable_thin_mode()


def connect(server, password="tiger"):
    return closing(oracledb.connect(user="monitor", password=password, host="127.0.0.1", port=server.port,
                                    service_name="any"))


def ask(answer, statement="SELECT 1", **server):
    with TNSServer(answer, USERS, **server) as listening, connect(listening) as connection:
        cursor = connection.cursor()
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.parametrize("value", NUMBERS)
def test_whole_numbers_arrive_exactly(value):
    ((found,),) = ask(lambda _: Result([Column("N", Kind.NUMBER)], [(value,)]))

    assert (found, type(found)) == (value, int)


@pytest.mark.parametrize("value", FRACTIONS)
def test_fractions_arrive_too(value):
    ((found,),) = ask(lambda _: Result([Column("N", Kind.NUMBER)], [(Decimal(value),)]))

    assert found == float(value)


@pytest.mark.parametrize("value", TEXTS, ids=len)
def test_texts_arrive_exactly(value):
    assert ask(lambda _: Result([Column("T", Kind.VARCHAR2)], [(value,)])) == [(value,)]


def test_nothing_and_the_empty_text_are_null():
    columns = [Column("T", Kind.VARCHAR2), Column("N", Kind.NUMBER)]

    assert ask(lambda _: Result(columns, [("", None), (None, 1)])) == [(None, None), (None, 1)]


@pytest.mark.parametrize("count", [0, 1, 2, 100, 101, 5000])
def test_any_number_of_rows_arrives_in_order(count):
    answer = Result([Column("N", Kind.NUMBER)], [(n,) for n in range(count)])

    assert ask(lambda _: answer) == [(n,) for n in range(count)]


def test_a_long_statement_arrives_whole():
    statement = "SELECT '" + "é" * 40000 + "' FROM dual"
    with TNSServer(lambda _: Result([Column("N", Kind.NUMBER)]), USERS) as server, connect(server) as connection:
        connection.cursor().execute(statement)

    assert server.statements == [statement]


def test_a_statement_executed_again_is_answered_again():
    answers = iter(range(10))
    with TNSServer(lambda _: Result([Column("N", Kind.NUMBER)], [(next(answers),)]), USERS) as server, \
            connect(server) as connection:
        cursor = connection.cursor()

        assert [cursor.execute("SELECT 1").fetchall() for _ in range(3)] == [[(0,)], [(1,)], [(2,)]]


def test_only_the_right_password_is_let_in():
    with TNSServer(lambda _: None, USERS) as server:
        for wrong in ("", "Tiger", "tiger ", "tige"):
            with pytest.raises(oracledb.DatabaseError):
                connect(server, wrong)
        with connect(server) as connection:
            assert connection.version == "19.0.0.0.0"


def test_an_error_has_its_number_and_place():
    def refuse(_):
        raise OracleError(904, '"X": invalid identifier', 7)

    with pytest.raises(oracledb.DatabaseError) as caught:
        ask(refuse)
    (facts,) = caught.value.args

    assert (facts.full_code, facts.offset) == ("ORA-00904", 7)


def test_a_break_is_heard():
    with TNSServer(lambda _: Misbehaviour.HANG, USERS) as server, connect(server) as connection:
        connection.call_timeout = 100
        with pytest.raises(oracledb.DatabaseError, match="DPY-4024"):
            connection.cursor().execute("SELECT 1")

        assert server.breaks == 1
        connection.ping()


def test_the_listener_refuses_with_the_number_it_is_told():
    with TNSServer(lambda _: None, USERS, Listener(refusal=12519)) as server, \
            pytest.raises(oracledb.OperationalError, match="ORA-12519"):
        connect(server)


def test_several_connections_are_served_at_once():
    def answer(statement):
        return Result([Column("N", Kind.NUMBER)], [(int(statement.split()[1]),)])

    def work(number):
        with connect(server) as connection:
            return [connection.cursor().execute(f"SELECT {number}").fetchall() for _ in range(5)]

    with TNSServer(answer, USERS) as server, ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(32))) == [[[(number,)]] * 5 for number in range(32)]
