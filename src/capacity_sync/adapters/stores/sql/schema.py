"""What lies in a store, and whether this package may use it as it is."""
import os
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from enum import Enum

from attrs import field, frozen
from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, inspect, select, update

from capacity_sync.adapters.stores.sql.adoptable import refuse_without_keys
from capacity_sync.adapters.stores.sql.columns import MYSQL_FAMILY
from capacity_sync.adapters.stores.sql.migrating import migrate
from capacity_sync.adapters.stores.sql.opening import READING, sqlite_file
from capacity_sync.adapters.stores.sql.refusals import refusing, store_name
from capacity_sync.adapters.stores.sql.tables import REVISIONS, VERSION_TABLE, capacity_sync_store, metadata
from capacity_sync.domain.outcomes import StoreRefused

NEEDED_OF_A_HOST = ("id", "name", "db_type")
"""The columns without which a table `instances` is not the one this package can adopt."""
UNFINISHED = "unknown"
"""Who wrote a store whose creation was cut off: the package notes itself at the end."""
_versions = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)))
_LOOK = "; look at the URL and at who may read and write there, or name another store with --store"
_UPGRADE = "run `capacity-sync store upgrade`"


class Condition(Enum):
    """`missing`: a SQLite file that does not exist. `legacy`: the old service's tables, not adopted yet.

    `foreign`: tables of others only. `clashing`: a table `instances` that is something else. `unadoptable`: the old
    service's tables in a database that cannot keep names exactly.
    """

    MISSING = "missing"
    EMPTY = "empty"
    CURRENT = "current"
    OUTDATED = "outdated"
    NEWER = "newer"
    LEGACY = "legacy"
    FOREIGN = "foreign"
    CLASHING = "clashing"
    UNADOPTABLE = "unadoptable"


UPGRADABLE = (Condition.MISSING, Condition.EMPTY, Condition.OUTDATED, Condition.LEGACY, Condition.FOREIGN)
"""What `upgrade` makes current."""


@frozen
class StoreState:
    """`found`: the version in the store, None without one; `wanted`: this package's; `written_by`: whose it is.

    `others`: tables that are none of this package's, sorted. `additions`: what an upgrade would add, if it was asked.
    """

    store: str
    condition: Condition
    found: str | None = None
    wanted: str = REVISIONS[-1]
    adopted: bool = False
    written_by: str = UNFINISHED
    others: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    additions: tuple[str, ...] = ()


def check(engine: Engine) -> StoreState:
    """Look at the store and change nothing; a missing SQLite file stays missing.

    Raises: StoreRefused: it cannot be read at all.
    """
    name, path = store_name(engine.url), sqlite_file(engine.url)
    if path is not None and not os.path.exists(path):
        return StoreState(name, Condition.MISSING)
    with _reading(engine) as connection:
        tables = frozenset(inspect(connection).get_table_names())
        others = sorted(tables - metadata.tables.keys() - {VERSION_TABLE})
        if VERSION_TABLE not in tables:
            return StoreState(name, _unversioned(connection, tables), others=others)
        found = connection.scalar(select(_versions))
        notes = _notes(connection) if capacity_sync_store.name in tables else {}
        return StoreState(name, _versioned(found), found, adopted=notes.get("adopted") == "true",
                          written_by=notes.get("package", UNFINISHED), others=others)


def upgrade(engine: Engine) -> None:
    """Create, adopt or migrate; a current store stays as it is.

    Raises: StoreRefused: the store is newer than this package, its `instances` is something else, or it is the legacy
    service's and its database cannot keep names exactly.
    """
    state = check(engine)
    if state.condition is Condition.LEGACY:
        refuse_without_keys(engine)
    if state.condition in UPGRADABLE:
        migrate(engine)
    elif state.condition is not Condition.CURRENT:
        raise _refused(state)


def ready_to_sync(engine: Engine) -> None:
    """Create a missing or empty store, or one whose creation has begun; upgrade the package's own SQLite store.

    Raises: StoreRefused: any other store that is not current, and one that cannot be written.
    """
    state = check(engine)
    begun = state.written_by == UNFINISHED or engine.dialect.name == "sqlite"
    if state.condition in (Condition.MISSING, Condition.EMPTY) or (
            state.condition is Condition.OUTDATED and begun and not state.adopted):
        migrate(engine)
    elif state.condition is not Condition.CURRENT:
        raise _refused(state)
    _try_to_write(engine)


def ready_to_read(engine: Engine) -> None:
    """Raises: StoreRefused: the store is not there, or not current."""
    state = check(engine)
    if state.condition is not Condition.CURRENT:
        raise _refused(state)


def _try_to_write(engine: Engine) -> None:
    """A change, taken back: it needs the rights that a sync needs, in the store and in its folder."""
    with refusing(engine.url, StoreRefused, _LOOK), engine.connect() as connection:
        connection.execute(update(capacity_sync_store).values(value="tried"))


@contextmanager
def _reading(engine: Engine) -> Iterator[Connection]:
    with refusing(engine.url, StoreRefused, _LOOK), engine.execution_options(**READING).connect() as connection:
        yield connection


def _unversioned(connection: Connection, tables: Set[str]) -> Condition:
    if not tables:
        return Condition.EMPTY
    if "instances" not in tables:
        return Condition.FOREIGN
    columns = {column["name"] for column in inspect(connection).get_columns("instances")}
    if not columns.issuperset(NEEDED_OF_A_HOST):
        return Condition.CLASHING
    return Condition.UNADOPTABLE if connection.dialect.name in MYSQL_FAMILY else Condition.LEGACY


def _versioned(found: str | None) -> Condition:
    if found is not None and found not in REVISIONS:
        return Condition.NEWER
    return Condition.CURRENT if found == REVISIONS[-1] else Condition.OUTDATED


def _notes(connection: Connection) -> Mapping[str, str]:
    return {row.key: row.value for row in connection.execute(select(capacity_sync_store))}


def _refused(state: StoreState) -> StoreRefused:
    return StoreRefused(f"store {state.store} {_WAYS_OUT[state.condition].format(state=state, upgrade=_UPGRADE)}")


_WAYS_OUT = {
    Condition.MISSING: "does not exist: run `capacity-sync sync` first",
    Condition.EMPTY: "is empty: run `capacity-sync sync` first",
    Condition.OUTDATED: "has version {state.found}, and version {state.wanted} is needed: {upgrade}",
    Condition.NEWER: "has version {state.found}, written by capacity-sync {state.written_by}, and this package knows "
                     "versions up to {state.wanted}: install a newer capacity-sync",
    Condition.LEGACY: "holds the tables of the legacy service, not adopted yet: {upgrade}",
    Condition.FOREIGN: "holds the tables of something else ({state.others[0]}, ...): name another store with --store, "
                       "or, to add this one's tables to it, {upgrade}",
    Condition.CLASHING: f"has a table `instances` without {', '.join(NEEDED_OF_A_HOST)}: it is something else's; "
                        "name another store with --store",
    Condition.UNADOPTABLE: "holds the tables of the legacy service, which are adopted on PostgreSQL and SQLite only: "
                           "name another store with --store",
}
