"""The same statements on every version that this machine has: no branch by version, no surprise."""
import pytest

from tests.engines.postgresql.conftest import add_roles, reader_of, reasons, sizes
from tests.engines.postgresql.test_sizes import on_disk
from tests.servers.postgresql import PostgreSQLServer, every_postgresql

NAMES = ("plain", "With Blank", "närrisch")


@pytest.fixture(scope="module", params=every_postgresql(), ids=lambda found: found.version)
def any_server(request):
    with PostgreSQLServer(request.param) as server:
        add_roles(server)
        for name in NAMES:
            server.execute(f'CREATE DATABASE "{name}"')
        server.execute('REVOKE CONNECT ON DATABASE plain FROM PUBLIC')
        yield server


@pytest.mark.parametrize("role", ["full", "least"])
def test_every_size_is_the_length_of_the_files(any_server, role):
    measured = reader_of(any_server, role).measured()

    assert sizes(measured) == {name: on_disk(any_server, name) for name in (*NAMES, "postgres")}
    assert measured.facts.overhead_bytes == on_disk(any_server, "template0") + on_disk(any_server, "template1")
    assert (measured.facts.log_bytes is None) == (role == "least")


@pytest.mark.parametrize("inherit", ["inherit", "noinherit"])
def test_the_remedy_mends(any_server, inherit):
    any_server.execute(f"CREATE ROLE {inherit}_role LOGIN PASSWORD '{inherit} secret' {inherit}")
    reader = reader_of(any_server, inherit)

    any_server.execute(reasons(reader.measured())["plain"].remedy)

    assert "plain" in sizes(reader.measured())


def test_the_listing_names_the_version(any_server):
    assert reader_of(any_server, "plain").listing().server_version == any_server.version
