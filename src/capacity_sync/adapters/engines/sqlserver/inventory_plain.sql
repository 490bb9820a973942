-- Where there is no sys.master_files (Azure SQL Database), or nothing in it (Babelfish).
SELECT d.name,
       d.database_id,
       d.create_date,
       d.group_database_id,
       d.state_desc,
       d.source_database_id,
       d.is_distributor,
       1 AS is_listed,
       0 AS has_files,
       CAST(NULL AS INT) AS views_databases,
       CAST(NULL AS INT) AS views_definitions,
       CAST(NULL AS INT) AS alters_databases
FROM sys.databases AS d;
