"""What the rows of the measurement mean: sizes, and reasons where there is none. Pure."""
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from capacity_sync.adapters.engines.sqlserver.databases import FIRST_INTERNAL_ID, TEMPDB, Facts, grant
from capacity_sync.adapters.engines.sqlserver.server import Kind
from capacity_sync.domain.capacity import Basis, CapacityRow, InstanceFacts, Measurements, Unmeasured
from capacity_sync.domain.outcomes import Category, Failure

GONE = Failure(Category.UNKNOWN_DATABASE, "the database is gone, or hidden from the login")
OUT_OF_TIME = Failure(Category.TIMEOUT, "the time allowed for the instance was used up", remedy="raise `deadline`")
ENTER, STATE = "CONNECT ANY DATABASE", "VIEW SERVER STATE"

Found = int | Failure
"""Bytes, or why they are not known."""


@frozen
class Files:
    """The files of one database, summed: as in `capacity.sql`. All None: not one of them is visible."""

    data_files: int | None
    rows_bytes: int | None
    filestream_bytes: int | None
    log_bytes: int | None
    max_bytes: int | None
    unbounded_files: int | None
    unknown_files: int | None
    unsized_containers: int | None
    has_access: int | None = None


@frozen
class Database:
    """A row of `capacity.sql`. `extra`: what a second look told, of a snapshot or of FILESTREAM containers."""

    facts: Facts
    files: Files
    extra: Found | None = None

    @property
    def name(self) -> str:
        return self.facts.name

    @property
    def has_hidden_containers(self) -> bool:
        return not self.facts.is_snapshot and bool(self.files.unsized_containers)


def databases(rows: Iterable[tuple[Any, ...]]) -> list[Database]:
    """The rows of `capacity.sql`, without those whose name is hidden, and the server's internal ones."""
    every = [Database(Facts(*row[:7]), Files(*row[7:])) for row in rows if row[0] is not None]
    return [d for d in every if d.facts.created is not None or d.facts.database_id < FIRST_INTERNAL_ID]


@frozen
class Measurer:
    """Turns databases into sizes for *login*."""

    login: str
    wanted: frozenset[str]

    def measurements(self, found: Sequence[Database], warnings: Iterable[Failure] = ()) -> Measurements:
        """The sizes of the wanted; system databases that are not among them are the overhead."""
        grouped = {d.name for d in found if d.facts.group_id}
        system = [d for d in found if d.name not in self.wanted and d.facts.is_system(Kind.SERVER, grouped)]
        verdicts = [self.verdict(d) for d in found if d.name in self.wanted]
        missing = sorted(self.wanted - {d.name for d in found})
        facts, failures = self._overhead(system)
        return Measurements(
            [v for v in verdicts if isinstance(v, CapacityRow)],
            [*(v for v in verdicts if isinstance(v, Unmeasured)), *(Unmeasured(name, GONE) for name in missing)],
            facts,
            [*warnings, *failures],
        )

    def verdict(self, found: Database) -> CapacityRow | Unmeasured:
        size = self._size(found)
        if isinstance(size, Failure):
            return Unmeasured(found.name, size)
        return CapacityRow(
            found.name,
            size,
            _method(found),
            Basis.FILE,
            log_bytes=None if found.facts.is_snapshot else found.files.log_bytes,
            max_bytes=_bound(found, size),
            identity=found.facts.identity(Kind.SERVER),
        )

    def _size(self, found: Database) -> Found:
        files = found.files
        if found.facts.is_snapshot:
            return found.extra if found.extra is not None else _unseen("of the snapshot's sparse files")
        if not files.data_files or files.rows_bytes is None:
            return Failure(Category.PERMISSION, "the login sees none of the database's data files",
                           remedy=grant("VIEW ANY DEFINITION", self.login))
        if files.unknown_files:
            return _unseen(f"of {files.unknown_files} of its files")
        if not files.unsized_containers:
            return files.rows_bytes + (files.filestream_bytes or 0)
        if isinstance(found.extra, int):
            return files.rows_bytes + found.extra
        return found.extra or _unseen("of its FILESTREAM or memory-optimized containers")

    def _overhead(self, system: Sequence[Database]) -> tuple[InstanceFacts, list[Failure]]:
        verdicts = [self.verdict(d) for d in system]
        lost = [v for v in verdicts if isinstance(v, Unmeasured)]
        known = [v for v in verdicts if isinstance(v, CapacityRow)]
        if lost or not known:
            return InstanceFacts(), _of_overhead(lost)
        return InstanceFacts(sum(row.size_bytes for row in known), sum(row.log_bytes or 0 for row in known)), []


def _of_overhead(lost: Sequence[Unmeasured]) -> list[Failure]:
    """One warning, with the first reason."""
    names = ", ".join(sorted(u.database_name for u in lost))
    return [evolve(u.failure, message=f"the overhead is not known ({names}): {u.failure.message}") for u in lost[:1]]


def _unseen(what: str) -> Failure:
    return Failure(Category.UNAVAILABLE, f"the server does not tell the size {what}")


def _method(found: Database) -> str:
    if found.facts.is_snapshot:
        return "sys.dm_io_virtual_file_stats"
    if found.facts.database_id == TEMPDB:
        return "tempdb.sys.database_files"
    return "master_files+database_files" if found.files.unsized_containers else "sys.master_files"


def _bound(found: Database, size: int) -> int | None:
    files = found.files
    if found.facts.is_snapshot or files.unbounded_files or files.max_bytes is None:
        return None
    return max(files.max_bytes, size)


def with_snapshots(found: Iterable[Database], sizes: Mapping[int, int] | Failure) -> list[Database]:
    """*found*, each snapshot with what its files occupy."""
    return [evolve(d, extra=sizes if isinstance(sizes, Failure) else sizes.get(d.facts.database_id))
            if d.facts.is_snapshot else d for d in found]


def closed_door(found: Database, login: str) -> Failure | None:
    """Why the database cannot be entered to look at its containers; None: it can."""
    if found.facts.state != "ONLINE":
        return Failure(Category.UNAVAILABLE, f"it is {found.facts.state or 'hidden'}: the size of its "
                                             "FILESTREAM or memory-optimized containers is told only inside it")
    if found.files.has_access != 1:
        return no_entry(login)
    return None


def no_entry(login: str) -> Failure:
    return Failure(Category.PERMISSION, "the size of its FILESTREAM or memory-optimized containers is told only inside "
                                        "the database, which the login may not enter", remedy=grant(ENTER, login))


def relevant(found: Iterable[Database], wanted: Collection[str]) -> list[Database]:
    """The wanted, and system databases."""
    every = list(found)
    grouped = {d.name for d in every if d.facts.group_id}
    return [d for d in every if d.name in wanted or d.facts.is_system(Kind.SERVER, grouped)]
