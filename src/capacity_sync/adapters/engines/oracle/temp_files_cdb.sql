-- BYTES is NULL for a file that is offline or cannot be read; MAXBYTES is 0 for one that does not extend itself, and may
-- be less than BYTES after a resize.
SELECT t.con_id, t.tablespace_name, t.contents, f.files, f.unknown_files, f.bytes, f.max_bytes
FROM cdb_tablespaces t
LEFT JOIN (SELECT con_id, tablespace_name, COUNT(*) AS files,
                  SUM(CASE WHEN bytes > 0 THEN 0 ELSE 1 END) AS unknown_files,
                  SUM(bytes) AS bytes,
                  SUM(CASE WHEN autoextensible = 'YES' AND maxbytes > bytes THEN maxbytes ELSE bytes END) AS max_bytes
           FROM cdb_temp_files
           GROUP BY con_id, tablespace_name) f
  ON f.con_id = t.con_id AND f.tablespace_name = t.tablespace_name
WHERE t.contents = 'TEMPORARY'
