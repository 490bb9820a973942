"""Memory, the model, and SQL keep the same promises."""
import pytest

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.testing.store_contract import *  # noqa: F403 - the tests


def memory(folder):
    work = InMemoryUnitOfWork()
    return lambda: work


def sqlite_file(folder):
    return _sql(f"sqlite:///{folder}/capacity.db")


def sqlite_in_memory(folder):
    return _sql("sqlite://")


def _sql(url):
    engine = open_store(url)
    ready_to_sync(engine)
    return lambda: SqlUnitOfWork(engine)


@pytest.fixture(params=[memory, sqlite_file, sqlite_in_memory], ids=lambda opened: opened.__name__)
def unit_of_work(request, tmp_path):
    return request.param(tmp_path)
