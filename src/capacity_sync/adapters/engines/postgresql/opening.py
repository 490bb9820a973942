"""How a session begins: whom to ask, with which settings, and what a refusal means."""
from collections.abc import Mapping
from time import monotonic
from typing import TYPE_CHECKING, Any

from capacity_sync.adapters.engines.postgresql.errors import SETTINGS_REFUSED, by_code, by_text
from capacity_sync.adapters.engines.postgresql.probe import Attempt, refusal
from capacity_sync.adapters.engines.postgresql.session import Session, milliseconds, wait
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import EngineError, ServerUnreachable, TimedOut

if TYPE_CHECKING:
    from psycopg2.extensions import connection

DEFAULT_PORT = 5432
DEFAULT_DATABASE = "postgres"
NAME = "capacity-sync"
SETTINGS = (
    "-c default_transaction_read_only=on -c statement_timeout={statement_timeout} -c lock_timeout=2s "
    "-c idle_in_transaction_session_timeout=60s -c search_path=pg_catalog"
)
KEEPALIVE: Mapping[str, int] = {
    "keepalives": 1, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000,
}
"""https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES"""


def open_session(instance: Instance, password: str | None) -> Session:
    """A session within `instance.timeouts`. Behind a pooler that refuses settings they come with every transaction.

    A statement gets half of the deadline at most: what it does not finish goes on one by one.

    Raises: EngineError. ModuleNotFoundError: no psycopg2.
    """
    import psycopg2

    begun = monotonic()
    until = begun + instance.timeouts.connect
    limit = min(instance.timeouts.statement, instance.timeouts.deadline / 2)
    address = address_of(instance, password)
    try:
        raw, pooled = _settled(address, settings_of(limit), until)
    except TimeoutError as error:
        where = f"{instance.host}:{instance.port or DEFAULT_PORT}"
        text = f"no answer from {where} within {instance.timeouts.connect:g} s"
        raise TimedOut(text, remedy="check host, port and firewall") from error
    except psycopg2.Error as error:
        raise refused(str(error).strip(), instance, password, until) from error
    session = Session(raw, limit, begun + instance.timeouts.deadline, pooled)
    session.take_names_as_they_are()
    return session


def _settled(address: Mapping[str, Any], settings: Mapping[str, str], until: float) -> "tuple[connection, bool]":
    import psycopg2

    try:
        return dial({**address, **settings}, until), False
    except psycopg2.OperationalError as error:
        if not SETTINGS_REFUSED.search(str(error)):
            raise
    return dial(address, until), True


def dial(address: Mapping[str, Any], until: float) -> "connection":
    """A connection. Raises: TimeoutError, psycopg2.Error."""
    import psycopg2

    raw: connection = psycopg2.connect(**address, async_=True)
    try:
        wait(raw, until)
    except BaseException:
        raw.close()
        raise
    return raw


def address_of(instance: Instance, password: str | None) -> dict[str, Any]:
    """libpq's keywords for whom to ask, and how to trust it."""
    given = {
        "host": instance.host,
        "port": instance.port,
        "user": instance.username,
        "password": password,
        "dbname": instance.database or DEFAULT_DATABASE,
        "sslmode": instance.tls.mode.value,
        "sslrootcert": instance.tls.ca,
    }
    return {**KEEPALIVE, **{keyword: value for keyword, value in given.items() if value is not None}}


def settings_of(limit: float) -> dict[str, str]:
    """libpq's keywords for a session that is read-only, has timeouts, and says who it is."""
    options = SETTINGS.format(statement_timeout=milliseconds(limit))
    return {"options": options, "application_name": NAME, "client_encoding": "UTF8"}


def refused(text: str, instance: Instance, password: str | None, until: float) -> EngineError:
    """What libpq's *text* of a failed connection means; if it is not in English, what the server's code means."""
    understood = by_text(text)
    if understood is not None:
        return understood
    attempt = Attempt(
        host=instance.host or "localhost",
        port=instance.port or DEFAULT_PORT,
        user=instance.username or "",
        password=password or "",
        database=instance.database or DEFAULT_DATABASE,
        tls=instance.tls,
    )
    code = refusal(attempt, until)
    return by_code(code, text) if code else ServerUnreachable(text or "the connection failed")
