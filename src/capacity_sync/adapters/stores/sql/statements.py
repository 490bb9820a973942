"""The one way from a repository to its database."""
from collections.abc import Mapping, Sequence
from typing import Any, final

from attrs import frozen
from sqlalchemy import Connection, Executable, Row, Select, column, func, select, table, true

from capacity_sync.adapters.stores.sql.bulk import Values
from capacity_sync.adapters.stores.sql.refusals import refusing
from capacity_sync.adapters.stores.sql.upsert import Upsert

SETTING = table("pg_settings", column("name")).c.name
WITHOUT_JIT = select(func.set_config(SETTING, "off", true())).where(SETTING == "jit")
"""Until the transaction ends, and a PostgreSQL that is too old to have it sets nothing."""


@final
@frozen
class Statements:
    """Runs statements in one open transaction. Each method raises `StoreFailed` for what the database refuses."""

    connection: Connection

    def rows(self, query: Select[Any], told: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """*told*: the query's parameters."""
        with refusing(self.connection.engine.url):
            return self.connection.execute(query, told).all()

    def scalar(self, query: Select[Any], told: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row; None when there is none."""
        with refusing(self.connection.engine.url):
            return self.connection.execute(query, told).scalar()

    def run(self, statement: Executable, rows: Sequence[Mapping[str, Any]] = ()) -> None:
        """Once, with all *rows*."""
        with refusing(self.connection.engine.url):
            self.connection.execute(statement, list(rows) or None)

    def expect_long_ones(self) -> None:
        """For the rest of the transaction PostgreSQL compiles no statement: with many columns that takes seconds.

        https://www.postgresql.org/docs/current/jit-decision.html: it is decided by the cost alone.
        """
        if self.connection.dialect.name == "postgresql":
            self.rows(WITHOUT_JIT)

    def upsert(self, upsert: Upsert, rows: Sequence[Mapping[str, Any]]) -> None:
        """In one statement; none for no rows."""
        with refusing(self.connection.engine.url):
            upsert.run(self.connection, rows)

    def upsert_columns(self, upsert: Upsert, values: Values) -> None:
        """The same, for rows that are as many as databases."""
        with refusing(self.connection.engine.url):
            upsert.run_columns(self.connection, values)
