import pytest

from tests.servers.sqlserver import SQLServer


@pytest.fixture
def server():
    """A SQL Server 2022 whose login may see everything. Whatever it could not emulate fails the test."""
    made = SQLServer()
    yield made
    assert not made.faults
