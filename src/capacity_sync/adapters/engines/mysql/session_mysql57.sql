SET SESSION
    sql_mode = '',
    lock_wait_timeout = %(lock_s)s,
    wait_timeout = %(idle_s)s,
    max_execution_time = %(statement_ms)s
