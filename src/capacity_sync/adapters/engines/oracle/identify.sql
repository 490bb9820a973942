-- CON_ID: 0 outside of a container database, 1 in its root, 3 and more in a pluggable database.
-- No other parameter of USERENV is asked for: one that a version lacks is ORA-02003.
SELECT CAST(SYS_CONTEXT('USERENV', 'CON_ID') AS NUMBER) AS con_id,
       SYS_CONTEXT('USERENV', 'SESSION_USER') AS login
FROM dual
