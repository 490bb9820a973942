SELECT SUM(l.bytes * l.members) AS bytes
FROM v$log l
