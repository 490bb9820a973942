"""What an upgrade would add to a store: the migrations say so themselves, run over an empty likeness of it."""
from collections.abc import Iterator

from sqlalchemy import Column, Engine, Index, MetaData, String, Table, inspect, select
from sqlalchemy.engine import Inspector

from capacity_sync.adapters.stores.sql.migrating import migrate
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.refusals import refusing
from capacity_sync.adapters.stores.sql.tables import VERSION_TABLE, capacity_sync_store, metadata
from capacity_sync.domain.outcomes import StoreRefused

_versions = Table(VERSION_TABLE, MetaData(), Column("version_num", String(32)))
NOTES = (_versions, capacity_sync_store)
"""The tables whose contents a migration reads."""


def additions(store: Engine | None) -> tuple[str, ...]:
    """What `migrate` would create in *store*, sorted: `table T`, `column T.C` or `index T.I`; None: from nothing.

    A new table comes with its own columns and indexes. Reads the catalog of *store*, and nothing else.
    """
    likeness = open_store("sqlite://")
    try:
        if store is not None:
            _liken(likeness, store)
        before = set(_contents(inspect(likeness)))
        migrate(likeness)
        found = sorted(set(_contents(inspect(likeness))) - before)
    finally:
        likeness.dispose()
    new = {name for kind, name in found if kind == "table"}
    return tuple(f"{kind} {name}" for kind, name in found if kind == "table" or name.partition(".")[0] not in new)


def _contents(there: Inspector) -> Iterator[tuple[str, str]]:
    for table in there.get_table_names():
        yield "table", table
        yield from (("column", f"{table}.{column['name']}") for column in there.get_columns(table))
        yield from (("index", f"{table}.{index['name']}") for index in there.get_indexes(table))


def _liken(likeness: Engine, store: Engine) -> None:
    """Make the tables of *store* that migrations look at, with its version and its notes."""
    with refusing(store.url, StoreRefused), store.connect() as original, likeness.begin() as copy:
        there = inspect(original)
        present = (metadata.tables.keys() | {VERSION_TABLE}).intersection(there.get_table_names())
        for name in sorted(present):
            _table(there, name).create(copy)
        for notes in NOTES:
            rows = original.execute(select(notes)).mappings().all() if notes.name in present else []
            if rows:
                copy.execute(notes.insert(), [dict(row) for row in rows])


def _table(there: Inspector, name: str) -> Table:
    """With the columns and the indexes that it has there; of types and keys only what the notes need."""
    ours = metadata.tables.get(name)
    keys = {column.name for column in ours.primary_key} if ours is not None else set()
    columns = [column["name"] for column in there.get_columns(name)]
    known = {index.name for index in ours.indexes} if ours is not None else set()
    table = Table(name, MetaData(), *(Column(column, String, primary_key=column in keys) for column in columns))
    for index in there.get_indexes(name):
        if index["name"] in known:
            Index(index["name"], table.c[columns[0]])
    return table
