"""The published engine contract, in this process and in one of its own."""
import socket

import pytest

from capacity_sync.adapters.engines.isolation import IsolatedAdapter
from capacity_sync.domain.instance import Timeouts
from capacity_sync.testing.engine_contract import *  # noqa: F403 - the tests
from capacity_sync.testing.engine_contract import EngineCase
from tests.engines.sqlserver.visits import ADAPTER, instance_at
from tests.servers.sqlserver import MONITOR, PASSWORD


@pytest.fixture
def closed_port():
    with socket.create_server(("127.0.0.1", 0)) as gone:
        return gone.getsockname()[1]


@pytest.fixture(params=[ADAPTER, IsolatedAdapter(ADAPTER)], ids=["here", "isolated"])
def adapter(request):
    return request.param


@pytest.fixture
def engine_case(server, adapter, closed_port):
    server.permissions = MONITOR
    with server.listening() as wire:
        yield EngineCase(adapter, instance_at(wire.port, timeouts=Timeouts(connect=20)), server.add, server.drop,
                         unreachable=instance_at(closed_port), password=PASSWORD)
