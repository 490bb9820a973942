-- The dictionary is complete, the files are those that were opened since the server started: what the second lacks of
-- the first is missing. The dictionary is read first, so that a table dropped meanwhile is all that can be missing.
-- https://mariadb.com/kb/en/information-schema-innodb_sys_tablespaces-table/
SELECT 'dictionary', SPACE, CONVERT(NAME USING binary), NULL
FROM information_schema.INNODB_SYS_TABLES
UNION ALL
SELECT 'file', SPACE, CONVERT(NAME USING binary), FILE_SIZE
FROM information_schema.INNODB_SYS_TABLESPACES
UNION ALL
SELECT 'redo', NULL, NULL, @@innodb_log_file_size
