"""One visit of the real adapter, through the real driver, to an emulated server over a socket."""
from contextlib import closing, contextmanager

from attrs import frozen

from capacity_sync.adapters.engines.sqlserver.adapter import SQLServerAdapter
from capacity_sync.domain.capacity import Measurements
from capacity_sync.domain.instance import Instance, PlainSecret, Timeouts
from capacity_sync.domain.inventory import Listing
from tests.servers.sqlserver import PASSWORD, USER

ADAPTER = SQLServerAdapter()


@frozen
class Visit:
    """`batches`: every text the server received."""

    listing: Listing
    measured: Measurements
    batches: list

    @property
    def sizes(self):
        return {row.database_name: row.size_bytes for row in self.measured}

    @property
    def rows(self):
        return {row.database_name: row for row in self.measured}

    @property
    def lost(self):
        return {u.database_name: u.failure for u in self.measured.unmeasured}

    @property
    def users(self):
        return [row.name for row in self.listing if not row.is_system]

    @property
    def system(self):
        return [row.name for row in self.listing if row.is_system]


def instance_at(port, **changes):
    return Instance("one", "sqlserver", **{
        "host": "127.0.0.1", "port": port, "username": USER, "password": PlainSecret(PASSWORD),
        "timeouts": Timeouts(connect=5, statement=10, deadline=30)} | changes)


@contextmanager
def connected(server, adapter=ADAPTER, options=None, **changes):
    """The connection, and the wire it goes over."""
    with server.listening(**(options or {})) as wire:
        instance = instance_at(wire.port, **changes)
        with closing(adapter.connect(instance, changes.get("secret", PASSWORD))) as connection:
            yield connection, wire


def visit(server, *names, **changes):
    """What is listed, and the sizes of *names*, or of every user database that has one."""
    with connected(server, **changes) as (connection, wire):
        listing = ADAPTER.fetch_inventory(connection)
        wanted = names or [row.name for row in listing if not row.is_system and row.unmeasurable is None]
        return Visit(listing, ADAPTER.fetch_capacity(connection, wanted), list(wire.batches))
