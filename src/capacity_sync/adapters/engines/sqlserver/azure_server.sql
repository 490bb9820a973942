-- The newest sample of each database since it was created. Nobody is woken: the samples are in master.
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-resource-stats-azure-sql-database
SELECT d.name,
       d.database_id,
       d.create_date,
       d.state_desc,
       s.allocated_storage_in_megabytes,
       s.storage_in_megabytes,
       DATEDIFF(HOUR, s.end_time, GETUTCDATE()) AS age_hours
FROM sys.databases AS d
LEFT JOIN (
    SELECT r.database_name,
           r.end_time,
           r.allocated_storage_in_megabytes,
           r.storage_in_megabytes,
           ROW_NUMBER() OVER (PARTITION BY r.database_name ORDER BY r.end_time DESC, r.start_time DESC) AS newest
    FROM sys.resource_stats AS r
    JOIN sys.databases AS c ON c.name = r.database_name AND c.create_date <= r.end_time
) AS s ON s.database_name = d.name AND s.newest = 1;
