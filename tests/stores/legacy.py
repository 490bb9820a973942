"""An application that was there before: its tables as the legacy contract describes them, with data in them."""
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa

ON_POSTGRESQL = Path(__file__).with_name("legacy_postgresql.sql").read_text()

AT = datetime(2025, 11, 1, 19, 0, tzinfo=UTC)
DAY = date(2025, 11, 2)
schema = sa.MetaData()


def _table(name, *items):
    return sa.Table(name, schema, sa.Column("id", sa.Integer, primary_key=True), *items)


def _columns(kind, names, *, nullable=False):
    return [sa.Column(name, kind, nullable=nullable) for name in names.split()]


alembic_version = sa.Table("alembic_version", schema, sa.Column("version_num", sa.String(32), primary_key=True))
instances = _table(
    "instances", sa.Column("name", sa.String(255), unique=True, nullable=False), *_columns(sa.String(50), "db_type"),
    *_columns(sa.String(255), "host database_name main_version environment", nullable=True),
    sa.Column("port", sa.Integer), sa.Column("credential_id", sa.Integer), *_columns(sa.Boolean, "is_active"),
    *_columns(sa.DateTime, "created_at updated_at"), sa.Column("deleted_at", sa.DateTime),
)
instance_databases = _table(
    "instance_databases", sa.Column("instance_id", sa.ForeignKey("instances.id"), nullable=False),
    *_columns(sa.String(255), "database_name"), *_columns(sa.Boolean, "is_active"),
    *_columns(sa.Date, "first_seen_date last_seen_date"), sa.Column("deleted_at", sa.DateTime),
    *_columns(sa.DateTime, "created_at updated_at"), sa.UniqueConstraint("instance_id", "database_name"),
)
database_size_stats = _table(
    "database_size_stats", sa.Column("instance_id", sa.ForeignKey("instances.id"), nullable=False),
    *_columns(sa.String(255), "database_name"), *_columns(sa.BigInteger, "size_mb"),
    *_columns(sa.BigInteger, "data_size_mb log_size_mb", nullable=True), *_columns(sa.Date, "collected_date"),
    *_columns(sa.DateTime, "collected_at created_at updated_at"),
    sa.UniqueConstraint("instance_id", "database_name", "collected_date", name="uq_daily_database_size"),
)
instance_size_stats = _table(
    "instance_size_stats", sa.Column("instance_id", sa.ForeignKey("instances.id"), nullable=False),
    *_columns(sa.Integer, "total_size_mb database_count"), *_columns(sa.Date, "collected_date"),
    *_columns(sa.DateTime, "collected_at created_at updated_at"), *_columns(sa.Boolean, "is_deleted"),
    sa.Column("deleted_at", sa.DateTime),
)
sa.Index("uq_instance_size_stats", instance_size_stats.c.instance_id, instance_size_stats.c.collected_date,
         unique=True, sqlite_where=instance_size_stats.c.is_deleted == sa.false())
WRITTEN = {"created_at": AT, "updated_at": AT}


def create(engine):
    """The tables: on PostgreSQL partitioned, with a trigger and more; elsewhere only what is read and written."""
    if engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execution_options(no_parameters=True).exec_driver_sql(ON_POSTGRESQL)
    else:
        schema.create_all(engine)


def fill(engine):
    """Two instances; `shop` with a size on one day, `old` inactive; the instance's total of that day."""
    create(engine)
    with engine.begin() as connection:
        connection.execute(alembic_version.insert(), [{"version_num": "abc123"}])
        connection.execute(instances.insert(), [
            {"id": n, "name": name, "db_type": "mysql", "host": "db1", "port": 3306, "is_active": True,
             "credential_id": 7, **WRITTEN}
            for n, name in ((41, "orders"), (42, "billing"))])
        connection.execute(instance_databases.insert(), [
            {"instance_id": 41, "database_name": name, "is_active": active, "first_seen_date": DAY,
             "last_seen_date": DAY, "deleted_at": None if active else AT, **WRITTEN}
            for name, active in (("shop", True), ("old", False))])
        connection.execute(database_size_stats.insert(), [
            {"instance_id": 41, "database_name": "shop", "size_mb": 12, "collected_date": DAY, "collected_at": AT,
             **WRITTEN}])
        connection.execute(instance_size_stats.insert(), [
            {"instance_id": 41, "total_size_mb": 12, "database_count": 1, "collected_date": DAY, "collected_at": AT,
             "is_deleted": False, **WRITTEN}])


def contents(engine):
    """Every row of every legacy table, in the legacy columns."""
    with engine.connect() as connection:
        return {table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(table.c[0]))]
                for table in schema.sorted_tables}
