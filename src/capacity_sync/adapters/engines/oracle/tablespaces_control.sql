-- From the control file: shows pluggable databases that are closed too. It tells what is temporary, and no more.
SELECT t.con_id, t.name AS tablespace_name,
       CASE WHEN x.ts# IS NOT NULL THEN 'TEMPORARY' END AS contents,
       CAST(NULL AS VARCHAR2(9)) AS status
FROM v$tablespace t
LEFT JOIN (SELECT con_id, ts# FROM v$tempfile GROUP BY con_id, ts#) x
  ON x.con_id = t.con_id AND x.ts# = t.ts#
