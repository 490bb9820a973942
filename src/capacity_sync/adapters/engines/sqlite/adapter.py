"""SQLite: a database is a file with the SQLite header; its size is the file's length."""
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import cast, final

from attrs import frozen

from capacity_sync.adapters.engines.base import BaseCapacitySyncAdapter
from capacity_sync.adapters.engines.sqlite.files import FileRoot, Walk, read_header, root_of, walk
from capacity_sync.domain.capacity import Basis, CapacityRow, MbRounding, Measurements, Unmeasured
from capacity_sync.domain.diagnosis import Diagnosis
from capacity_sync.domain.instance import EngineTraits, Instance, Locator
from capacity_sync.domain.inventory import Completeness, InventoryRow, Listing
from capacity_sync.domain.outcomes import (
    Category,
    EngineError,
    Failure,
    PermissionMissing,
    QueryFailed,
    ServerUnavailable,
)
from capacity_sync.ports import Connection

TRAITS = EngineTraits(
    name="sqlite",
    title="SQLite",
    mb_rounding=MbRounding.TRUNCATE,
    locator=Locator.PATH,
    url_schemes=frozenset({"sqlite"}),
)
CLAIMED = frozenset({".sqlite", ".sqlite3", ".db3"})
"""A file with one of these suffixes is a database whatever is in it."""
SIDECARS = ("-wal", "-shm", "-journal")
"""Belong to a database and are none: https://www.sqlite.org/tempfiles.html"""
GONE = Failure(Category.UNKNOWN_DATABASE, "the file is gone")
READ_IT = "give the user that runs capacity-sync read permission (and x on folders) there"


@final
@frozen
class SQLiteAdapter(BaseCapacitySyncAdapter):
    @property
    def traits(self) -> EngineTraits:
        return TRAITS

    def connect(self, instance: Instance, password: str | None) -> Connection:
        return root_of(instance.path or "")

    def fetch_inventory(self, connection: Connection) -> Listing:
        with self.translated():
            found = walk(_root(connection))
            rows, unknown = _databases(found)
        hidden = sorted((*found.unreadable, *unknown))
        return Listing(
            self.normalize_inventory(rows),
            Completeness.VISIBLE_ONLY if hidden else Completeness.COMPLETE,
            witness=_hidden(hidden) if hidden else None,
        )

    def fetch_capacity(self, connection: Connection, inventory: Sequence[str]) -> Measurements:
        if not inventory:
            return Measurements()
        with self.translated():
            files = walk(_root(connection)).files
        measured = [_measure(name, files.get(name)) for name in inventory]
        return Measurements(
            self.normalize_capacity(m for m in measured if isinstance(m, CapacityRow)),
            (m for m in measured if isinstance(m, Unmeasured)),
        )

    def diagnose(self, connection: Connection) -> Diagnosis:
        listing = self.fetch_inventory(connection)
        return Diagnosis(None, listing.completeness, (listing.witness,) if listing.witness else ())

    def grants(self, user: str) -> list[str]:
        return [f"setfacl -R -m u:{user}:rX DIRECTORY", f"setfacl -R -d -m u:{user}:rX DIRECTORY"]

    def translate(self, error: Exception) -> EngineError | None:
        match error:
            case PermissionError():
                return PermissionMissing(_text(error), code=str(error.errno), remedy=READ_IT)
            case FileNotFoundError() | NotADirectoryError():
                return ServerUnavailable(_text(error), code=str(error.errno), remedy="create it, or mend `path`")
            case OSError():
                return QueryFailed(_text(error), code=str(error.errno))
            case _:
                return None


def _root(connection: Connection) -> FileRoot:
    return cast("FileRoot", connection)


def _text(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}"


def _databases(found: Walk) -> tuple[list[InventoryRow], list[str]]:
    """The databases among the files, and the names of files that may be databases but cannot be read."""
    verdicts = {name: _is_database(name, path) for name, path in found.files.items()}
    return [InventoryRow(n) for n, yes in verdicts.items() if yes], [n for n, yes in verdicts.items() if yes is None]


def _is_database(name: str, path: Path) -> bool | None:
    """None: it cannot be read and its name does not tell."""
    suffix = PurePosixPath(name).suffix
    if suffix in CLAIMED:
        return True
    if name.endswith(SIDECARS):
        return False
    try:
        header = read_header(path)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    return header.is_sqlite or (header.size == 0 and suffix == ".db")


def _hidden(names: Sequence[str]) -> Failure:
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return Failure(Category.PERMISSION, f"cannot be read, databases there are not seen: {shown}", remedy=READ_IT)


def _measure(name: str, path: Path | None) -> CapacityRow | Unmeasured:
    try:
        failure = GONE if path is None else _defect(path)
        if path is None or failure is not None:
            return Unmeasured(name, failure or GONE)
        return CapacityRow(name, path.stat().st_size, "st_size", Basis.FILE, log_bytes=_log_bytes(path))
    except FileNotFoundError:
        return Unmeasured(name, GONE)
    except PermissionError as error:
        return Unmeasured(name, Failure(Category.PERMISSION, _text(error), str(error.errno), READ_IT))
    except OSError as error:
        return Unmeasured(name, Failure(Category.QUERY, _text(error), str(error.errno)))


def _defect(path: Path) -> Failure | None:
    """Why the file's length is not the size of a whole database; None when it is."""
    header = read_header(path)
    if header.size == 0:
        return None
    if not header.is_sqlite:
        return Failure(Category.UNSUPPORTED, "no SQLite header: encrypted, overwritten, or another kind of file")
    if header.size >= header.promised or (header := read_header(path)).size >= header.promised:
        return None  # a writer may have been between header and data: the second look decides
    return Failure(Category.UNAVAILABLE, f"truncated: {header.size} bytes where the header says {header.promised}",
                   remedy="restore the file; `PRAGMA integrity_check` tells what is lost", retryable=False)


def _log_bytes(path: Path) -> int:
    """Length of the write-ahead log, 0 without one: https://www.sqlite.org/walformat.html"""
    try:
        return path.with_name(path.name + "-wal").stat().st_size
    except FileNotFoundError:
        return 0
