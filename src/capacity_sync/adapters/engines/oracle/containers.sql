SELECT c.con_id, c.name, c.open_mode, RAWTOHEX(c.guid) AS guid
FROM v$containers c
