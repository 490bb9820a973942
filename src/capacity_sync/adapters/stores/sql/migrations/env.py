"""What Alembic runs: the migrations, inside the transaction that the caller has begun."""
from alembic import context

from capacity_sync.adapters.stores.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=context.config.attributes["version_table"],
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
