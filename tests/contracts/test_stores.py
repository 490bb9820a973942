"""Memory, the model, and SQL keep the same promises."""
from itertools import count
from urllib.parse import quote

import pytest

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.testing.store_contract import *  # noqa: F403 - the tests
from tests.servers.postgresql import PostgreSQLServer, require_postgresql

_numbers = count()


def memory(request):
    work = InMemoryUnitOfWork()
    return lambda: work


def sqlite_file(request):
    return _sql(request, f"sqlite:///{request.getfixturevalue('tmp_path')}/capacity.db")


def sqlite_in_memory(request):
    return _sql(request, "sqlite://")


def postgresql(request):
    server = request.getfixturevalue("server")
    name = f"store_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE empty_store STRATEGY WAL_LOG")
    return _sql(request, _url(server, name))


def _url(server, database):
    return f"postgresql://{server.superuser}:{quote(server.password)}@{server.host}:{server.port}/{database}"


def _sql(request, url):
    engine = open_store(url)
    request.addfinalizer(engine.dispose)
    ready_to_sync(engine)
    return lambda: SqlUnitOfWork(engine)


@pytest.fixture(scope="session")
def server():
    """PostgreSQL with one store that is copied for each test: sixty migrations take longer than sixty copies."""
    with PostgreSQLServer(require_postgresql()) as server:
        server.execute("CREATE DATABASE empty_store")
        engine = open_store(_url(server, "empty_store"))
        ready_to_sync(engine)
        engine.dispose()
        yield server


@pytest.fixture(params=[memory, sqlite_file, sqlite_in_memory, postgresql], ids=lambda opened: opened.__name__)
def unit_of_work(request):
    return request.param(request)
