"""What the core needs from database engines."""
from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from capacity_sync.domain.capacity import Measurements
from capacity_sync.domain.diagnosis import Diagnosis
from capacity_sync.domain.instance import EngineTraits, Instance, Secret
from capacity_sync.domain.inventory import Listing


class Connection(Protocol):
    """An open connection to one instance: opaque to everybody but its engine's adapter. May live elsewhere."""

    @abstractmethod
    def close(self) -> None:
        """Give the connection back. Twice is once."""


@runtime_checkable
class Severable(Protocol):
    """A connection that can be cut from another thread than the one that waits on it. Not every driver has a way."""

    @abstractmethod
    def sever(self) -> None:
        """Make whatever waits on this connection fail soon. Returns at once; `close` is still called afterwards."""


class EngineAdapter(Protocol):
    """Reads one kind of database server. Stateless; every method raises `EngineError` and nothing else."""

    @property
    @abstractmethod
    def traits(self) -> EngineTraits:
        """What the engine is."""

    @abstractmethod
    def connect(self, instance: Instance, password: str | None) -> Connection:
        """One read-only, polite connection, within `instance.timeouts.connect` seconds. Imports the driver."""

    @abstractmethod
    def fetch_inventory(self, connection: Connection) -> Listing:
        """Every database the login can see, system ones marked, with the completeness of that view."""

    @abstractmethod
    def fetch_capacity(self, connection: Connection, inventory: Sequence[str]) -> Measurements:
        """The sizes of the databases named in *inventory* in exact bytes; nothing and no query for an empty one.

        A database that cannot be measured is in `unmeasured` and costs no other. System databases that are not
        named count in the overhead.
        """

    @abstractmethod
    def diagnose(self, connection: Connection) -> Diagnosis:
        """Which privileges the login lacks, what that hides, and the statements that mend it."""

    @abstractmethod
    def grants(self, user: str) -> Sequence[str]:
        """The least-privilege statements for *user*, in order, quoted by the engine's rule."""


class EngineCatalog(Protocol):
    """The engines that are installed."""

    @abstractmethod
    def names(self) -> Sequence[str]:
        """All of them, sorted."""

    @abstractmethod
    def adapter(self, engine: str) -> EngineAdapter:
        """Raises: Unsupported: no engine of that name is installed."""


class ConnectionFactory(Protocol):
    """Opens one connection to a monitored instance. Usable without the rest of this package."""

    @abstractmethod
    def open(self, instance: Instance) -> Connection:
        """Raises: EngineError, in whose text no password appears."""


class SecretSource(Protocol):
    @abstractmethod
    def reveal(self, secret: Secret) -> str:
        """Raises: AuthenticationFailed: there is nothing under that reference."""
