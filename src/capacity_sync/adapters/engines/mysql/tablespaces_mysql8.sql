-- Names are decoded here: https://dev.mysql.com/worklog/task/?id=10436
SELECT 'file', SPACE, CONVERT(NAME USING binary), FILE_SIZE
FROM information_schema.INNODB_TABLESPACES
