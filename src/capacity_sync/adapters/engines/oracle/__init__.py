"""Oracle Database: a database is a tablespace."""
