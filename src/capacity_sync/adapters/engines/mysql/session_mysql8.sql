SET SESSION
    sql_mode = '',
    lock_wait_timeout = %(lock_s)s,
    wait_timeout = %(idle_s)s,
    max_execution_time = %(statement_ms)s,
    information_schema_stats_expiry = 0
