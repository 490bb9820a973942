"""The published contract, kept as both logins."""

import pytest
from attrs import evolve

from capacity_sync.testing.engine_contract import *  # noqa: F403 - the tests
from capacity_sync.testing.engine_contract import EngineCase
from tests.engines.mysql.conftest import quoted
from tests.servers.processes import free_port


@pytest.fixture
def engine_case(reader, mariadb_server):
    instance = reader.instance()
    return EngineCase(
        reader.adapter,
        instance,
        create=lambda name: mariadb_server.execute(f"CREATE DATABASE {quoted(name)}"),
        drop=lambda name: mariadb_server.execute(f"DROP DATABASE {quoted(name)}"),
        unreachable=evolve(instance, port=free_port()),
        password=reader.password,
    )
