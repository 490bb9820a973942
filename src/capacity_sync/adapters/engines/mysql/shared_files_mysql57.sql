-- The view leaves out the system tablespace, undo and temporary files.
-- https://dev.mysql.com/doc/refman/5.7/en/information-schema-files-table.html
SELECT TOTAL_EXTENTS * EXTENT_SIZE
FROM information_schema.FILES
WHERE TABLESPACE_NAME = 'innodb_system' OR FILE_TYPE IN ('TEMPORARY', 'UNDO LOG')
