"""The store's tables as its queries see them. `migrations/` creates them; a test holds the two together.

Names and meanings of the legacy columns are fixed by the applications that read them; what the package added
is nullable, so that an adopted schema stays valid.
"""
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    true,
)

from capacity_sync.adapters.stores.sql.columns import (
    ID,
    NAME,
    PERCENT,
    Prose,
    UtcDateTime,
    aggregated_bytes,
    comparison,
    only,
    optional,
    owner,
    period,
    required,
    row_id,
)

REVISIONS = ("0001", "0002", "0003")
"""The versions of the schema, oldest first: so that reading a store loads no Alembic. A test compares."""
VERSION_TABLE = "capacity_sync_alembic_version"
metadata = MetaData()

instances = Table(
    "instances", metadata,
    row_id(),
    Column("name", NAME, nullable=False, unique=True),
    *required(String(50), "db_type"),
    Column("host", NAME),
    Column("port", Integer),
    *optional(NAME, "database_name", "main_version"),
    *required(Boolean, "is_active"),
    Column("deleted_at", UtcDateTime),
    *required(UtcDateTime, "created_at", "updated_at"),
)

instance_databases = Table(
    "instance_databases", metadata,
    row_id(),
    owner(),
    *required(NAME, "database_name"),
    *required(Boolean, "is_active"),
    *required(Date, "first_seen_date", "last_seen_date"),
    Column("deleted_at", UtcDateTime),
    *required(UtcDateTime, "created_at", "updated_at"),
    Column("identity", String(128)),
    Column("absent_since", Date),
    Column("engine_state", String(32)),
    UniqueConstraint("instance_id", "database_name", name="uq_instance_database"),
)

database_size_stats = Table(
    "database_size_stats", metadata,
    row_id(),
    owner(),
    *required(NAME, "database_name"),
    *required(BigInteger, "size_mb"),
    *optional(BigInteger, "data_size_mb", "log_size_mb"),
    *required(Date, "collected_date"),
    *required(UtcDateTime, "collected_at", "created_at", "updated_at"),
    Column("identity", String(128)),
    *optional(BigInteger, "size_bytes", "data_size_bytes", "log_size_bytes", "max_size_bytes"),
    Column("method", String(32)),
    Column("basis", String(16)),
    UniqueConstraint("instance_id", "database_name", "collected_date", name="uq_daily_database_size"),
    Index("ix_database_size_stats_day", "instance_id", "collected_date"),
    Index("ix_database_size_stats_written", "updated_at", "collected_date", postgresql_using="brin"),
)

instance_size_stats = Table(
    "instance_size_stats", metadata,
    row_id(),
    owner(),
    *required(Integer, "total_size_mb", "database_count"),
    *required(Date, "collected_date"),
    *required(UtcDateTime, "collected_at"),
    Column("is_deleted", Boolean, nullable=False, server_default=false()),
    Column("deleted_at", UtcDateTime),
    *required(UtcDateTime, "created_at", "updated_at"),
    *optional(BigInteger, "total_size_bytes", "overhead_bytes", "log_bytes"),
    *optional(Integer, "measured_count", "expected_count"),
    Index("ix_instance_size_stats_written", "updated_at", "collected_date", postgresql_using="brin"),
)
NOT_WITHDRAWN, WITHDRAWN = (instance_size_stats.c.is_deleted == word for word in (false(), true()))
Index("uq_daily_instance_size", instance_size_stats.c.instance_id, instance_size_stats.c.collected_date, unique=True,
      **only(NOT_WITHDRAWN))
Index("ix_instance_size_stats_withdrawn", instance_size_stats.c.collected_date, **only(WITHDRAWN))

database_size_aggregations = Table(
    "database_size_aggregations", metadata,
    row_id(),
    owner(),
    *required(NAME, "database_name"),
    *period(),
    *required(BigInteger, "avg_size_mb", "max_size_mb", "min_size_mb"),
    *required(Integer, "data_count"),
    *optional(BigInteger, "avg_data_size_mb", "max_data_size_mb", "min_data_size_mb"),
    *optional(BigInteger, "avg_log_size_mb", "max_log_size_mb", "min_log_size_mb"),
    *required(BigInteger, "size_change_mb"),
    *required(PERCENT, "size_change_percent"),
    *optional(BigInteger, "data_size_change_mb", "log_size_change_mb"),
    *optional(PERCENT, "data_size_change_percent", "log_size_change_percent"),
    *required(PERCENT, "growth_rate"),
    *required(UtcDateTime, "calculated_at", "created_at"),
    *aggregated_bytes(),
    *comparison("size_change_bytes"),
    UniqueConstraint("instance_id", "database_name", "period_type", "period_start", name="uq_database_aggregation"),
    Index("ix_database_size_aggregations_period", "period_type", "period_start"),
)

instance_size_aggregations = Table(
    "instance_size_aggregations", metadata,
    row_id(),
    owner(),
    *period(),
    *required(BigInteger, "total_size_mb", "avg_size_mb", "max_size_mb", "min_size_mb"),
    *required(Integer, "data_count", "database_count"),
    *required(Integer, "avg_database_count", "max_database_count", "min_database_count"),
    *required(BigInteger, "total_size_change_mb"),
    *required(PERCENT, "total_size_change_percent"),
    *required(Integer, "database_count_change"),
    *required(PERCENT, "database_count_change_percent", "growth_rate"),
    *required(String(20), "trend_direction"),
    *required(UtcDateTime, "calculated_at", "created_at"),
    *aggregated_bytes(),
    *comparison("total_size_change_bytes"),
    UniqueConstraint("instance_id", "period_type", "period_start", name="uq_instance_aggregation"),
    Index("ix_instance_size_aggregations_period", "period_type", "period_start"),
)

database_lifecycle_events = Table(
    "database_lifecycle_events", metadata,
    row_id(),
    Column("instance_id", ID, nullable=False, index=True),
    *required(NAME, "database_name"),
    *required(String(16), "event"),
    Column("detail", NAME),
    *required(UtcDateTime, "at"),
    Column("run_id", String(64)),
)

capacity_sync_runs = Table(
    "capacity_sync_runs", metadata,
    Column("run_id", String(64), primary_key=True),
    *required(String(16), "status"),
    Column("started_at", UtcDateTime, nullable=False, index=True),
    Column("finished_at", UtcDateTime),
    *required(Date, "collected_date"),
    Column("error", Prose),
)

capacity_sync_run_instances = Table(
    "capacity_sync_run_instances", metadata,
    row_id(),
    Column("run_id", String(64), ForeignKey("capacity_sync_runs.run_id", ondelete="CASCADE"), nullable=False,
           index=True),
    *required(NAME, "instance_name"),
    *required(String(50), "engine"),
    *required(String(16), "status"),
    Column("error_category", String(32)),
    Column("error_code", Prose),
    Column("error_message", Prose),
    Column("error_remedy", Prose),
    Column("error_retryable", Boolean),
    *required(Double, "duration_s"),
    *(Column(name, JSON, nullable=False) for name in ("counts", "held", "unmeasured", "warnings")),
)

capacity_sync_store = Table(
    "capacity_sync_store", metadata,
    Column("key", String(64), primary_key=True),
    *required(NAME, "value"),
)

capacity_sync_leases = Table(
    "capacity_sync_leases", metadata,
    Column("what", String(330), primary_key=True), *required(String(32), "mark", "born"),
    *required(String(255), "place"), *required(BigInteger, "pid", "expires_at"),
)
