"""Memory, the model, and SQL keep the same promises."""
import pytest

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.testing.store_contract import *  # noqa: F403 - the tests
from tests.servers.stores import emptied


def memory(request):
    work = InMemoryUnitOfWork()
    return lambda: work


def sqlite_file(request):
    return _sql(request, f"sqlite:///{request.getfixturevalue('tmp_path')}/capacity.db")


def sqlite_in_memory(request):
    return _sql(request, "sqlite://")


def postgresql(request):
    return _emptied(request, request.getfixturevalue("postgresql_store"))


def mariadb(request):
    return _emptied(request, request.getfixturevalue("mariadb_store"))


def _sql(request, url):
    engine = open_store(url)
    request.addfinalizer(engine.dispose)
    ready_to_sync(engine)
    return lambda: SqlUnitOfWork(engine)


def _emptied(request, url):
    engine = emptied(url)
    request.addfinalizer(engine.dispose)
    return lambda: SqlUnitOfWork(engine)


@pytest.fixture(params=[memory, sqlite_file, sqlite_in_memory, postgresql, mariadb], ids=lambda opened: opened.__name__)
def unit_of_work(request):
    return request.param(request)
