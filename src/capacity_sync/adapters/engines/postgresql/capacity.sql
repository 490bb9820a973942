-- The server's rule: CONNECT on the database or the privileges of pg_read_all_stats, else the whole statement is refused
-- (42501); https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE
-- is_allowed NULL: dropped since the statement began. size_bytes NULL though allowed: dropped, or unreadable for the server.
WITH login AS (
    SELECT pg_catalog.encode(pg_catalog.namesend(r.rolname), 'hex') AS name,
           r.rolinherit AS inherits,
           COALESCE((SELECT pg_catalog.pg_has_role(stats.oid, 'USAGE')
                     FROM pg_catalog.pg_roles AS stats
                     WHERE stats.rolname = 'pg_read_all_stats'), FALSE) AS reads_stats,
           COALESCE(pg_catalog.has_function_privilege(
               pg_catalog.to_regprocedure('pg_catalog.pg_ls_waldir()')::pg_catalog.oid, 'EXECUTE'), FALSE) AS reads_wal
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = CURRENT_USER
)
SELECT d.oid::pg_catalog.int8 AS oid,
       pg_catalog.encode(pg_catalog.namesend(d.datname), 'hex') AS name,
       rule.is_allowed,
       CASE WHEN rule.is_allowed AND %(measure)s THEN pg_catalog.pg_database_size(d.oid) END AS size_bytes,
       login.name AS login,
       login.inherits,
       login.reads_stats,
       login.reads_wal
FROM pg_catalog.pg_database AS d
CROSS JOIN login
CROSS JOIN LATERAL (
    SELECT login.reads_stats OR pg_catalog.has_database_privilege(d.oid, 'CONNECT') AS is_allowed
) AS rule
WHERE %(names)s::pg_catalog.text[] IS NULL
   OR pg_catalog.encode(pg_catalog.namesend(d.datname), 'hex') = ANY (%(names)s::pg_catalog.text[])
