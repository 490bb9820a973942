-- Inside the database the size of a FILESTREAM or memory-optimized container is what it uses:
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-database-files-transact-sql
SELECT SUM(CAST(f.size AS BIGINT)) * 8192 AS size_bytes
FROM {database}.sys.database_files AS f
WHERE f.type = 2 AND f.state <> 7;
