"""One process at a time, by the database's own locks: gone with the connection that holds them."""
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from hashlib import sha256

from sqlalchemy import Engine, func, select

from capacity_sync.adapters.stores.sql.refusals import store_name
from capacity_sync.domain.outcomes import StoreRefused

PATIENCE_SECONDS = 300
"""For another process that migrates."""
NUMBER = 0x6361_7061_6369_7479
"""Of the lock on PostgreSQL, where each database has its own numbers: the letters of `capacity`."""


def alone(engine: Engine) -> AbstractContextManager[None]:
    """To the end of the block. Nothing on SQLite, whose transactions begin with the write lock.

    Raises: StoreRefused: another process holds the lock for too long.
    """
    return BY_DIALECT[engine.dialect.name](engine)


@contextmanager
def _in_postgresql(engine: Engine) -> Iterator[None]:
    """Until the end of a transaction: the one kind of lock that poolers such as PgBouncer keep."""
    with engine.begin() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(NUMBER)))
        yield


@contextmanager
def _in_mysql(engine: Engine) -> Iterator[None]:
    """The names of locks are the server's, not the database's."""
    name = f"capacity_sync {sha256(str(engine.url.database).encode()).hexdigest()[:32]}"
    with engine.connect() as connection:
        if connection.scalar(select(func.get_lock(name, PATIENCE_SECONDS))) != 1:
            raise StoreRefused(f"store {store_name(engine.url)}: another process has been upgrading it for "
                               f"{PATIENCE_SECONDS} seconds; try again")
        try:
            yield
        finally:
            connection.execute(select(func.release_lock(name)))


BY_DIALECT: Mapping[str, Callable[[Engine], AbstractContextManager[None]]] = {
    "sqlite": lambda _: nullcontext(),
    "postgresql": _in_postgresql,
    "mysql": _in_mysql,
    "mariadb": _in_mysql,
}
