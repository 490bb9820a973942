-- What sparse files really occupy:
-- https://learn.microsoft.com/sql/relational-databases/system-dynamic-management-views/sys-dm-io-virtual-file-stats-transact-sql
SELECT v.database_id, SUM(v.size_on_disk_bytes) AS size_bytes
FROM sys.dm_io_virtual_file_stats(NULL, NULL) AS v
JOIN sys.databases AS d ON d.database_id = v.database_id
WHERE d.source_database_id IS NOT NULL
GROUP BY v.database_id;
