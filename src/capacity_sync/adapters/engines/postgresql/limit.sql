SET statement_timeout = %(statement_timeout)s
