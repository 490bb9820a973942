import pytest

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from tests.servers.stores import emptied


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
