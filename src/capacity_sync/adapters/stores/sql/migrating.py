"""Alembic, run from the package itself. Imported late: it takes longer to load than most commands to run."""
from functools import partial
from importlib.metadata import version

from sqlalchemy import Connection, Engine

from capacity_sync.adapters.stores.sql.altering import altered
from capacity_sync.adapters.stores.sql.locking import alone
from capacity_sync.adapters.stores.sql.refusals import refusing
from capacity_sync.adapters.stores.sql.tables import REVISIONS, VERSION_TABLE, capacity_sync_store
from capacity_sync.adapters.stores.sql.upsert import Upsert
from capacity_sync.domain.outcomes import StoreRefused

MIGRATIONS = "capacity_sync.adapters.stores.sql:migrations"
NOTE = Upsert(capacity_sync_store, key=("key",), update=("value",))


def migrate(engine: Engine) -> None:
    """To the newest version; nothing when another process was faster.

    In one transaction on SQLite. On PostgreSQL in one per revision: one that reads a large table for its index would
    keep what an earlier one has locked. On MySQL each statement on tables commits. Cut off, it goes on where it was.
    Raises: StoreRefused: the database refused, another process takes too long, or a table is locked for too long.
    """
    with refusing(engine.url, StoreRefused), alone(engine):
        if engine.dialect.name == "postgresql":
            for revision in REVISIONS[:-1]:
                altered(engine, partial(_upgrade, revision=revision))
        altered(engine, _finish)


def _finish(connection: Connection) -> None:
    _upgrade(connection, REVISIONS[-1])
    NOTE.run(connection, [{"key": "package", "value": version("capacity-sync")}])


def _upgrade(connection: Connection, revision: str) -> None:
    """Nothing if the store has that revision, or a later one."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    command.upgrade(config, revision)
