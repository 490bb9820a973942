-- BYTES is 0 for a file that cannot be read: https://docs.oracle.com/database/122/REFRN/V-DATAFILE.htm
SELECT t.con_id, t.name AS tablespace_name, CAST(NULL AS VARCHAR2(30)) AS contents,
       f.files, f.unknown_files, f.bytes, CAST(NULL AS NUMBER) AS max_bytes
FROM v$tablespace t
JOIN (SELECT con_id, ts#, COUNT(*) AS files,
             SUM(CASE WHEN bytes > 0 THEN 0 ELSE 1 END) AS unknown_files,
             SUM(bytes) AS bytes
      FROM v$datafile
      GROUP BY con_id, ts#) f
  ON f.con_id = t.con_id AND f.ts# = t.ts#
