-- Reading this view opens every table of InnoDB's dictionary, and so every file, those of FULLTEXT indexes too.
SELECT COUNT(*)
FROM information_schema.INNODB_SYS_TABLESTATS
