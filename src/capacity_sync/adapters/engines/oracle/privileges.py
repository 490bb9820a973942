"""Which views a statement reads, and the statements that let a login read them."""
import re
from collections.abc import Iterable, Mapping

from attrs import evolve

from capacity_sync.adapters.engines.base import sql
from capacity_sync.domain.outcomes import Category, EngineError, Failure, Unsupported, error_for

READS: Mapping[str, tuple[str, ...]] = {
    "containers": ("v_$containers",),
    "tablespaces_cdb": ("cdb_tablespaces",),
    "tablespaces_dba": ("dba_tablespaces",),
    "tablespaces_control": ("v_$tablespace", "v_$tempfile"),
    "data_files_cdb": ("cdb_tablespaces", "cdb_data_files"),
    "data_files_dba": ("dba_tablespaces", "dba_data_files"),
    "data_files_control": ("v_$tablespace", "v_$datafile"),
    "temp_files_cdb": ("cdb_tablespaces", "cdb_temp_files"),
    "temp_files_dba": ("dba_tablespaces", "dba_temp_files"),
    "temp_files_control": ("v_$tablespace", "v_$tempfile"),
    "redo_log": ("v_$log",),
}
"""A view that is called V$X can be granted only as V_$X."""
COMMON_USER = "C##"
"""The usual value of COMMON_USER_PREFIX: who is called so lives in the root."""

_SIMPLE = re.compile(r"[A-Z][A-Z0-9_$#]*")


def identifier(name: str) -> str:
    """The exact *name* as it stands in a statement: https://docs.oracle.com/database/122/SQLRF/Database-Object-Names-and-Qualifiers.htm"""
    if _SIMPLE.fullmatch(name):
        return name
    if '"' in name or "\0" in name:
        raise Unsupported(f"no user of Oracle can be called {name!r}", remedy='leave out the "')
    return f'"{name}"'


def as_typed(user: str) -> str:
    """*user* as somebody writes it to log in: Oracle reads it in upper case unless it stands in double quotes."""
    if _SIMPLE.fullmatch(user.upper()):
        return user
    return identifier(user[1:-1] if len(user) > 2 and user[0] == user[-1] == '"' else user)


def grants(user: str) -> list[str]:
    """The least that *user* needs: in the root of a container database for a common user, else where it lives."""
    in_root = user.strip('"').upper().startswith(COMMON_USER)
    return sql(__package__, "grants_root" if in_root else "grants").format(user=as_typed(user)).splitlines()


def grant(views: Iterable[str], user: str) -> str:
    """One statement per view, one per line."""
    text = sql(__package__, "grant").strip()
    return "\n".join(text.format(view=view, user=identifier(user)) for view in views)


def container_data(user: str) -> str:
    return sql(__package__, "container_data").strip().format(user=identifier(user))


def with_remedy(error: EngineError, statement: str, user: str) -> EngineError:
    """*error* of a statement; when it may be a missing privilege, with what it hides and the GRANT."""
    views = READS.get(statement)
    if error.category is not Category.PERMISSION or not views:
        return error
    text = f"{identifier(user)} may not read {' or '.join(views)}: {error.failure.message}"
    return error_for(evolve(error.failure, message=text, remedy=grant(views, user)))


def together(failures: Iterable[Failure]) -> Failure | None:
    """Several reasons as one, with all remedies; None for none."""
    reasons = list(dict.fromkeys(failures))
    if not reasons:
        return None
    remedies = dict.fromkeys(line for reason in reasons for line in (reason.remedy or "").splitlines())
    return evolve(reasons[0], message="; ".join(r.message for r in reasons), remedy="\n".join(remedies) or None)
