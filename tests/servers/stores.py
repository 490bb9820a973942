"""Stores on throw-away servers, one per server and session: sixty migrations take longer than sixty times emptying."""
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.tables import capacity_sync_store, metadata
from tests.servers.mariadb import MariaDBServer, require_mariadb
from tests.servers.postgresql import PostgreSQLServer, require_postgresql

__all__ = ["emptied", "empty", "mariadb_server", "mariadb_store", "postgresql_server", "postgresql_store"]


def postgresql_url(server, database):
    return f"postgresql://{server.superuser}:{quote(server.password)}@{server.host}:{server.port}/{database}"


def mariadb_url(server, database):
    return f"mysql://{server.root}:{quote(server.password)}@{server.host}:{server.port}/{database}?ssl_disabled=true"


def emptied(url):
    """The engine of the store at *url*, without a row."""
    return empty(open_store(url))


def empty(engine):
    """Delete all rows but the notes of the migration, and the marks of aggregation with them; the engine."""
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table is not capacity_sync_store:
                connection.execute(sa.delete(table))
        marks = capacity_sync_store.c.key.startswith("aggregated ")
        connection.execute(sa.delete(capacity_sync_store).where(marks))
    return engine


def _created(url):
    engine = open_store(url)
    ready_to_sync(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def postgresql_server():
    with PostgreSQLServer(require_postgresql()) as server:
        yield server


@pytest.fixture(scope="session")
def mariadb_server():
    with MariaDBServer(require_mariadb()) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_store(postgresql_server):
    """The URL of a current store."""
    postgresql_server.execute("CREATE DATABASE store")
    return _created(postgresql_url(postgresql_server, "store"))


@pytest.fixture(scope="session")
def mariadb_store(mariadb_server):
    """The URL of a current store; the database's own collation is one that tells fewer names apart."""
    mariadb_server.execute("CREATE DATABASE store CHARACTER SET latin1 COLLATE latin1_swedish_ci")
    return _created(mariadb_url(mariadb_server, "store"))
