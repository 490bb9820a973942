"""InnoDB's files: which database each belongs to, and which are missing from the view.

A file's `name` is `database/table`, with `#p#...` behind it for a partition. It is encoded as a file name on MariaDB
and MySQL 5.7, decoded on MySQL 8 and newer. A name without `/` is a tablespace that belongs to no single database.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Set
from pathlib import PurePosixPath
from typing import NamedTuple

from attrs import field, frozen

from capacity_sync.adapters.engines.mysql.filename_codec import decode
from capacity_sync.adapters.engines.mysql.session import Row

Table = tuple[str, str]
"""Database and table."""
Locate = Callable[["File"], Table | None]
"""The table that a file belongs to; None: no database that is known."""
Tables = Mapping[str, Mapping[str, str | None]]
"""Database -> table -> engine."""

WHOLE_DATABASE = "mysql"
"""MySQL 8 keeps its system database in one tablespace of this name."""


class File(NamedTuple):
    """As light as can be: there are as many as tables."""

    space: int
    name: str
    bytes: int | None


@frozen
class View:
    """What a tablespaces view answered. `dictionary`: all tables and the spaces they are in (MariaDB; else empty)."""

    files: tuple[File, ...] = ()
    dictionary: tuple[File, ...] = ()
    redo_bytes: int | None = None

    @property
    def missing(self) -> tuple[File, ...]:
        """What the dictionary knows and the view lacks: not opened since the server started, or not there."""
        opened = {file.space for file in self.files}
        return tuple(table for table in self.dictionary if table.space not in opened)


@frozen
class Placed:
    """The files by database. `unsized`: tables whose file is missing or has no length."""

    bytes: Mapping[str, int] = field(factory=dict)
    tables: Set[Table] = frozenset()
    unsized: Mapping[str, tuple[str, ...]] = field(factory=dict)
    shared_bytes: int = 0


def view_of(rows: Iterable[Row]) -> View:
    """From the rows of a `tablespaces_*.sql`: kind, space, name, bytes."""
    found: dict[str, list[File]] = defaultdict(list)
    redo = None
    for kind, space, name, size in rows:
        if kind == "redo":
            redo = int(size)
        else:
            found[kind].append(File(int(space), text(name), None if size is None else int(size)))
    return View(tuple(found["file"]), tuple(found["dictionary"]), redo)


def text(name: bytes | str) -> str:
    return name if isinstance(name, str) else name.decode("utf-8", "surrogatepass")


def place(files: Iterable[File], missing: Iterable[File], locate: Locate) -> Placed:
    """Sum *files* by database."""
    sums: dict[str, int] = defaultdict(int)
    unsized: dict[str, list[str]] = defaultdict(list)
    tables: set[Table] = set()
    shared = 0
    for file in (*files, *missing):
        if "/" not in file.name and file.name != WHOLE_DATABASE:
            shared += file.bytes or 0
        elif table := locate(file):
            tables.add(table)
            sums[table[0]] += file.bytes or 0
            if not file.bytes:
                unsized[table[0]].append(table[1])
    return Placed(sums, tables, {name: tuple(sorted(lost)) for name, lost in unsized.items()}, shared)


def by_file_name(file: File) -> Table:
    """MariaDB and MySQL 5.7: both parts are encoded, and a bare `#` is no part of a name."""
    database, _, table = file.name.partition("/")
    return decode(database), decode(table.partition("#")[0])


def by_known_name(tables: Tables, paths: Mapping[int, str]) -> Locate:
    """MySQL 8 and newer: the name may hold more than one `/`; then the file's folder tells the database."""

    def locate(file: File) -> Table | None:
        if file.name == WHOLE_DATABASE:
            return WHOLE_DATABASE, ""
        database = _folder(paths[file.space]) if file.space in paths else _longest(file.name, tables)
        if database is None or database not in tables:
            return None
        return database, _without_partition(file.name[len(database) + 1 :], tables[database])

    return locate


def ambiguous(files: Iterable[File]) -> bool:
    """Whether `/` alone does not tell where a database's name ends."""
    return any(file.name.count("/") > 1 for file in files)


def _folder(path: str) -> str:
    return decode(PurePosixPath(path).parent.name)


def _longest(name: str, tables: Tables) -> str | None:
    cuts = (name[:at] for at in range(len(name) - 1, 0, -1) if name[at] == "/")
    return next((database for database in cuts if database in tables), None)


def _without_partition(table: str, known: Mapping[str, str | None]) -> str:
    at = table.lower().find("#p#")
    return table if table in known or at < 0 else table[:at]
