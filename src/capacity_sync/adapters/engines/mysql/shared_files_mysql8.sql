-- The one tablespace that the view leaves out: https://github.com/mysql/mysql-server/pull/256
SELECT TOTAL_EXTENTS * EXTENT_SIZE
FROM information_schema.FILES
WHERE TABLESPACE_NAME = 'innodb_system'
