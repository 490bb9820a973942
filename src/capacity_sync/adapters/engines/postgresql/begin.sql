-- Behind a pooler: everything ends with the transaction, so that the next client of the server's session inherits nothing.
BEGIN READ ONLY;
SET LOCAL statement_timeout = %(statement_timeout)s;
SET LOCAL lock_timeout = '2s';
SET LOCAL idle_in_transaction_session_timeout = '60s';
SET LOCAL application_name = 'capacity-sync';
SET LOCAL search_path = pg_catalog;
SET LOCAL client_encoding = 'SQL_ASCII'
