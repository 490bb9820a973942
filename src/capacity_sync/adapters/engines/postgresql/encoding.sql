SET client_encoding = 'SQL_ASCII'
