-- Shows open pluggable databases only, and none in restricted mode.
SELECT t.con_id, t.tablespace_name, t.contents, t.status
FROM cdb_tablespaces t
