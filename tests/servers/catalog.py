"""Catalog views in DuckDB: an adapter's own SQL, transpiled by sqlglot, runs over tables made of documented columns.

What an engine does differently from DuckDB its `Dialect` says; what cannot be said raises `NotEmulated`, never a guess.
"""
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from threading import Lock
from typing import Any, Self

import duckdb
import sqlglot
from attrs import field, frozen
from sqlglot import exp
from sqlglot.errors import ErrorLevel, ParseError, TokenError, UnsupportedError

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # its warnings are errors here, by `unsupported_level`


OURS = frozenset({"memory", "system", "temp"})


class Trouble(Enum):
    """Why a server would refuse a statement; each server has its own number for it."""

    SYNTAX = "syntax"
    NO_VIEW = "no such view"
    NO_COLUMN = "no such column"
    NO_FUNCTION = "no such function"
    OVERFLOW = "arithmetic overflow"
    CONVERSION = "conversion failed"


class CatalogError(Exception):
    """The statement is one that the server would refuse."""

    def __init__(self, trouble: Trouble, text: str) -> None:
        super().__init__(f"{trouble.value}: {text}")
        self.trouble = trouble


class NotEmulated(Exception):
    """The statement may be right; DuckDB or sqlglot cannot tell. A fault of the test bench."""


def _parts(name: str | Sequence[str]) -> tuple[str, ...]:
    return tuple(name.split(".")) if isinstance(name, str) else tuple(name)


@frozen
class View:
    """A view as its vendor documents it.

    `name`: dotted, or its parts (database, schema, view) where a part has a dot. `source`: the page. `columns`: the
    vendor's type by name. `since`: the version that brought a column, where that is not the oldest one supported.
    """

    name: tuple[str, ...] = field(converter=_parts)
    source: str
    columns: Mapping[str, str]
    since: Mapping[str, int] = field(factory=dict)

    def at(self, version: int) -> "View":
        """The view as *version* has it."""
        return View(self.name, self.source, {c: t for c, t in self.columns.items() if self.since.get(c, 0) <= version})


def _unchanged(tree: exp.Expression) -> exp.Expression:
    return tree


@frozen
class Dialect:
    """`name`: sqlglot's. `types`: DuckDB's type by vendor's, lower case, without length. `rewrite`: node by node, what
    sqlglot translates wrongly. `prelude`: DuckDB statements run first, macros say."""

    name: str
    types: Mapping[str, str]
    rewrite: Callable[[exp.Expression], exp.Expression] = _unchanged
    prelude: Sequence[str] = ()

    def type_of(self, vendor_type: str) -> str:
        return self.types[vendor_type.split("(")[0].strip().lower()]


@frozen
class Answer:
    """`columns`: name and DuckDB type of each; `rows`: Python values."""

    columns: tuple[tuple[str, str], ...]
    rows: list[tuple[Any, ...]]


