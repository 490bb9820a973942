"""The kinds of columns in the store. Migrations use them too: add to them, never change one."""
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    Numeric,
    String,
    Text,
)
from sqlalchemy.dialects.mysql import DATETIME, LONGTEXT
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

ID: Final = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself in a column declared INTEGER only: https://sqlite.org/autoinc.html."""
NAME: Final = String(255)
PERCENT: Final = Numeric(10, 2)
MYSQL_FAMILY = frozenset({"mysql", "mariadb"})
WITHOUT_ZONE = MYSQL_FAMILY | {"sqlite"}
"""Dialects whose times have no zone: UTC is written, and read back as UTC."""
AT_HAND = 256
"""Instants that are kept converted: all rows of a sync have the same one or two."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, always UTC on the Python side."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """MySQL keeps whole seconds unless told otherwise: https://dev.mysql.com/doc/refman/8.4/en/datetime.html."""
        return DATETIME(fsp=6) if dialect.name in MYSQL_FAMILY else super().load_dialect_impl(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        at = value.astimezone(UTC)
        return at.replace(tzinfo=None) if dialect.name in WITHOUT_ZONE else at

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        return lru_cache(AT_HAND)(super().result_processor(dialect, coltype) or _as_it_is)


def _as_it_is(value: Any) -> Any:
    return value


class Prose(TypeDecorator[str]):
    """Text for people. What a text column cannot hold (lone surrogates from file names, NUL) is written as `\\xNN`."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """MySQL's TEXT ends at 64 KiB."""
        return LONGTEXT() if dialect.name in MYSQL_FAMILY else super().load_dialect_impl(dialect)

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else value.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        return value


Kind = type[TypeEngine[Any]] | TypeEngine[Any]
Columns = list[Column[Any]]


def required(kind: Kind, *names: str) -> Columns:
    return [Column(name, kind, nullable=False) for name in names]


def optional(kind: Kind, *names: str) -> Columns:
    return [Column(name, kind) for name in names]


def row_id() -> Column[int]:
    return Column("id", ID, primary_key=True, autoincrement=True)


def owner() -> Column[int]:
    return Column("instance_id", ID, ForeignKey("instances.id"), nullable=False)


def period() -> Columns:
    return [*required(String(20), "period_type"), *required(Date, "period_start", "period_end")]


def aggregated_bytes() -> Columns:
    return [
        *optional(BigInteger, "avg_size_bytes", "max_size_bytes", "min_size_bytes"),
        *optional(BigInteger, "first_size_bytes", "last_size_bytes"),
        *optional(Integer, "days_observed", "days_expected"),
    ]


def comparison(change: str) -> Columns:
    """*change* in exact bytes against the previous period, and why it is known, or is not."""
    return [Column(change, BigInteger), Column("comparison", String(16))]


def only(rows: ColumnElement[bool]) -> dict[str, Any]:
    """An index over the *rows* that meet a condition; over all of them where the dialect has no such thing."""
    return {"sqlite_where": rows, "postgresql_where": rows}
