"""What servers, libpq and poolers say, of many versions, and what it means."""
import pytest

from capacity_sync.adapters.engines.postgresql.adapter import PostgreSQLAdapter
from capacity_sync.adapters.engines.postgresql.errors import SETTINGS_REFUSED, by_code, by_text
from capacity_sync.domain.outcomes import Category

SAID = {
    'FATAL:  password authentication failed for user "m"': Category.AUTHENTICATION,
    'FATAL:  role "m" does not exist': Category.AUTHENTICATION,
    'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "m", database "d", no encryption': Category.AUTHENTICATION,
    'FATAL:  pg_hba.conf rejects connection for host "::1", user "m", database "d", SSL off': Category.AUTHENTICATION,
    "fe_sendauth: no password supplied": Category.AUTHENTICATION,
    'FATAL:  certificate authentication failed for user "m"': Category.AUTHENTICATION,
    "FATAL:  connection requires a valid client certificate": Category.AUTHENTICATION,
    'FATAL:  no such user: m': Category.AUTHENTICATION,
    'FATAL:  permission denied for database "d"\nDETAIL:  User does not have CONNECT privilege.': Category.PERMISSION,
    'FATAL:  database "role" does not exist': Category.UNKNOWN_DATABASE,
    "FATAL:  no such database: d": Category.UNKNOWN_DATABASE,
    'FATAL:  database "d" is not currently accepting connections': Category.UNAVAILABLE,
    'FATAL:  cannot connect to invalid database "d"\nHINT:  Use DROP DATABASE to drop invalid databases.':
        Category.UNAVAILABLE,
    "FATAL:  the database system is starting up": Category.UNAVAILABLE,
    "FATAL:  the database system is not yet accepting connections\nDETAIL:  Consistent recovery state has not been "
    "yet reached.": Category.UNAVAILABLE,
    "FATAL:  the database system is in recovery mode": Category.UNAVAILABLE,
    "FATAL:  sorry, too many clients already": Category.TOO_BUSY,
    "FATAL:  remaining connection slots are reserved for non-replication superuser connections": Category.TOO_BUSY,
    'FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute': Category.TOO_BUSY,
    'FATAL:  remaining connection slots are reserved for roles with privileges of the "pg_use_reserved_connections" '
    'role': Category.TOO_BUSY,
    'FATAL:  too many connections for role "m"': Category.TOO_BUSY,
    "FATAL:  no more connections allowed (max_client_conn)": Category.TOO_BUSY,
    'FATAL:  unrecognized configuration parameter "x"': Category.UNSUPPORTED,
    "Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?": Category.NETWORK,
    'could not translate host name "h" to address: Name or service not known': Category.NETWORK,
    "No route to host": Category.NETWORK,
    "timeout expired": Category.TIMEOUT,
    "Connection timed out": Category.TIMEOUT,
    "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or "
    "while processing the request.": Category.NETWORK,
    "SSL SYSCALL error: EOF detected": Category.NETWORK,
    "received invalid response to SSL negotiation: H": Category.NETWORK,
    "SSL error: wrong version number": Category.NETWORK,
    # of several addresses, or with and without TLS, the last word counts
    'connection to server at "::1", port 5432 failed: Connection refused\n\tIs the server running?\n'
    'connection to server at "127.0.0.1", port 5432 failed: FATAL:  database "d" does not exist':
        Category.UNKNOWN_DATABASE,
}
CODES = {
    "28000": Category.AUTHENTICATION, "28P01": Category.AUTHENTICATION, "42501": Category.PERMISSION,
    "3D000": Category.UNKNOWN_DATABASE, "53300": Category.TOO_BUSY, "53100": Category.TOO_BUSY,
    "57P03": Category.UNAVAILABLE, "57014": Category.TIMEOUT, "55P03": Category.TIMEOUT, "25P03": Category.TIMEOUT,
    "57P05": Category.TIMEOUT, "08006": Category.NETWORK, "42883": Category.UNSUPPORTED, "0A000": Category.UNSUPPORTED,
    "42601": Category.QUERY, "25006": Category.QUERY, "XX000": Category.QUERY,
}


@pytest.mark.parametrize(("text", "category"), SAID.items())
def test_a_text_means_what_its_reader_can_do(text, category):
    assert by_text(text).failure.category is category


@pytest.mark.parametrize("text", ["ВАЖНО:  база данных \"d\" не существует", "致命错误:  用户认证失败", ""])
def test_a_text_in_another_language_means_nothing(text):
    assert by_text(text) is None


@pytest.mark.parametrize(("code", "category"), CODES.items())
def test_a_code_means_what_its_reader_can_do(code, category):
    failure = by_code(code, "said").failure

    assert (failure.category, failure.code, failure.message) == (category, code, "said")


@pytest.mark.parametrize("text", [
    "FATAL:  unsupported startup parameter: options",
    "FATAL:  unsupported startup parameter in options: default_transaction_read_only",
    "FATAL:  Feature not supported: RDS Proxy currently doesn't support command-line options.",
])
def test_poolers_that_take_no_settings_are_known(text):
    assert SETTINGS_REFUSED.search(text)


def test_what_is_not_the_drivers_is_not_ours_to_translate():
    adapter = PostgreSQLAdapter()

    assert adapter.translate(KeyError("x")) is None
    assert adapter.normalize_error(KeyError("x")).failure.category is Category.INTERNAL
