"""The adapter over python-oracledb's thin mode, against a `TNSServer` that answers from an emulated catalog."""
from contextlib import closing, contextmanager

import pytest
from attrs import frozen

from capacity_sync.adapters.engines.oracle.adapter import OracleAdapter
from capacity_sync.domain.capacity import Measurements
from capacity_sync.domain.instance import Instance, Timeouts, Tls
from capacity_sync.domain.inventory import Listing
from capacity_sync.domain.outcomes import EngineError
from tests.servers.tns import TNSServer

DROPS_ITS_SOCKET = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
"""After a reset the driver lets go of its socket without closing it (`Transport.read_packet`)."""
ADAPTER = OracleAdapter()
USER, PASSWORD = "monitor", "tiger é"


def instance_at(port, **changes):
    return Instance(**{"name": "erp", "engine": "oracle", "host": "127.0.0.1", "port": port, "database": "erp.example",
                       "username": USER, "timeouts": Timeouts(connect=5, statement=20, deadline=40), **changes})


def server_of(oracle, **server):
    return TNSServer(getattr(oracle, "answer", oracle), {USER: PASSWORD}, **server)


@contextmanager
def connected(oracle, *, timeouts=None, tls=None, **server):
    """A connection to a server that answers as *oracle*, an `Oracle` or a function, says."""
    with server_of(oracle, **server) as listening:
        instance = instance_at(listening.port, timeouts=timeouts or Timeouts(5, 20, 40), tls=tls or Tls())
        with closing(ADAPTER.connect(instance, PASSWORD)) as connection:
            yield connection


@frozen
class Read:
    listing: Listing
    measured: Measurements

    @property
    def names(self):
        return [row.name for row in self.listing]

    @property
    def sizes(self):
        found = [(row.database_name, row.size_bytes) for row in self.measured]
        assert len(found) == len(dict(found)), "two sizes for one name"
        return dict(found)

    @property
    def limits(self):
        return {row.database_name: row.max_bytes for row in self.measured}

    @property
    def methods(self):
        return {row.database_name: row.method for row in self.measured}

    @property
    def reasons(self):
        return {lost.database_name: lost.failure.category.value for lost in self.measured.unmeasured}

    @property
    def failures(self):
        return {lost.database_name: lost.failure for lost in self.measured.unmeasured}

    @property
    def system(self):
        return {row.name for row in self.listing if row.is_system}

    @property
    def states(self):
        return {row.name: row.state for row in self.listing}


def read(oracle, names=None, **server):
    """Inventory and capacity of all that was listed, or of *names*."""
    with connected(oracle, **server) as connection:
        listing = ADAPTER.fetch_inventory(connection)
        wanted = [row.name for row in listing] if names is None else names
        return Read(listing, ADAPTER.fetch_capacity(connection, wanted))


def diagnosis(oracle, **server):
    with connected(oracle, **server) as connection:
        return ADAPTER.diagnose(connection)


def refusal(ask):
    """The failure that *ask* ends in."""
    try:
        ask()
    except EngineError as error:
        return error.failure
    raise AssertionError("nothing was refused")
