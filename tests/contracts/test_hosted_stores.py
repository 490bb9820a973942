"""Inside a transaction of the host, savepoints keep the promises of transactions."""
import pytest

from capacity_sync import host_unit_of_work
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.testing.store_contract import *  # noqa: F403 - the tests
from tests.servers.stores import emptied


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def unit_of_work(request, tmp_path):
    if request.param == "sqlite":
        engine = open_store(f"sqlite:///{tmp_path}/host.db")
        ready_to_sync(engine)
    else:
        engine = emptied(request.getfixturevalue(f"{request.param}_store"))
    with engine.connect() as connection:
        yield lambda: host_unit_of_work(connection)
        connection.rollback()
    engine.dispose()
