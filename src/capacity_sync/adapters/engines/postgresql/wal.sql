-- Needs pg_monitor: https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-GENFILE
SELECT COALESCE(pg_catalog.sum(w.size), 0)::pg_catalog.int8 AS size_bytes
FROM pg_catalog.pg_ls_waldir() AS w
WHERE w.name ~ '^[0-9A-F]{24}'
