"""Insert or update many rows in one statement, by dialect."""
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache, partial
from operator import itemgetter
from typing import Any

from attrs import frozen
from sqlalchemy import JSON, ColumnElement, Connection, Date, Insert, Table, Text, bindparam, cast, column, func, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from capacity_sync.adapters.stores.sql.columns import AT_HAND

Rows = Sequence[Mapping[str, Any]]


@frozen(eq=False)
class Upsert:
    """Rows of *table* found again by the columns *key*; of a found row the columns *update* are written.

    Without a key every row is new. `unless_null`: those of *update* that keep their value when the new one is NULL.
    `where`: the predicate of the unique index behind *key*, if it is partial.
    """

    table: Table
    key: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    unless_null: Collection[str] = ()
    where: ColumnElement[bool] | None = None

    def run(self, connection: Connection, rows: Rows) -> None:
        """In one statement, none for no rows; of rows with one key the last counts. All rows have the same columns."""
        if rows:
            BY_DIALECT[connection.dialect.name](self, connection, self._told_apart(rows))

    def assignments(self, new: Mapping[str, Any]) -> dict[str, Any]:
        return {name: func.coalesce(new[name], self.table.c[name]) if name in self.unless_null else new[name]
                for name in self.update}

    def _told_apart(self, rows: Rows) -> Rows:
        """In the order of the key, so that no two processes wait for each other's rows."""
        if not self.key:
            return rows
        key = itemgetter(*self.key)
        by_key = {key(row): row for row in rows}
        return [by_key[found] for found in sorted(by_key)]


@frozen
class Prepared:
    """A statement as a driver takes it: its text, the columns in the order of its marks, and beside each of them
    what makes the driver's value of ours, if that is another.

    SQLAlchemy would look all this up for each value of each row: a third of the time of a sync of 1,000 databases.
    """

    text: str
    columns: tuple[tuple[str, Callable[[Any], Any] | None], ...]

    @classmethod
    def of(cls, statement: Insert, names: Sequence[str], dialect: Dialect) -> "Prepared":
        compiled = statement.compile(dialect=dialect, column_keys=names)
        marks = compiled.positiontup or ()
        return cls(str(compiled), tuple((name, _converter(statement.table.c[name].type, dialect)) for name in marks))

    def run(self, connection: Connection, rows: Rows) -> None:
        """Once, with all *rows*."""
        connection.exec_driver_sql(self.text, list(zip(*map(partial(_values, rows), self.columns), strict=True)))


def _converter(kind: TypeEngine[Any], dialect: Dialect) -> Callable[[Any], Any] | None:
    """All rows of a sync have the same one or two days."""
    convert = kind.dialect_impl(dialect).bind_processor(dialect)
    return lru_cache(AT_HAND)(convert) if convert and isinstance(kind, Date) else convert


def _values(rows: Rows, column: tuple[str, Callable[[Any], Any] | None]) -> Iterable[Any]:
    name, convert = column
    ours = [row[name] for row in rows]
    return ours if convert is None else map(convert, ours)


@cache
def _for_sqlite(upsert: Upsert, names: tuple[str, ...]) -> Prepared:
    return Prepared.of(_on_conflict(upsert, sqlite.insert(upsert.table)), names, sqlite.dialect())


def _in_sqlite(upsert: Upsert, connection: Connection, rows: Rows) -> None:
    _for_sqlite(upsert, tuple(rows[0])).run(connection, rows)


def _in_postgresql(upsert: Upsert, connection: Connection, rows: Rows) -> None:
    """All rows as one text, read by the server: psycopg2 would send them one by one."""
    statement = _from_json(upsert, tuple(rows[0]))
    connection.execute(statement, {"rows": json.dumps(rows, default=_iso, ensure_ascii=False)})


def _in_mysql(upsert: Upsert, connection: Connection, rows: Rows) -> None:
    """PyMySQL sends a megabyte at a time."""
    connection.execute(_on_duplicate_key(upsert), rows)


@cache
def _from_json(upsert: Upsert, names: tuple[str, ...]) -> Insert:
    sent = cast(bindparam("rows", type_=Text), JSON)
    types = (column(name, upsert.table.c[name].type) for name in names)
    rows = func.json_to_recordset(sent).table_valued(*types, name="new").render_derived(with_types=True)
    statement = postgresql.insert(upsert.table).from_select(names, select(*(rows.c[name] for name in names)))
    return _on_conflict(upsert, statement)


def _on_conflict(upsert: Upsert, statement: postgresql.Insert | sqlite.Insert) -> Insert:
    if not upsert.key:
        return statement
    return statement.on_conflict_do_update(
        index_elements=upsert.key, index_where=upsert.where, set_=upsert.assignments(dict(statement.excluded.items())))


def _on_duplicate_key(upsert: Upsert) -> Insert:
    """Of any unique key: of each table only one is met, for ids are the server's."""
    statement = mysql.insert(upsert.table)
    if not upsert.key:
        return statement
    return statement.on_duplicate_key_update(upsert.assignments(dict(statement.inserted.items())))


def _iso(value: date) -> str:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a time without a zone cannot be stored")
    return value.isoformat()


BY_DIALECT: Mapping[str, Callable[[Upsert, Connection, Rows], None]] = {
    "sqlite": _in_sqlite,
    "postgresql": _in_postgresql,
    "mysql": _in_mysql,
    "mariadb": _in_mysql,
}
