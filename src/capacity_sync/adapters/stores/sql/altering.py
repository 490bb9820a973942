"""Changes to tables that others use meanwhile: each waits briefly and tries again, so that nobody waits long for it."""
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy.exc import DBAPIError

from capacity_sync.adapters.stores.sql.refusals import store_name
from capacity_sync.domain.outcomes import StoreRefused

LOCK_SECONDS = 2
"""How long an attempt waits for a table. Whoever comes after it waits as long: a lock that waits blocks all others."""
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before the next attempt."""
IN_THE_WAY = frozenset({"55P03", "40P01"})
"""A lock that was not to be had, and a deadlock: https://www.postgresql.org/docs/current/errcodes-appendix.html."""
Result = TypeVar("Result")


class _Locked(Exception):
    """A table was."""


def altered(engine: Engine, change: Callable[[Connection], Result]) -> Result:
    """What *change* gives, in a transaction of its own; on PostgreSQL several times, as long as tables are locked.

    Raises: StoreRefused: they are for too long; what the database refuses, unchanged.
    """
    for pause in PAUSES:
        with suppress(_Locked):
            return _attempted(engine, change)
        time.sleep(pause)
    try:
        return _attempted(engine, change)
    except _Locked as error:
        raise StoreRefused(
            f"store {store_name(engine.url)}: another session keeps a table locked; of {len(PAUSES) + 1} attempts each "
            f"waited {LOCK_SECONDS} seconds, and nothing was changed: try again when that session is done") from error


def _attempted(engine: Engine, change: Callable[[Connection], Result]) -> Result:
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                wait_briefly(connection)
            return change(connection)
    except DBAPIError as error:
        if locked(error):
            raise _Locked from error
        raise


def wait_briefly(connection: Connection) -> None:
    """For locks, to the end of the transaction; on PostgreSQL only."""
    connection.execute(select(func.set_config("lock_timeout", f"{LOCK_SECONDS}s", True)))


def locked(error: DBAPIError) -> bool:
    """Whether a lock was not to be had."""
    return getattr(error.orig, "pgcode", None) in IN_THE_WAY
