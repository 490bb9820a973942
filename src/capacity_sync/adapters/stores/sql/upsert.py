"""Insert or update in one statement, by dialect."""
from collections.abc import Callable, Collection, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Insert, Table, func
from sqlalchemy.dialects import mysql


@frozen(eq=False)
class Upsert:
    """Rows of *table* found again by the columns *key*; of a found row the columns *update* are written.

    `unless_null`: those of them that keep their value when the new one is NULL. `where`: the predicate of the
    unique index behind *key*, if it is partial.
    """

    table: Table
    key: tuple[str, ...]
    update: tuple[str, ...]
    unless_null: Collection[str] = ()
    where: ColumnElement[bool] | None = None

    def statement(self, dialect: str) -> Insert:
        """To be executed once, with all rows."""
        return _built(self, dialect)

    def assignments(self, new: Mapping[str, Any]) -> dict[str, Any]:
        return {name: func.coalesce(new[name], self.table.c[name]) if name in self.unless_null else new[name]
                for name in self.update}


@cache
def _built(upsert: Upsert, dialect: str) -> Insert:
    return BY_DIALECT[dialect](upsert, dialect)


def _on_conflict(upsert: Upsert, dialect: str) -> Insert:
    statement = import_module(f"sqlalchemy.dialects.{dialect}").insert(upsert.table)
    written: Insert = statement.on_conflict_do_update(
        index_elements=upsert.key, index_where=upsert.where, set_=upsert.assignments(statement.excluded))
    return written


def _on_duplicate_key(upsert: Upsert, _: str) -> Insert:
    """Of any unique key: of each table only one is met, for ids are the server's."""
    statement = mysql.insert(upsert.table)
    return statement.on_duplicate_key_update(upsert.assignments(dict(statement.inserted.items())))


BY_DIALECT: Mapping[str, Callable[[Upsert, str], Insert]] = {
    "sqlite": _on_conflict,
    "postgresql": _on_conflict,
    "mysql": _on_duplicate_key,
    "mariadb": _on_duplicate_key,
}
