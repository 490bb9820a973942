"""The same expectations against Oracle Database Free in a container: `pytest -m docker`. Never run in CI.

Needs Docker and the dependency group `docker`; using the image accepts Oracle's licence.
"""
import time
from contextlib import closing

import oracledb
import pytest
from attrs import frozen

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import Completeness
from capacity_sync.testing.engine_contract import *  # noqa: F403 - the tests
from capacity_sync.testing.engine_contract import EngineCase
from tests.engines.oracle.served import ADAPTER
from tests.servers.processes import free_port

pytestmark = pytest.mark.docker

IMAGE = "gvenzl/oracle-free:23-slim"
ROOT, PLUGGED = "FREE", "FREEPDB1"
USER, COMMON, PASSWORD = "monitor", "C##MONITOR", "Tiger_1234"
SECONDS_TO_START = 300


@frozen
class Server:
    host: str
    port: int

    def run(self, service, *statements):
        """As SYS: only that user grants what belongs to SYS."""
        with closing(oracledb.connect(user="SYS", password=PASSWORD, host=self.host, port=self.port,
                                      service_name=service, mode=oracledb.AUTH_MODE_SYSDBA)) as connection:
            for statement in statements:
                connection.cursor().execute(statement)

    def wait(self):
        ends = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                self.run(PLUGGED)
            except oracledb.Error:
                if time.monotonic() > ends:
                    raise
                time.sleep(2)
            else:
                return

    def instance(self, service, user, port=None):
        return Instance("free", "oracle", host=self.host, port=port or self.port, database=service, username=user)

    def connected(self, service, user):
        return closing(ADAPTER.connect(self.instance(service, user), PASSWORD))


@pytest.fixture(scope="module")
def server():
    from testcontainers.core.container import DockerContainer

    oracledb.enable_thin_mode()
    with DockerContainer(IMAGE).with_env("ORACLE_PASSWORD", PASSWORD).with_exposed_ports(1521) as container:
        found = Server(container.get_container_host_ip(), int(container.get_exposed_port(1521)))
        found.wait()
        found.run(PLUGGED, f"CREATE USER {USER} IDENTIFIED BY {PASSWORD}", *ADAPTER.grants(USER))
        found.run(ROOT, f"CREATE USER {COMMON} IDENTIFIED BY {PASSWORD} CONTAINER=ALL", *ADAPTER.grants(COMMON)[:-1])
        yield found


@pytest.fixture
def engine_case(server):
    def create(name):
        path = f"/opt/oracle/oradata/FREE/FREEPDB1/{abs(hash(name))}.dbf"
        server.run(PLUGGED, f'CREATE TABLESPACE "{name}" DATAFILE \'{path}\' SIZE 1M REUSE AUTOEXTEND ON MAXSIZE 2M')

    return EngineCase(
        ADAPTER, server.instance(PLUGGED, USER), create,
        drop=lambda name: server.run(PLUGGED, f'DROP TABLESPACE "{name}" INCLUDING CONTENTS AND DATAFILES'),
        unreachable=server.instance(PLUGGED, USER, free_port()), password=PASSWORD,
    )


def test_a_new_tablespace_has_the_size_and_the_bound_it_was_given(engine_case):
    with engine_case.databases() as connection:
        (row,) = ADAPTER.fetch_capacity(connection, ["plain"])

    assert (row.size_bytes, row.max_bytes) == (1024**2, 2 * 1024**2)


def test_an_offline_tablespace_has_no_size(engine_case, server):
    with engine_case.databases() as connection:
        server.run(PLUGGED, 'ALTER TABLESPACE "plain" OFFLINE')
        measured = ADAPTER.fetch_capacity(connection, ["plain", "With Blank"])

    assert [row.database_name for row in measured] == ["With Blank"]
    assert [lost.failure.category.value for lost in measured.unmeasured] == ["unavailable"]


def test_the_root_says_what_it_hides_until_its_remedy_is_run(server):
    with server.connected(ROOT, COMMON) as connection:
        before = ADAPTER.fetch_inventory(connection)
    server.run(ROOT, before.witness.remedy)
    with server.connected(ROOT, COMMON) as connection:
        after = ADAPTER.fetch_inventory(connection)

    assert (before.completeness, after.completeness) == (Completeness.VISIBLE_ONLY, Completeness.COMPLETE)
    assert {"SYSTEM", f"{PLUGGED}/SYSTEM", f"{PLUGGED}/USERS"} <= {row.name for row in after}


def test_a_closed_database_keeps_its_names_and_sizes(server):
    server.run(ROOT, *ADAPTER.grants(COMMON))
    with server.connected(ROOT, COMMON) as connection:
        opened = ADAPTER.fetch_inventory(connection)
        names = [row.name for row in opened if row.name.startswith(PLUGGED)]
        sizes = {row.database_name for row in ADAPTER.fetch_capacity(connection, names)}
    server.run(ROOT, f"ALTER PLUGGABLE DATABASE {PLUGGED} CLOSE IMMEDIATE")
    try:
        with server.connected(ROOT, COMMON) as connection:
            closed = ADAPTER.fetch_inventory(connection)
            left = {row.database_name for row in ADAPTER.fetch_capacity(connection, names)}
    finally:
        server.run(ROOT, f"ALTER PLUGGABLE DATABASE {PLUGGED} OPEN")

    assert [(row.name, row.identity) for row in closed] == [(row.name, row.identity) for row in opened]
    assert (closed.completeness, left) == (Completeness.COMPLETE, sizes)
