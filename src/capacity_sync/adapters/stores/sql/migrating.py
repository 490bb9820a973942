"""Alembic, run from the package itself. Imported late: it takes longer to load than most commands to run."""
from importlib.metadata import version

from sqlalchemy import Connection, Engine

from capacity_sync.adapters.stores.sql.altering import altered
from capacity_sync.adapters.stores.sql.locking import alone
from capacity_sync.adapters.stores.sql.refusals import refusing
from capacity_sync.adapters.stores.sql.tables import VERSION_TABLE, capacity_sync_store
from capacity_sync.adapters.stores.sql.upsert import Upsert
from capacity_sync.domain.outcomes import StoreRefused

MIGRATIONS = "capacity_sync.adapters.stores.sql:migrations"
NOTE = Upsert(capacity_sync_store, key=("key",), update=("value",))


def migrate(engine: Engine) -> None:
    """To the newest version; nothing when another process was faster.

    In one transaction, except on MySQL, where each statement on tables commits: cut off there, run it again.
    Raises: StoreRefused: the database refused, another process takes too long, or a table is locked for too long.
    """
    with refusing(engine.url, StoreRefused), alone(engine):
        altered(engine, _upgrade)


def _upgrade(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.set_main_option("path_separator", "os")
    config.attributes.update(connection=connection, version_table=VERSION_TABLE)
    command.upgrade(config, "head")
    NOTE.run(connection, [{"key": "package", "value": version("capacity-sync")}])
