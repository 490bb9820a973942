"""What numbers and texts mean, without a server."""

import socket
import ssl

import pymysql
import pytest
from pymysql import err

from capacity_sync.adapters.engines.mysql.adapter import MySQLAdapter
from capacity_sync.adapters.engines.mysql.errors import CODES, KINDS, REMEDIES, translate
from capacity_sync.domain.outcomes import RETRYABLE, InternalFailure


def driver(number, text="as the server says", cause=None):
    error = err.OperationalError(number, text)
    if cause is not None:
        error.original_exception = cause
    return error


@pytest.mark.parametrize(
    ("category", "numbers"),
    {
        "authentication": (1045, 1698, 1862, 1820, 3118, 4151, 3955, 1130, 1129, 1251, 1524, 2058, 2059, 2061),
        "permission": (1044, 1142, 1143, 1227, 1370, 1410, 1419),
        "unknown_database": (1049,),
        "too_busy": (1040, 1203, 1226, 1041, 1135),
        "unavailable": (3032, 1053, 9001),
        "timeout": (3024, 1969, 1205, 3572, 4031),
        "network": (2002, 2003, 2006, 2013, 2026, 3159, 1043, 1158, 1159, 1160, 1161, 1927),
        "unsupported": (1109, 1054, 1193, 1235, 1286, 1115, 1273, 1305, 1381, 1231),
        "query": (1064, 1146, 1317, 4711),
    }.items(),
)
def test_numbers(category, numbers):
    found = {number: translate(driver(number)) for number in numbers}

    assert {number: error.category.value for number, error in found.items()} == dict.fromkeys(numbers, category)
    assert {number: error.failure.code for number, error in found.items()} == {n: str(n) for n in numbers}


@pytest.mark.parametrize(
    ("cause", "category", "retryable"),
    [
        (TimeoutError("timed out"), "timeout", True),
        (socket.gaierror(-2, "Name or service not known"), "network", True),
        (ConnectionRefusedError(111, "Connection refused"), "network", True),
        (ssl.SSLCertVerificationError("certificate verify failed"), "network", False),
        (ssl.SSLError("wrong version number"), "network", False),
    ],
)
def test_a_failed_connect_is_told_by_its_cause(cause, category, retryable):
    failure = translate(driver(2003, "Can't connect", cause)).failure

    assert (failure.category.value, failure.retryable, failure.code) == (category, retryable, "2003")
    assert failure.remedy


@pytest.mark.parametrize(
    ("error", "category"),
    [
        (driver(2013, "Lost connection to MySQL server during query (timed out)"), "timeout"),
        (driver(2013, "Lost connection to MySQL server during query (The read operation timed out)"), "timeout"),
        (driver(2013, "Lost connection to MySQL server during query"), "network"),
        (err.InterfaceError(0, ""), "network"),
        (err.InternalError("Packet sequence number wrong - got 45 expected 0"), "network"),
        (err.OperationalError("received unknown auth switch request"), "network"),
        (err.Error("Already closed"), "network"),
        (RuntimeError("'cryptography' package is required for sha256_password"), "unsupported"),
        (ConnectionResetError(104, "Connection reset by peer"), "network"),
        (TimeoutError("timed out"), "timeout"),
    ],
)
def test_texts(error, category):
    assert translate(error).category.value == category
    assert str(translate(error))


@pytest.mark.parametrize("error", [KeyError("x"), ValueError("y"), RuntimeError("z"), RecursionError()])
def test_what_is_not_the_drivers_is_internal(error):
    assert translate(error) is None
    assert isinstance(MySQLAdapter().normalize_error(error), InternalFailure)


def test_no_number_has_two_meanings():
    listed = [code for codes in CODES.values() for code in codes]

    assert len(listed) == len(set(listed)) == len(KINDS)
    assert set(REMEDIES) <= set(KINDS)


def test_only_passing_failures_are_retried():
    assert {kind.category for kind in CODES if translate(driver(CODES[kind][0])).failure.retryable} <= RETRYABLE


def test_the_driver_is_known_by_the_module_of_its_errors():
    assert {kind.__module__ for kind in pymysql.Error.__mro__ if "ySQL" in kind.__name__} == {"pymysql.err"}
