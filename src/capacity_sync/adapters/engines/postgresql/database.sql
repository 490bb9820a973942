SELECT pg_catalog.pg_database_size(%(oid)s::pg_catalog.oid) AS size_bytes
