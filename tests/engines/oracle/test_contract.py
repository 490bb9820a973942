"""The published engine contract, over the real driver."""
import pytest

from capacity_sync.testing.engine_contract import *  # noqa: F403 - the tests
from capacity_sync.testing.engine_contract import EngineCase
from tests.engines.oracle.databases import single
from tests.engines.oracle.served import ADAPTER, PASSWORD, instance_at, server_of
from tests.servers.oracle_catalog import File
from tests.servers.processes import free_port


@pytest.fixture(params=[0, 3], ids=["non-CDB", "PDB"])
def engine_case(request):
    oracle = single(request.param)
    with server_of(oracle) as server:
        yield EngineCase(
            ADAPTER, instance_at(server.port), create=lambda name: oracle.tablespace(name, File(8192, 16384)),
            drop=oracle.drop, unreachable=instance_at(free_port()), password=PASSWORD,
        )
