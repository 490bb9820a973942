"""What the rows of one measurement mean: sizes, reasons, remedies. Pure, but for the texts of the GRANTs."""
from collections.abc import Collection, Iterable, Sequence

from attrs import evolve

from capacity_sync.adapters.engines.base import sql
from capacity_sync.adapters.engines.postgresql.rows import SYSTEM, Database, Login, capacity_row
from capacity_sync.domain.capacity import CapacityRow, InstanceFacts, Measurements, Unmeasured
from capacity_sync.domain.outcomes import Category, Failure

SIZES, WAL = "pg_read_all_stats", "pg_monitor"
"""The roles that show them: https://www.postgresql.org/docs/current/predefined-roles.html"""
DENIED = "42501"
GONE = Failure(Category.UNKNOWN_DATABASE, "the database is gone")
OUT_OF_TIME = Failure(Category.TIMEOUT, "the time allowed for the instance was used up", remedy="raise `deadline`")
UNREADABLE = Failure(
    Category.UNAVAILABLE,
    "the server finds no readable files of the database",
    remedy="look at the permissions of its folders below `base` and `pg_tblspc` in the data directory",
)


def grant(role: str, login: str, *, inherits: bool = True, major: int = 10) -> str:
    """The statements that give *login* the privileges of *role*, one per line.

    A login that does not inherit has them only with more: https://www.postgresql.org/docs/16/sql-grant.html
    """
    text = "grants" if inherits else "grants_noinherit" if major < 16 else "grants_noinherit_16"
    return sql(__package__, text).strip().format(role=role, login=quoted(login))


def grants(login: str) -> list[str]:
    """What *login* needs, one statement per line; what is optional says so."""
    text = sql(__package__, "grants_for_all").strip()
    return text.format(sizes=SIZES, wal=WAL, login=quoted(login)).splitlines()


def quoted(name: str) -> str:
    """*name* as an identifier: https://www.postgresql.org/docs/current/sql-syntax-lexical.html"""
    return '"' + name.replace('"', '""') + '"'


def _grant_to(login: Login, role: str, major: int) -> str:
    return grant(role, login.name, inherits=login.inherits, major=major)


def judged(found: Database, there: Collection[int], major: int) -> Database:
    """*found* with the reason, if it has no size; *there*: the oids that a second look still saw."""
    if found.failure is not None or found.size_bytes is not None:
        return found
    if found.is_allowed is False:
        text = f"{quoted(found.login.name)} has neither CONNECT on the database nor the privileges of {SIZES}"
        return evolve(found, failure=Failure(Category.PERMISSION, text, DENIED, _grant_to(found.login, SIZES, major)))
    return evolve(found, failure=UNREADABLE if found.oid in there else GONE)


def of_one(failure: Failure) -> Failure:
    """*failure* of an allowed database measured alone: what is denied then is denied to the server, by its files."""
    return evolve(UNREADABLE, message=failure.message, code=failure.code) if failure.code == DENIED else failure


def measurements(found: Sequence[Database], wanted: Collection[str], log_bytes: int | None,
                 log_failure: Failure | None) -> Measurements:
    """The sizes of the *wanted*; system databases that are not among them are the overhead."""
    system = [d for d in found if d.name in SYSTEM and d.name not in wanted]
    missing = sorted(set(wanted) - {d.name for d in found})
    warnings = [_of_overhead(d.name, d.failure) for d in system if d.failure]
    return Measurements(
        _sizes(d for d in found if d.name in wanted),
        [*(Unmeasured(d.name, d.failure) for d in found if d.name in wanted and d.failure),
         *(Unmeasured(name, GONE) for name in missing)],
        InstanceFacts(None if warnings else sum(row.size_bytes for row in _sizes(system)), log_bytes),
        [*warnings, *([_of_log(log_failure)] if log_failure else [])],
    )


def _sizes(found: Iterable[Database]) -> list[CapacityRow]:
    return [capacity_row(d, d.size_bytes) for d in found if d.size_bytes is not None]


def _of_overhead(name: str, failure: Failure) -> Failure:
    return evolve(failure, message=f"the overhead is not known, it contains {quoted(name)}: {failure.message}")


def _of_log(failure: Failure) -> Failure:
    return evolve(failure, message=f"the size of the WAL is not known: {failure.message}")


def wal_hidden(found: Sequence[Database], major: int) -> Failure | None:
    """Why the WAL's size is not shown; None when there is nobody to say it of."""
    if not found:
        return None
    login = found[0].login
    text = f"{quoted(login.name)} may not execute pg_ls_waldir()"
    return Failure(Category.PERMISSION, text, DENIED, _grant_to(login, WAL, major))


def hidden(found: Sequence[Database], major: int) -> Failure | None:
    """The privilege that is missing, if any database shows no size."""
    names = [quoted(d.name) for d in found if d.is_allowed is False]
    if not names:
        return None
    login = found[0].login
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    text = f"{quoted(login.name)} lacks {SIZES}; hidden: the size of {len(names)} of {len(found)} databases: {shown}"
    return Failure(Category.PERMISSION, text, DENIED, _grant_to(login, SIZES, major))
