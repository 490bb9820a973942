-- Databases, then tables with their engines, without a column of statistics: such a column opens the table, and a
-- FEDERATED table's server with it. Only for the server's own tables, on which nothing remote depends, they are read.
SELECT CONVERT(SCHEMA_NAME USING binary), NULL, NULL, NULL
FROM information_schema.SCHEMATA
UNION ALL
SELECT CONVERT(TABLE_SCHEMA USING binary), CONVERT(TABLE_NAME USING binary), ENGINE, NULL
FROM information_schema.TABLES
WHERE TABLE_TYPE <> 'VIEW'
    AND TABLE_SCHEMA NOT IN ('information_schema', 'performance_schema')
UNION ALL
SELECT CONVERT(TABLE_SCHEMA USING binary), CONVERT(TABLE_NAME USING binary), ENGINE,
    DATA_LENGTH + COALESCE(INDEX_LENGTH, 0)
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = 'mysql' AND TABLE_TYPE <> 'VIEW' AND ENGINE <> 'InnoDB'
UNION ALL
SELECT CONVERT(TABLE_SCHEMA USING binary), CONVERT(TABLE_NAME USING binary), ENGINE,
    DATA_LENGTH + COALESCE(INDEX_LENGTH, 0)
FROM information_schema.TABLES
WHERE TABLE_SCHEMA = 'sys' AND TABLE_NAME = 'sys_config' AND TABLE_TYPE <> 'VIEW'
