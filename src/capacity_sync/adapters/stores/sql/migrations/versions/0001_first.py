"""The first schema: everything on an empty database, and only what is missing beside legacy tables."""
from collections.abc import Collection
from typing import Any

from alembic import op
from sqlalchemy import Column, Table, inspect, select
from sqlalchemy.schema import CreateIndex, CreateTable

from capacity_sync.adapters.stores.sql.columns import MYSQL_FAMILY
from capacity_sync.adapters.stores.sql.migrations.first_schema import capacity_sync_store, metadata
from capacity_sync.adapters.stores.sql.migrations.mysql import for_mysql

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
    connection = op.get_bind()
    schema = for_mysql(metadata, connection) if connection.dialect.name in MYSQL_FAMILY else metadata
    present = set(inspect(connection).get_table_names())
    adopted = _noted_adoption(present, schema.tables[capacity_sync_store.name])
    for table in schema.sorted_tables:
        if table.name in present:
            _add_columns(table)
        elif table.name != capacity_sync_store.name:
            _create(table, present if adopted else ())
        if not adopted:
            _create_indexes(table)


def _noted_adoption(present: Collection[str], notes: Table) -> bool:
    """Before any other table: where each statement commits, the next attempt must not take ours for a host's."""
    noted = None
    if notes.name in present:
        noted = op.get_bind().scalar(select(notes.c.value).where(notes.c.key == "adopted"))
    else:
        op.execute(CreateTable(notes))
    if noted is None:
        noted = str("instances" in present).lower()
        op.bulk_insert(notes, [{"key": "adopted", "value": noted}])
    return bool(noted == "true")


def _create(table: Table, hosts: Collection[str]) -> None:
    """Without foreign keys to a table of the host: its rows stay free to go."""
    ours = [key for key in table.foreign_key_constraints if key.referred_table.name not in hosts]
    op.execute(CreateTable(table, include_foreign_key_constraints=ours))
    if hosts:
        _create_indexes(table)


def _create_indexes(table: Table) -> None:
    there = {index["name"] for index in inspect(op.get_bind()).get_indexes(table.name)}
    for index in sorted(table.indexes, key=lambda i: str(i.name)):
        if index.name not in there:
            op.execute(CreateIndex(index))


def _add_columns(table: Table) -> None:
    there = {column["name"] for column in inspect(op.get_bind()).get_columns(table.name)}
    for name in ADDED.get(table.name, ()):
        if name not in there:
            op.add_column(table.name, Column[Any](name, table.c[name].type))
