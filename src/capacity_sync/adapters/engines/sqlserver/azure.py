"""The sizes of Azure SQL Database: from master the platform's samples, from inside a database its files. Pure."""
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from capacity_sync.adapters.engines.sqlserver.databases import Facts
from capacity_sync.adapters.engines.sqlserver.server import Kind
from capacity_sync.adapters.engines.sqlserver.sizes import GONE
from capacity_sync.domain.capacity import MIB, Basis, CapacityRow, Measurements, Unmeasured
from capacity_sync.domain.outcomes import Category, Failure

STALE_HOURS = 24
NO_SAMPLE = Failure(
    Category.UNAVAILABLE, "no sample of the last 14 days: the database is new, idle or paused, and not woken for this",
    remedy="wait for its next use, or monitor it by itself with `database: NAME`", retryable=False,
)
"""https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-resource-stats-azure-sql-database"""


def of_server(rows: Sequence[tuple[Any, ...]], wanted: Collection[str]) -> Measurements:
    """From the rows of `azure_server.sql`."""
    found = {row[0]: row for row in rows}
    verdicts = [_sampled(found[name]) if name in found else Unmeasured(name, GONE) for name in sorted(wanted)]
    stale = sorted(name for name in wanted if name in found and (found[name][-1] or 0) > STALE_HOURS)
    return _measurements(verdicts, [_stale(stale)] if stale else [])


def _sampled(row: tuple[Any, ...]) -> CapacityRow | Unmeasured:
    name, database_id, created, state, allocated, used, _ = row
    megabytes = used if allocated is None else allocated
    if megabytes is None:
        return Unmeasured(name, NO_SAMPLE)
    facts = Facts(name, database_id, created, None, state, None, is_distributor=False)
    return CapacityRow(name, round(megabytes * MIB), "sys.resource_stats",
                       Basis.USED if allocated is None else Basis.ALLOCATED, identity=facts.identity(Kind.AZURE_SERVER))


def _stale(names: Sequence[str]) -> Failure:
    return Failure(Category.UNAVAILABLE, f"the newest sample is more than a day old: {', '.join(names)}",
                   remedy="nothing: an idle or paused database gets no new one, and does not grow", retryable=False)


def of_database(rows: Sequence[tuple[Any, ...]], wanted: Collection[str]) -> Measurements:
    """From the rows of `azure_database.sql`."""
    found = {row[0]: row for row in rows}
    verdicts = [_inside(found[name]) if name in found else Unmeasured(name, GONE) for name in sorted(wanted)]
    return _measurements(verdicts, [])


def _inside(row: tuple[Any, ...]) -> CapacityRow | Unmeasured:
    name, created, rows_bytes, log_bytes, max_bytes, unbounded_files, unknown_files = row
    if rows_bytes is None or unknown_files:
        return Unmeasured(name, Failure(Category.UNAVAILABLE, "the server does not tell the size of all its files"))
    facts = Facts(name, 0, created, None, None, None, is_distributor=False)
    return CapacityRow(name, rows_bytes, "sys.database_files", Basis.FILE, log_bytes=log_bytes,
                       max_bytes=None if unbounded_files else max_bytes, identity=facts.identity(Kind.AZURE_DATABASE))


def _measurements(verdicts: Iterable[CapacityRow | Unmeasured], warnings: Iterable[Failure]) -> Measurements:
    every = list(verdicts)
    return Measurements([v for v in every if isinstance(v, CapacityRow)],
                        [v for v in every if isinstance(v, Unmeasured)], warnings=warnings)
