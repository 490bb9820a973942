"""The published contract, kept as both roles."""
import pytest
from attrs import evolve

from capacity_sync.testing.engine_contract import *  # noqa: F403 - the tests
from capacity_sync.testing.engine_contract import EngineCase
from tests.engines.postgresql.conftest import quoted
from tests.servers.processes import free_port


@pytest.fixture
def engine_case(reader):
    instance = reader.instance()
    return EngineCase(
        reader.adapter,
        instance,
        create=lambda name: reader.server.execute(f"CREATE DATABASE {quoted(name)}"),
        drop=lambda name: reader.server.execute(f"DROP DATABASE {quoted(name)}"),
        unreachable=evolve(instance, port=free_port()),
        password=reader.password,
    )
