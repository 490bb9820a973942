-- Those in which the login may create something.
SELECT CAST(SYS_CONTEXT('USERENV', 'CON_ID') AS NUMBER) AS con_id, t.tablespace_name, t.contents, t.status
FROM user_tablespaces t
