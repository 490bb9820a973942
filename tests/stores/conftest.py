from itertools import count

import pytest

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from tests.servers.stores import emptied, postgresql_url
from tests.stores import legacy

_numbers = count()


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/capacity.db"


@pytest.fixture
def engine(url):
    """A current store in a SQLite file."""
    engine = open_store(url)
    ready_to_sync(engine)
    return engine


@pytest.fixture
def work(engine):
    return SqlUnitOfWork(engine)


@pytest.fixture
def store(request):
    """The engine of an empty store: "sqlite" (in memory), "postgresql" or "mariadb"."""
    engine = open_store("sqlite://") if request.param == "sqlite" else emptied(
        request.getfixturevalue(f"{request.param}_store"))
    ready_to_sync(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def opened(request):
    """Opens a store, and closes it after the test."""
    def opened(url):
        engine = open_store(url)
        request.addfinalizer(engine.dispose)
        return engine
    return opened


@pytest.fixture
def postgresql_database(postgresql_server):
    """The URL of a database without a table."""
    database = f"made_{next(_numbers)}"
    postgresql_server.execute(f"CREATE DATABASE {database}")
    yield postgresql_url(postgresql_server, database)
    postgresql_server.execute(f"DROP DATABASE {database} WITH (FORCE)")


@pytest.fixture
def postgresql_host(postgresql_database, opened):
    """The legacy application's store on PostgreSQL, not adopted yet."""
    engine = opened(postgresql_database)
    legacy.fill(engine)
    return engine
