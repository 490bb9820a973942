"""What aggregation needs: to find the rows written lately, a period's aggregates, and the change of one in bytes.

All columns are nullable and no row is rewritten. On PostgreSQL the index over the rows by the time they were written is
a BRIN: one pass over the table, a few pages, also on each partition of an adopted one. It finds them by their days as
well, for rows lie in the table as they came: without it a quarter of a long history is read from end to end.
"""
from typing import Any

from alembic import op
from sqlalchemy import BigInteger, Column, String, column, inspect, true

revision = "0002"
down_revision = "0001"

COLUMNS = {
    "database_size_aggregations": "size_change_bytes",
    "instance_size_aggregations": "total_size_change_bytes",
}
WRITTEN = ("database_size_stats", "instance_size_stats")


def upgrade() -> None:
    for table in WRITTEN:   # first, before anything is locked against readers: this takes as long as a large table
        _create_index(f"ix_{table}_written", table, ["updated_at", "collected_date"], postgresql_using="brin")
    withdrawn = column("is_deleted") == true()
    _create_index("ix_instance_size_stats_withdrawn", "instance_size_stats", ["collected_date"],
                  postgresql_where=withdrawn, sqlite_where=withdrawn)
    for table, change in COLUMNS.items():
        _add_columns(table, Column[Any](change, BigInteger), Column[Any]("comparison", String(16)))
        _create_index(f"ix_{table}_period", table, ["period_type", "period_start"])


def _add_columns(table: str, *columns: Column[Any]) -> None:
    there = {found["name"] for found in inspect(op.get_bind()).get_columns(table)}
    for one in columns:
        if one.name not in there:
            op.add_column(table, one)


def _create_index(name: str, table: str, columns: list[str], **options: Any) -> None:
    if name not in {index["name"] for index in inspect(op.get_bind()).get_indexes(table)}:
        op.create_index(name, table, columns, **options)
