"""The first schema: everything on an empty database, and only what is missing beside legacy tables."""
from collections.abc import Collection
from typing import Any

from alembic import op
from sqlalchemy import Column, Table, inspect
from sqlalchemy.schema import CreateIndex, CreateTable

from capacity_sync.adapters.stores.sql.migrations.first_schema import capacity_sync_store, metadata

revision = "0001"
down_revision = None

_OF_AGGREGATES = ("avg_size_bytes", "max_size_bytes", "min_size_bytes", "first_size_bytes", "last_size_bytes",
                  "days_observed", "days_expected")
ADDED = {
    "instance_databases": ("identity", "absent_since", "engine_state"),
    "database_size_stats": ("identity", "size_bytes", "data_size_bytes", "log_size_bytes", "max_size_bytes", "method",
                            "basis"),
    "instance_size_stats": ("total_size_bytes", "overhead_bytes", "log_bytes", "measured_count", "expected_count"),
    "database_size_aggregations": _OF_AGGREGATES,
    "instance_size_aggregations": _OF_AGGREGATES,
}
"""What legacy tables lack. All of it is nullable, so no row is rewritten."""


def upgrade() -> None:
    present = set(inspect(op.get_bind()).get_table_names())
    for table in metadata.sorted_tables:
        if table.name in present:
            _add_columns(table)
        else:
            _create(table, present)
    adopted = "instances" in present
    op.bulk_insert(capacity_sync_store, [{"key": "adopted", "value": str(adopted).lower()}])


def _create(table: Table, present: Collection[str]) -> None:
    """Without foreign keys to a table that was there before: the host's rows stay free to go."""
    ours = [key for key in table.foreign_key_constraints if key.referred_table.name not in present]
    op.execute(CreateTable(table, include_foreign_key_constraints=ours))
    for index in sorted(table.indexes, key=lambda i: str(i.name)):
        op.execute(CreateIndex(index))


def _add_columns(table: Table) -> None:
    there = {column["name"] for column in inspect(op.get_bind()).get_columns(table.name)}
    for name in ADDED.get(table.name, ()):
        if name not in there:
            op.add_column(table.name, Column[Any](name, table.c[name].type))
