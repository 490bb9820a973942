"""From what was read to the size of one database, or the reason why there is none."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from attrs import field, frozen

from capacity_sync.adapters.engines.mysql.filename_codec import RAW
from capacity_sync.adapters.engines.mysql.privileges import Privileges, missing
from capacity_sync.adapters.engines.mysql.session import Identity, Row
from capacity_sync.adapters.engines.mysql.tablespaces import WHOLE_DATABASE, Placed, Table, Tables, text
from capacity_sync.domain.capacity import Basis, CapacityRow, Unmeasured
from capacity_sync.domain.outcomes import Category, Failure

STORELESS = frozenset({
    "memory", "blackhole", "mrg_myisam", "federated", "spider", "connect", "s3", "sphinx", "sequence",
    "performance_schema",
})  # fmt: skip
"""Engines that keep nothing on this server's disk. Asking for the size of a remote one's table dials its server."""
SILENT = frozenset({"csv"})
"""Engines whose tables always have 0 bytes by the statistics: MariaDB 10.11 and MySQL 5.6 say so of any CSV table."""
UNFLUSHED = frozenset({"rocksdb"})
"""MyRocks says 0 of what is not in a file yet: on MariaDB 10.11 of 50,000 rows, as of a table without rows."""
LOG_TABLES = frozenset({("mysql", "general_log"), ("mysql", "slow_log")})
"""The servers' own CSV tables, empty unless log_output is TABLE: left out, or `mysql` could never be measured."""
VIRTUAL = frozenset({"information_schema", "performance_schema"})
GONE = Failure(Category.UNKNOWN_DATABASE, "the database is gone since the inventory was taken", retryable=True)
Answer = int | Failure | None
"""Bytes of a table by the server's statistics; why they were refused; None: the server gives none."""


@frozen
class Evidence:
    """What was read. `placed`: None when the server does not tell the lengths of InnoDB's files, for `refusal`."""

    tables: Tables
    placed: Placed | None = None
    refusal: Failure | None = None
    statistics: Mapping[Table, Answer] = field(factory=dict)
    redo_bytes: int | None = None


def tables_of(rows: Iterable[Row]) -> tuple[dict[str, dict[str, str | None]], dict[Table, Answer]]:
    """From the rows of `tables.sql`: every database with its tables and engines, and the statistics among them."""
    tables: dict[str, dict[str, str | None]] = {}
    statistics: dict[Table, Answer] = {}
    for database, table, engine, size in rows:
        known = tables.setdefault(text(database), {})
        if table is not None:
            known[text(table)] = engine
        if size is not None:
            statistics[text(database), text(table)] = int(size)
    return tables, statistics


def left_over(database: str, evidence: Evidence) -> Iterator[Table]:
    """The tables of *database* whose bytes are in no file that the tablespaces view has."""
    filed = evidence.placed.tables if evidence.placed else frozenset()
    for name, engine in evidence.tables[database].items():
        kind = (engine or "innodb").casefold()
        in_file = (database, name) in filed or (database, "") in filed
        if kind not in STORELESS and not (kind == "innodb" and in_file) and (database, name) not in LOG_TABLES:
            yield database, name


def measure(database: str, evidence: Evidence, identity: Identity) -> CapacityRow | Unmeasured:
    """Σ lengths of files + Σ statistics of what has no file of its own."""
    failure = _hidden(database, evidence, identity) or _lost(database, evidence)
    if failure is not None:
        return Unmeasured(database, failure)
    rest = list(left_over(database, evidence))
    failure = _unknown(rest, evidence) if rest else None
    if failure is not None:
        return Unmeasured(database, failure)
    files = evidence.placed.bytes.get(database, 0) if evidence.placed else 0
    elsewhere = sum(answer for answer in map(evidence.statistics.get, rest) if isinstance(answer, int))
    exact = evidence.placed is not None and not rest
    return CapacityRow(database, files + elsewhere, _method(files, rest, evidence), _basis(exact))


def _basis(exact: bool) -> Basis:
    return Basis.FILE if exact else Basis.ESTIMATE


def _method(files: int, rest: Sequence[Table], evidence: Evidence) -> str:
    if evidence.placed is None or (rest and not files):
        return "tables"
    return "tablespaces+tables" if rest else "tablespaces"


def _hidden(database: str, evidence: Evidence, identity: Identity) -> Failure | None:
    if database not in evidence.tables:
        return GONE
    if database in VIRTUAL or (identity.privileges or Privileges()).shows_tables_of(database):
        return None
    message = "the login may not see this database's tables: those outside of InnoDB's own files would be left out"
    return missing("SHOW VIEW", identity.account, message)


def _lost(database: str, evidence: Evidence) -> Failure | None:
    tables = evidence.placed.unsized.get(database) if evidence.placed else None
    if not tables:
        return None
    message = f"InnoDB shows no file for {some(tables)}: discarded, missing, damaged, or not yet opened"
    remedy = "look into the server's error log; import, restore or drop these tables"
    return Failure(Category.UNAVAILABLE, message, remedy=remedy, retryable=False)


def _unknown(rest: Sequence[Table], evidence: Evidence) -> Failure | None:
    """Why the bytes of the tables *rest* are not known; None when they are."""
    silent = [table for name, table in rest if (evidence.tables[name][table] or "").casefold() in SILENT]
    if silent:
        message = f"the server does not tell the size of CSV tables: {some(silent)}"
        return Failure(Category.UNSUPPORTED, message, remedy="convert them (ALTER TABLE ... ENGINE = InnoDB)")
    unflushed = [table for name, table in rest if evidence.statistics[name, table] == 0
                 and (evidence.tables[name][table] or "").casefold() in UNFLUSHED]
    if unflushed:
        message = f"RocksDB tables that are empty or not yet in a file, the server does not tell: {some(unflushed)}"
        remedy = "write them to a file (SET GLOBAL rocksdb_force_flush_memtable_now = 1); drop those that are empty"
        return Failure(Category.UNAVAILABLE, message, remedy=remedy, retryable=True)
    answers = [(table, evidence.statistics[name, table]) for name, table in rest]
    refused = next((answer for _, answer in answers if isinstance(answer, Failure)), None)
    unopened = [table for table, answer in answers if answer is None]
    if refused is not None or not unopened:
        return refused
    message = f"the server gives no size for {some(unopened)}: it cannot open them"
    return Failure(Category.UNAVAILABLE, message, remedy="CHECK TABLE tells why", retryable=False)


def overhead(evidence: Evidence, identity: Identity, databases: Iterable[str], elsewhere: int | None) -> int | None:
    """Bytes of no user: shared tablespaces, *elsewhere* (those in no view), and system databases not in *databases*.

    None: a part of it is not known.
    """
    if evidence.placed is None or elsewhere is None or WHOLE_DATABASE not in evidence.tables:
        return None
    systems = [name for name in evidence.tables if identity.server.is_system(name)]
    measured = [measure(name, evidence, identity) for name in set(systems).difference(databases)]
    sizes = [row.size_bytes for row in measured if isinstance(row, CapacityRow)]
    return evidence.placed.shared_bytes + elsewhere + sum(sizes) if len(sizes) == len(measured) else None


def is_phantom(name: bytes) -> bool:
    """Whether *name* is that of a folder in the data directory that no CREATE DATABASE made."""
    try:
        return not name or name.decode().startswith(RAW)
    except UnicodeDecodeError:
        return True


def some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
