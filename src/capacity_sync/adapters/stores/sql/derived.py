"""Insert or update what a query gives, in one statement, by dialect; rows that are right already stay untouched."""
from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Insert, Select, Table, case, or_
from sqlalchemy.dialects import mysql, postgresql, sqlite


@frozen(eq=False)
class Derived:
    """Rows of *table* found again by the columns *key*. `once` keep their first value.

    `told`: says when a row changed; it changes with the others only.
    """

    table: Table
    key: tuple[str, ...]
    told: str
    once: tuple[str, ...] = ()

    def insert(self, dialect: str, query: Select[Any]) -> Insert:
        return BY_DIALECT[dialect](self, query)

    def figures(self, names: list[str]) -> list[str]:
        return [name for name in names if name not in {*self.key, *self.once, self.told}]

    def differs(self, new: Mapping[str, Any], names: list[str]) -> ColumnElement[bool]:
        return or_(*(self.table.c[name].is_distinct_from(new[name]) for name in self.figures(names)))


def _on_conflict(derived: Derived, query: Select[Any], statement: postgresql.Insert | sqlite.Insert) -> Insert:
    names = list(query.selected_columns.keys())
    new = dict(statement.excluded.items())
    return statement.from_select(names, query).on_conflict_do_update(
        index_elements=derived.key, where=derived.differs(new, names),
        set_={name: new[name] for name in (*derived.figures(names), derived.told)})


def _on_duplicate_key(derived: Derived, query: Select[Any]) -> Insert:
    """Assignments go from left to right and see each other: first what depends on the old values."""
    names = list(query.selected_columns.keys())
    statement = mysql.insert(derived.table)
    new, told = dict(statement.inserted.items()), derived.told
    changed = case((derived.differs(new, names), new[told]), else_=derived.table.c[told])
    return statement.from_select(names, query).on_duplicate_key_update(
        [(told, changed), *((name, new[name]) for name in derived.figures(names))])


BY_DIALECT: Mapping[str, Callable[[Derived, Select[Any]], Insert]] = {
    "sqlite": lambda derived, query: _on_conflict(derived, query, sqlite.insert(derived.table)),
    "postgresql": lambda derived, query: _on_conflict(derived, query, postgresql.insert(derived.table)),
    "mysql": _on_duplicate_key,
    "mariadb": _on_duplicate_key,
}
