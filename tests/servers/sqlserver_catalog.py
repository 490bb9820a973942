"""SQL Server's catalog views as Microsoft documents them, and how its SQL differs from DuckDB's.

Versions are major numbers: 12 is 2014, 13 2016, 14 2017, 15 2019, 16 2022, 17 2025.
"""
from sqlglot import exp

from tests.servers.catalog import Dialect, View

VIEWS = "https://learn.microsoft.com/sql/relational-databases/system-catalog-views/"
DMVS = "https://learn.microsoft.com/sql/relational-databases/system-dynamic-management-views/"
OLDEST = 12


def _columns(text: str) -> dict[str, str]:
    """`name type` pairs, one per comma."""
    return dict(pair.split() for pair in text.replace("\n", " ").split(","))


_FILE = """
    file_id int, file_guid uniqueidentifier, type tinyint, type_desc nvarchar(60), data_space_id int, name sysname,
    physical_name nvarchar(260), state tinyint, state_desc nvarchar(60), size int, max_size int, growth int,
    is_media_read_only bit, is_read_only bit, is_sparse bit, is_percent_growth bit, is_name_reserved bit,
    create_lsn numeric, drop_lsn numeric, read_only_lsn numeric, read_write_lsn numeric, differential_base_lsn numeric,
    differential_base_guid uniqueidentifier, differential_base_time datetime, redo_start_lsn numeric,
    redo_start_fork_guid uniqueidentifier, redo_target_lsn numeric, redo_target_fork_guid uniqueidentifier,
    backup_lsn numeric"""

DATABASES = View("sys.databases", VIEWS + "sys-databases-transact-sql", _columns("""
    name sysname, database_id int, source_database_id int, owner_sid varbinary, create_date datetime,
    compatibility_level tinyint, collation_name sysname, user_access tinyint, user_access_desc nvarchar(60),
    is_read_only bit, is_auto_close_on bit, is_auto_shrink_on bit, state tinyint, state_desc nvarchar(60),
    is_in_standby bit, is_cleanly_shutdown bit, is_supplemental_logging_enabled bit, snapshot_isolation_state tinyint,
    snapshot_isolation_state_desc nvarchar(60), is_read_committed_snapshot_on bit, recovery_model tinyint,
    recovery_model_desc nvarchar(60), page_verify_option tinyint, page_verify_option_desc nvarchar(60),
    is_fulltext_enabled bit, is_trustworthy_on bit, is_db_chaining_on bit, is_parameterization_forced bit,
    is_master_key_encrypted_by_server bit, is_query_store_on bit, is_published bit, is_subscribed bit,
    is_merge_published bit, is_distributor bit, is_sync_with_backup bit, service_broker_guid uniqueidentifier,
    is_broker_enabled bit, log_reuse_wait tinyint, log_reuse_wait_desc nvarchar(60), is_date_correlation_on bit,
    is_cdc_enabled bit, is_encrypted bit, is_honor_broker_priority_on bit, replica_id uniqueidentifier,
    group_database_id uniqueidentifier, resource_pool_id int, default_language_lcid smallint, containment tinyint,
    containment_desc nvarchar(60), target_recovery_time_in_seconds int, delayed_durability int,
    is_memory_optimized_elevate_to_snapshot_on bit, is_remote_data_archive_enabled bit, is_mixed_page_allocation_on bit,
    is_temporal_history_retention_enabled bit, catalog_collation_type int, physical_database_name nvarchar(128),
    is_result_set_caching_on bit, is_accelerated_database_recovery_on bit, is_tempdb_spill_to_remote_store bit,
    is_memory_optimized_enabled bit, is_ledger_on bit"""), since={
        "is_query_store_on": 13, "is_remote_data_archive_enabled": 13, "is_mixed_page_allocation_on": 13,
        "is_temporal_history_retention_enabled": 14, "catalog_collation_type": 15, "physical_database_name": 15,
        "is_result_set_caching_on": 15, "is_accelerated_database_recovery_on": 15,
        "is_tempdb_spill_to_remote_store": 15, "is_memory_optimized_enabled": 15, "is_ledger_on": 16,
    })
MASTER_FILES = View("sys.master_files", VIEWS + "sys-master-files-transact-sql",
                    _columns(f"database_id int, {_FILE}, credential_id int"))
TEMPDB_FILES = View("tempdb.sys.database_files", VIEWS + "sys-database-files-transact-sql", _columns(_FILE))
OWN_FILES = View("sys.database_files", TEMPDB_FILES.source, TEMPDB_FILES.columns)
FILE_STATS = View("sys.virtual_file_stats", DMVS + "sys-dm-io-virtual-file-stats-transact-sql", _columns("""
    database_id smallint, file_id smallint, sample_ms bigint, num_of_reads bigint, num_of_bytes_read bigint,
    io_stall_read_ms bigint, num_of_writes bigint, num_of_bytes_written bigint, io_stall_write_ms bigint,
    io_stall bigint, size_on_disk_bytes bigint, file_handle varbinary, io_stall_queued_read_ms bigint,
    io_stall_queued_write_ms bigint"""))
