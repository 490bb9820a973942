-- One database of Azure SQL Database, from inside. sys.databases has master and this one.
SELECT d.name,
       d.create_date,
       f.rows_bytes,
       f.log_bytes,
       f.max_bytes,
       f.unbounded_files,
       f.unknown_files
FROM sys.databases AS d
CROSS JOIN (
    SELECT SUM(CASE WHEN m.type IN (0, 2, 4) THEN CAST(m.size AS BIGINT) ELSE 0 END) * 8192 AS rows_bytes,
           SUM(CASE WHEN m.type = 1 THEN CAST(m.size AS BIGINT) ELSE 0 END) * 8192 AS log_bytes,
           SUM(CASE WHEN m.type NOT IN (0, 2, 4) THEN 0
                    WHEN m.growth = 0 OR m.max_size < m.size THEN CAST(m.size AS BIGINT)
                    ELSE CAST(m.max_size AS BIGINT) END) * 8192 AS max_bytes,
           SUM(CASE WHEN m.type IN (0, 2, 4) AND m.max_size = -1 AND m.growth <> 0 THEN 1 ELSE 0 END) AS unbounded_files,
           SUM(CASE WHEN m.size IS NULL THEN 1 ELSE 0 END) AS unknown_files
    FROM sys.database_files AS m
    WHERE m.state <> 7
) AS f
WHERE d.name = DB_NAME();
