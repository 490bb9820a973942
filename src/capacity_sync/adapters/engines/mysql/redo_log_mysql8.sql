SHOW GLOBAL STATUS LIKE 'Innodb_redo_log_physical_size'