class Catalog:
    """The views of one emulated server. Several threads may ask at once."""

    def __init__(self, dialect: Dialect, views: Iterable[View]) -> None:
        self.dialect = dialect
        self._db = duckdb.connect()
        self._db.execute("SET threads = 1")
        self._lock = Lock()
        self._types: dict[tuple[str, ...], Mapping[str, str]] = {}
        for view in views:
            self.create(view)
        for statement in dialect.prelude:
            self._db.execute(statement)

    def create(self, view: View) -> Self:
        """An empty view. The databases and schemas in its name come into being with it."""
        *schema, _ = view.name
        if len(schema) == 2:
            if schema[0].lower() in OURS:
                raise NotEmulated(f"DuckDB has a database of its own named {schema[0]}")
            self._db.execute(f"ATTACH IF NOT EXISTS ':memory:' AS {_quoted(schema[:1])}")
        if schema:
            self._db.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
        self._types[view.name] = {column: self.dialect.type_of(kind) for column, kind in view.columns.items()}
        columns = ", ".join(f"{_quoted([c])} {kind}" for c, kind in self._types[view.name].items())
        self._db.execute(f"CREATE TABLE {_quoted(view.name)} ({columns})")
        return self

    def insert(self, view: str | Sequence[str], *rows: Mapping[str, object]) -> Self:
        """Add *rows*; a column that a row does not name is NULL."""
        name, columns = _parts(view), sorted({column for row in rows for column in row})
        kinds = self._types[name]
        values = ", ".join(f"unnest(?::{kinds[column]}[])" for column in columns)
        names = ", ".join(_quoted([column]) for column in columns)
        if rows:
            self._db.execute(f"INSERT INTO {_quoted(name)} ({names}) SELECT {values}",
                             [[row.get(column) for row in rows] for column in columns])
        return self

    def clear(self, view: str | Sequence[str], **where: object) -> Self:
        """Remove the rows that have these values, all of them without any."""
        conditions = " AND ".join(f"{_quoted([column])} = ?" for column in where) or "true"
        self._db.execute(f"DELETE FROM {_quoted(_parts(view))} WHERE {conditions}", list(where.values()))
        return self

    def drop(self, view: str | Sequence[str]) -> Self:
        """Remove a view, as if it did not exist or were not granted."""
        self._db.execute(f"DROP TABLE {_quoted(_parts(view))}")
        return self

    def execute(self, sql: str, parameters: Mapping[str, object] | None = None,
                variables: Mapping[str, str] | None = None) -> Answer:
        """What the server answers to one query; *variables*: what macros find by getvariable().

        Raises: CatalogError, NotEmulated.
        """
        return self._run(self.translated(sql), parameters, variables)

    def bind(self, sql: str) -> None:
        """Check, without running it, that every view, column and function in *sql* exists. Raises: as `execute`."""
        self._run(f"EXPLAIN {self.translated(sql)}")

    def translated(self, sql: str) -> str:
        """*sql* in DuckDB's words."""
        try:
            tree = sqlglot.parse_one(sql, read=self.dialect.name)
        except (ParseError, TokenError) as error:
            raise CatalogError(Trouble.SYNTAX, str(error)) from error
        if not isinstance(tree, exp.Query):
            raise NotEmulated(f"not a query: {sql}")
        try:
            return tree.transform(self.dialect.rewrite).sql("duckdb", unsupported_level=ErrorLevel.RAISE)
        except UnsupportedError as error:
            raise NotEmulated(f"{error}: {sql}") from error

    def _run(self, translated: str, parameters: Mapping[str, object] | None = None,
             variables: Mapping[str, str] | None = None) -> Answer:
        with self._lock:
            cursor = self._db.cursor()
        try:
            for name, value in (variables or {}).items():
                cursor.execute(f"SET VARIABLE {_quoted([name])} = ?", [value])
            cursor.execute(translated, dict(parameters) if parameters else None)
            columns = tuple((column[0], str(column[1])) for column in cursor.description or ())
            return Answer(columns, cursor.fetchall())
        except duckdb.Error as error:
            raise _refusal(error, translated) from error
        finally:
            cursor.close()


def _quoted(parts: Sequence[str]) -> str:
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def _refusal(error: duckdb.Error, translated: str) -> Exception:
    """What a server would say where DuckDB says *error*."""
    text = str(error)
    match error:
        case duckdb.CatalogException() if "Function with name" in text:
            return CatalogError(Trouble.NO_FUNCTION, text)
        case duckdb.CatalogException():
            return CatalogError(Trouble.NO_VIEW, text)
        case duckdb.BinderException() if "column" in text or "Referenced table" in text:
            return CatalogError(Trouble.NO_COLUMN, text)
        case duckdb.OutOfRangeException():
            return CatalogError(Trouble.OVERFLOW, text)
        case duckdb.ConversionException():
            return CatalogError(Trouble.OVERFLOW if "out of range" in text else Trouble.CONVERSION, text)
        case _:
            return NotEmulated(f"{text}: {translated}")
