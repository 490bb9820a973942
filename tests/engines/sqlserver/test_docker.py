"""The same expectations against Microsoft's own server in a container: `pytest -m docker`. Never run in CI.

Needs Docker, an x86-64 machine, and the dependency group `docker`; using the image accepts Microsoft's licence.
"""
import os
import time
from contextlib import closing
from pathlib import PurePosixPath

import pytest

from capacity_sync.adapters.engines.isolation import IsolatedAdapter
from capacity_sync.domain.instance import Instance, Timeouts
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category
from capacity_sync.testing.engine_contract import *  # noqa: F403 - the tests
from capacity_sync.testing.engine_contract import EngineCase
from tests.engines.sqlserver.visits import ADAPTER

pytestmark = pytest.mark.docker

IMAGE = os.environ.get("CAPACITY_SYNC_SQLSERVER_IMAGE", "mcr.microsoft.com/mssql/server:2022-latest")
OWNER, PASSWORD = "sa", "Thr0w-away!"
SECONDS_TO_START = 120
DATA = PurePosixPath("/var/opt/mssql/data")
ISOLATED = IsolatedAdapter(ADAPTER)


def quoted(name):
    return "[" + name.replace("]", "]]") + "]"


@pytest.fixture(scope="module")
def address():
    from testcontainers.core.container import DockerContainer

    made = DockerContainer(IMAGE).with_env("ACCEPT_EULA", "Y").with_env("MSSQL_SA_PASSWORD", PASSWORD)
    with made.with_exposed_ports(1433) as container:
        found = container.get_container_host_ip(), int(container.get_exposed_port(1433))
        _wait(found)
        yield found


def _wait(address):
    import pymssql

    ends = time.monotonic() + SECONDS_TO_START
    while True:
        try:
            _run(address, "SELECT 1")
        except pymssql.Error:
            if time.monotonic() > ends:
                raise
            time.sleep(1)
        else:
            return


def _run(address, *statements):
    import pymssql

    host, port = address
    with closing(pymssql.connect(server=host, port=str(port), user=OWNER, password=PASSWORD, autocommit=True,
                                 tds_version="7.4", login_timeout=5)) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def owner(address):
    """Runs statements as the owner of the server."""
    return lambda *statements: _run(address, *statements)


@pytest.fixture
def login(owner):
    """A login with the least privileges of `capacity-sync grants`, the optional ones left out."""
    required = ADAPTER.grants("watcher")[:2]
    owner(f"CREATE LOGIN watcher WITH PASSWORD = N'{PASSWORD}'", *required)
    yield "watcher"
    owner("DROP LOGIN watcher")


@pytest.fixture
def instance(address, login):
    host, port = address
    return Instance("container", "sqlserver", host=host, port=port, username=login, timeouts=Timeouts(connect=20))


@pytest.fixture
def engine_case(owner, instance):
    return EngineCase(ISOLATED, instance, lambda name: owner(f"CREATE DATABASE {quoted(name)}"),
                      lambda name: owner(f"DROP DATABASE {quoted(name)}"), password=PASSWORD,
                      unreachable=Instance("nowhere", "sqlserver", host="127.0.0.1", port=1))


@pytest.fixture
def database(owner):
    owner("CREATE DATABASE sales")
    yield "sales"
    owner("ALTER DATABASE sales SET ONLINE", "DROP DATABASE sales")


def looked_at(instance, *names):
    with closing(ISOLATED.connect(instance, PASSWORD)) as connection:
        return ISOLATED.fetch_inventory(connection), ISOLATED.fetch_capacity(connection, names)


def test_an_offline_database_is_hidden_or_listed_and_never_gone(owner, instance, database):
    before, _ = looked_at(instance)
    owner(f"ALTER DATABASE {database} SET OFFLINE WITH ROLLBACK IMMEDIATE")
    listing, _ = looked_at(instance)
    identity = before.by_name()[database].identity

    assert database in listing.by_name() or not listing.is_complete_for(identity)


def test_a_login_of_public_sees_names_and_no_sizes(owner, instance, database):
    owner("REVOKE VIEW ANY DEFINITION FROM watcher")
    listing, measured = looked_at(instance, database)

    assert database in listing.by_name()
    assert listing.completeness is Completeness.VISIBLE_ONLY
    assert [u.failure.category for u in measured.unmeasured] == [Category.PERMISSION]


def test_a_file_that_grows_is_measured_exactly(owner, instance, database):
    owner(f"ALTER DATABASE {database} MODIFY FILE (NAME = {database}, SIZE = 100MB, MAXSIZE = 200MB)")
    _, (row,) = looked_at(instance, database)

    assert (row.size_bytes, row.max_bytes) == (100 * 1024 * 1024, 200 * 1024 * 1024)


def test_memory_optimized_data_counts_where_the_login_may_enter(owner, instance, database):
    owner(f"ALTER DATABASE {database} ADD FILEGROUP memory CONTAINS MEMORY_OPTIMIZED_DATA",
          f"ALTER DATABASE {database} ADD FILE (NAME = memory, FILENAME = '{DATA / 'memory'}') TO FILEGROUP memory")
    _, outside = looked_at(instance, database)
    owner("GRANT CONNECT ANY DATABASE TO watcher")
    _, inside = looked_at(instance, database)

    assert [u.failure.remedy for u in outside.unmeasured] == ["GRANT CONNECT ANY DATABASE TO [watcher];"]
    assert [row.database_name for row in inside] == [database]


def test_a_snapshot_has_the_size_it_occupies(owner, instance, database):
    owner(f"CREATE DATABASE snap ON (NAME = {database}, FILENAME = '{DATA / 'snap.ss'}') AS SNAPSHOT OF {database}",
          "GRANT VIEW SERVER STATE TO watcher")
    try:
        listing, measured = looked_at(instance, database, "snap")
    finally:
        owner("DROP DATABASE snap")
    sizes = {row.database_name: row.size_bytes for row in measured}

    assert listing.by_name()["snap"].state == "SNAPSHOT"
    assert 0 <= sizes["snap"] < sizes[database]
