"""Insert or update many rows in one statement, by dialect."""
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import frozen
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Insert,
    String,
    Table,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
)
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

from capacity_sync.adapters.stores.sql.bulk import (
    Values,
    array,
    converted,
    count,
    in_columns,
    in_groups,
    literals,
    part,
    portions,
    statements,
    told_apart,
    varies,
)

ONE_ROW = re.compile(r"(?<= VALUES )(\((?:[^()]|\(\w+\))+\))")
"""`(?, ?)` or `(%(name)s, %(size)s)`."""
GROUP, GROUP_VALUES = 50, 800
"""Rows and values in one statement on SQLite: parsing grows faster than their number, and 999 are too many for an old
one, https://www.sqlite.org/limits.html#max_variable_number.
"""


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

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """`run_columns` with *rows*, which all have the same columns."""
        self.run_columns(connection, in_columns(rows))

    def run_columns(self, connection: Connection, values: Values) -> None:
        """In one statement for each ten thousand rows, none for no rows; of rows with one key the last counts."""
        ordered = {column.name: values[column.name] for column in self.table.c if column.name in values}
        for some in portions(told_apart(ordered, self.key)) if count(values) else ():
            BY_DIALECT[connection.dialect.name](self, connection, some)

    def assignments(self, new: Mapping[str, Any]) -> dict[str, Any]:
        return {name: func.coalesce(new[name], self.table.c[name]) if name in self.unless_null else new[name]
                for name in self.update}


def _in_sqlite(upsert: Upsert, connection: Connection, values: Values) -> None:
    """Many groups and then the few rows that are left: no round trip lies between the two."""
    head, marks, tail = _around_values(upsert, tuple(values), connection.dialect)
    group = max(1, min(GROUP, GROUP_VALUES // len(values)))
    whole = count(values) // group * group
    made = converted(values, upsert.table, connection.dialect)
    for rows, some in (group, part(made, 0, whole)), (1, part(made, whole, None)):
        if count(some):
            connection.exec_driver_sql(f"{head}{', '.join([marks] * rows)}{tail}", list(in_groups(some, rows)))


def _in_postgresql(upsert: Upsert, connection: Connection, values: Values) -> None:
    """What varies as arrays, which the server reads faster than rows of JSON; what does not vary, once."""
    varying = tuple(name for name, column in values.items() if varies(column)) or tuple(values)[:1]
    arrays = converted({name: values[name] for name in varying}, upsert.table, connection.dialect)
    sent = {f"new_{name}": array(arrays[name]) if name in arrays else column[0] for name, column in values.items()}
    connection.execute(_from_arrays(upsert, tuple(values), varying), sent)


def _in_mysql(upsert: Upsert, connection: Connection, values: Values) -> None:
    """PyMySQL writes values into the text one by one; here it is asked for its spelling of a whole column."""
    if connection.dialect.driver != "pymysql":
        each = [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]
        connection.execute(_on_duplicate_key(upsert), each)
        return
    head, _, tail = _around_values(upsert, tuple(values), connection.dialect)
    escape = _escape(connection.connection.cursor())
    columns = converted(values, upsert.table, connection.dialect).values()
    for rows in statements(zip(*(literals(some, escape) for some in columns), strict=True)):
        connection.exec_driver_sql(f"{head}{rows}{tail}", execution_options={"no_parameters": True})


def _escape(cursor: Any) -> Callable[[Any], str]:
    """https://pymysql.readthedocs.io/en/latest/modules/cursors.html#pymysql.cursors.Cursor.mogrify"""
    return lambda value: str(cursor.mogrify("%s", (value,)))


@lru_cache(maxsize=256)
def _around_values(upsert: Upsert, names: tuple[str, ...], dialect: Dialect) -> tuple[str, str, str]:
    """The statement in three parts; the middle one are the marks of one row."""
    on_sqlite = dialect.name == "sqlite"
    statement = _on_conflict(upsert, sqlite.insert(upsert.table)) if on_sqlite else _on_duplicate_key(upsert)
    head, marks, tail = ONE_ROW.split(str(statement.compile(dialect=dialect, column_keys=names)), maxsplit=1)
    return head, marks, tail


@lru_cache(maxsize=256)
def _from_arrays(upsert: Upsert, names: tuple[str, ...], varying: tuple[str, ...]) -> Insert:
    """Texts go as texts: a cast to a shorter kind would cut them off, where an assignment refuses them."""
    kinds = {name: _as_text(upsert.table.c[name].type) for name in names}
    arrays = (cast(bindparam(f"new_{name}", type_=Text), ARRAY(kinds[name])) for name in varying)
    new = (column(name, kinds[name]) for name in varying)
    rows = func.unnest(*arrays).table_valued(*new, name="new").render_derived()
    chosen = (rows.c[name] if name in varying else cast(bindparam(f"new_{name}", type_=kinds[name]), kinds[name])
              for name in names)
    statement = postgresql.insert(upsert.table).from_select(names, select(*chosen))
    return _on_conflict(upsert, statement)


def _as_text(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    return Text() if isinstance(kind, String) else kind


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


BY_DIALECT: Mapping[str, Callable[[Upsert, Connection, Values], None]] = {
    "sqlite": _in_sqlite,
    "postgresql": _in_postgresql,
    "mysql": _in_mysql,
    "mariadb": _in_mysql,
}
