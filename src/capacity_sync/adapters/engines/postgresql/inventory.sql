-- Every database: pg_database is shared and readable by everyone, https://www.postgresql.org/docs/current/catalog-pg-database.html
-- Names as bytes: they are in the encoding of the database in which CREATE DATABASE ran, and one that is not valid in
-- the client's encoding would fail the whole statement.
-- has_our_settings: some poolers ignore start-up options without a word.
-- datconnlimit = -2: a DROP DATABASE was interrupted, the database is invalid.
SELECT d.oid::pg_catalog.int8 AS oid,
       pg_catalog.encode(pg_catalog.namesend(d.datname), 'hex') AS name,
       d.datistemplate AS is_template,
       d.datallowconn AS allows_connections,
       d.datconnlimit = -2 AS is_invalid,
       pg_catalog.current_setting('lock_timeout') = '2s' AS has_our_settings
FROM pg_catalog.pg_database AS d
