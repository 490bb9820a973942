-- Sizes are ints of 8-KB pages: cast before any arithmetic, or 16 TB overflow.
-- tempdb is as large as its own catalog says: sys.master_files has what it starts with.
-- File types: 0 rows, 1 log, 2 FILESTREAM and memory-optimized (their size is 0 here), 4 full-text. State 7: defunct.
-- What is hidden from the login but has files is measured too, where its name is told: as in inventory.sql.
-- A container of type 2 has no growth and grows; max_size -1: until the disk is full.
-- https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-master-files-transact-sql
SELECT COALESCE(d.name, DB_NAME(f.database_id)) AS name,
       COALESCE(d.database_id, f.database_id) AS database_id,
       d.create_date,
       d.group_database_id,
       d.state_desc,
       d.source_database_id,
       d.is_distributor,
       f.data_files,
       f.rows_bytes,
       f.filestream_bytes,
       f.log_bytes,
       f.max_bytes,
       f.unbounded_files,
       f.unknown_files,
       f.unsized_containers,
       CASE WHEN f.unsized_containers > 0 AND d.state = 0 THEN HAS_DBACCESS(d.name) END AS has_access
FROM sys.databases AS d
FULL JOIN (
    SELECT m.database_id,
           SUM(CASE WHEN m.type IN (0, 4) THEN 1 ELSE 0 END) AS data_files,
           SUM(CASE WHEN m.type IN (0, 4) THEN CAST(m.size AS BIGINT) ELSE 0 END) * 8192 AS rows_bytes,
           SUM(CASE WHEN m.type = 2 THEN CAST(m.size AS BIGINT) ELSE 0 END) * 8192 AS filestream_bytes,
           SUM(CASE WHEN m.type = 1 THEN CAST(m.size AS BIGINT) ELSE 0 END) * 8192 AS log_bytes,
           SUM(CASE WHEN m.type NOT IN (0, 2, 4) THEN 0
                    WHEN (m.growth = 0 AND m.type <> 2) OR m.max_size < m.size THEN CAST(m.size AS BIGINT)
                    ELSE CAST(m.max_size AS BIGINT) END) * 8192 AS max_bytes,
           SUM(CASE WHEN m.type IN (0, 4) AND m.max_size = -1 AND m.growth <> 0 THEN 1
                    WHEN m.type = 2 AND m.max_size = -1 THEN 1 ELSE 0 END) AS unbounded_files,
           SUM(CASE WHEN m.size IS NULL THEN 1 ELSE 0 END) AS unknown_files,
           SUM(CASE WHEN m.type = 2 AND m.size = 0 THEN 1 ELSE 0 END) AS unsized_containers
    FROM (
        SELECT s.database_id, s.type, s.state, s.size, s.max_size, s.growth
        FROM sys.master_files AS s
        WHERE s.database_id <> 2
        UNION ALL
        SELECT 2 AS database_id, t.type, t.state, t.size, t.max_size, t.growth
        FROM tempdb.sys.database_files AS t
    ) AS m
    WHERE m.state <> 7
    GROUP BY m.database_id
) AS f ON f.database_id = d.database_id;