RESOURCE_STATS = View("sys.resource_stats", VIEWS + "sys-resource-stats-azure-sql-database", _columns("""
    start_time datetime, end_time datetime, database_name nvarchar(128), sku nvarchar(128), storage_in_megabytes float,
    avg_cpu_percent numeric, avg_data_io_percent numeric, avg_log_write_percent numeric, max_worker_percent numeric,
    max_session_percent numeric, dtu_limit int, xtp_storage_percent numeric, avg_login_rate_percent numeric,
    avg_instance_cpu_percent numeric, avg_instance_memory_percent numeric, cpu_limit numeric,
    allocated_storage_in_megabytes float"""))

EMULATION = [
    View("emulation.properties", "SERVERPROPERTY", {"name": "nvarchar(128)", "value": "nvarchar(128)"}),
    View("emulation.permissions", "HAS_PERMS_BY_NAME", {"name": "nvarchar(128)", "effective": "int"}),
    View("emulation.access", "HAS_DBACCESS and DB_NAME", {
        "name": "nvarchar(128)", "database_id": "int", "has_access": "int", "is_named": "bit"}),
]
"""What functions look up."""


def database_files(database: str) -> View:
    """`sys.database_files` as seen from another database."""
    return View((database, "sys", "database_files"), TEMPDB_FILES.source, TEMPDB_FILES.columns)


_BIGINTS = {column for column, kind in FILE_STATS.columns.items() if kind == "bigint"}


def _rewritten(node: exp.Expression) -> exp.Expression:
    match node:
        case exp.National():
            return exp.Literal.string(node.this)
        case exp.DataType(this=exp.DataType.Type.BIT):
            return exp.DataType.build("boolean")
        case exp.Sum():
            inner = node.this.transform(_rewritten)
            return exp.cast(exp.Sum(this=inner), _type_of_sum(inner), dialect="duckdb")
        case exp.Anonymous() if node.name.upper() == "DB_NAME" and not node.expressions:
            return exp.Anonymous(this="CURRENT_DB_NAME")
        case _:
            return node


def _type_of_sum(summed: exp.Expression) -> str:
    """SUM of ints is an int, and overflows as one: https://learn.microsoft.com/sql/t-sql/functions/sum-transact-sql"""
    is_long = (any(cast.to.is_type("bigint") for cast in summed.find_all(exp.Cast))
               or any(column.name.lower() in _BIGINTS for column in summed.find_all(exp.Column)))
    return "BIGINT" if is_long else "INTEGER"


TSQL = Dialect("tsql", {
    "bigint": "BIGINT", "int": "INTEGER", "smallint": "SMALLINT", "tinyint": "UTINYINT", "bit": "BOOLEAN",
    "float": "DOUBLE", "numeric": "DECIMAL(38, 6)", "nvarchar": "VARCHAR", "sysname": "VARCHAR", "varbinary": "BLOB",
    "datetime": "TIMESTAMP", "uniqueidentifier": "UUID",
}, _rewritten, (
    "CREATE MACRO SERVERPROPERTY(p) AS (SELECT e.value FROM emulation.properties AS e WHERE e.name = p)",
    "CREATE MACRO HAS_PERMS_BY_NAME(s, c, p) AS (SELECT e.effective FROM emulation.permissions AS e WHERE e.name = p)",
    "CREATE MACRO HAS_DBACCESS(n) AS (SELECT e.has_access FROM emulation.access AS e WHERE e.name = n)",
    "CREATE MACRO DB_NAME(i) AS (SELECT e.name FROM emulation.access AS e WHERE e.database_id = i AND e.is_named)",
    "CREATE MACRO CURRENT_DB_NAME() AS getvariable('current_database')",
    "CREATE MACRO GETUTCDATE() AS now() AT TIME ZONE 'UTC'",
    "CREATE MACRO sys.DM_IO_VIRTUAL_FILE_STATS(d, f) AS TABLE SELECT v.* FROM sys.virtual_file_stats AS v "
    "WHERE (d IS NULL OR v.database_id = d) AND (f IS NULL OR v.file_id = f)",
))
WIRE_TYPES = {
    "BIGINT": "bigint", "INTEGER": "int", "SMALLINT": "smallint", "UTINYINT": "tinyint", "BOOLEAN": "bit",
    "DOUBLE": "float", "VARCHAR": "nvarchar", "TIMESTAMP": "datetime", "UUID": "uniqueidentifier",
}
"""What DuckDB's types are on the wire."""
