-- Databases and, without one, the ids that still have files: what is hidden from the login but exists.
-- A database that is OFFLINE is hidden without a word, and file rows are, without VIEW ANY DEFINITION:
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-databases-transact-sql
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-master-files-transact-sql
SELECT COALESCE(d.name, DB_NAME(f.database_id)) AS name,
       COALESCE(d.database_id, f.database_id) AS database_id,
       d.create_date,
       d.group_database_id,
       d.state_desc,
       d.source_database_id,
       d.is_distributor,
       CASE WHEN d.database_id IS NULL THEN 0 ELSE 1 END AS is_listed,
       CASE WHEN f.database_id IS NULL THEN 0 ELSE 1 END AS has_files,
       p.views_databases,
       p.views_definitions,
       p.alters_databases
FROM sys.databases AS d
FULL JOIN (SELECT DISTINCT m.database_id FROM sys.master_files AS m) AS f ON f.database_id = d.database_id
CROSS JOIN (
    SELECT HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW ANY DATABASE') AS views_databases,
           HAS_PERMS_BY_NAME(NULL, NULL, 'VIEW ANY DEFINITION') AS views_definitions,
           HAS_PERMS_BY_NAME(NULL, NULL, 'ALTER ANY DATABASE') AS alters_databases
) AS p;
