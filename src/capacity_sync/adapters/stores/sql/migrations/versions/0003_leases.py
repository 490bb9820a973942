"""A table for leases. Used where the database has no locks to take; the same everywhere all the same."""
from alembic import op
from sqlalchemy import BigInteger, Column, MetaData, String, Table, inspect
from sqlalchemy.schema import CreateTable

from capacity_sync.adapters.stores.sql.columns import MYSQL_FAMILY, required
from capacity_sync.adapters.stores.sql.migrations.mysql import exact_names

revision = "0003"
down_revision = "0002"

metadata = MetaData()
leases = Table(
    "capacity_sync_leases", metadata,
    Column("what", String(330), primary_key=True),
    *required(String(32), "mark"),
    *required(String(255), "place"),
    *required(BigInteger, "pid"),
    *required(String(32), "born"),
    *required(BigInteger, "expires_at"),
)


def upgrade() -> None:
    connection = op.get_bind()
    schema = exact_names(metadata, connection) if connection.dialect.name in MYSQL_FAMILY else metadata
    if leases.name not in inspect(connection).get_table_names():
        op.execute(CreateTable(schema.tables[leases.name]))
