"""The few lines that every engine's adapter shares: read its SQL, translate its errors, tidy its rows."""
import os
import socket
from abc import abstractmethod
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files

from capacity_sync.domain.capacity import CapacityRow
from capacity_sync.domain.inventory import InventoryRow
from capacity_sync.domain.outcomes import EngineError, InternalFailure
from capacity_sync.ports import EngineAdapter


def sql(package: str, name: str) -> str:
    """The text of `<name>.sql` that lies beside the adapter of *package*."""
    return files(package).joinpath(f"{name}.sql").read_text(encoding="utf-8")


def hang_up(handle: int) -> None:
    """End what runs over the socket of that file number. The number stays taken: somebody may be waiting on it."""
    with socket.socket(fileno=os.dup(handle)) as same, suppress(OSError):  # its other end may be gone already
        same.shutdown(socket.SHUT_RDWR)


class BaseCapacitySyncAdapter(EngineAdapter):
    """What an engine's adapter extends. It adds `traits`, `connect`, the two fetches, and `translate`."""

    @abstractmethod
    def translate(self, error: Exception) -> EngineError | None:
        """*error* of the engine's driver as a domain error, by the engine's own table; None: not the driver's."""

    def normalize_error(self, error: Exception) -> EngineError:
        """Any exception as a domain error: what the engine does not know is `internal`."""
        if isinstance(error, EngineError):
            return error
        return self.translate(error) or InternalFailure(f"{type(error).__name__}: {error}")

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Run driver calls inside: every exception leaves as an `EngineError`, with its cause."""
        try:
            yield
        except EngineError:
            raise
        except Exception as error:
            raise self.normalize_error(error) from error

    def normalize_inventory(self, rows: Iterable[InventoryRow]) -> list[InventoryRow]:
        """*rows* without exact repetitions, sorted by name. Names are kept exactly as the server gives them."""
        return sorted(dict.fromkeys(rows), key=lambda row: (row.name, row.identity or ""))

    def normalize_capacity(self, rows: Iterable[CapacityRow]) -> list[CapacityRow]:
        """*rows* without exact repetitions, sorted by name."""
        return sorted(dict.fromkeys(rows), key=lambda row: (row.database_name, row.size_bytes))
