-- Bytes: a folder of the data directory can be shown under a name that is not valid UTF-8.
SELECT CONVERT(SCHEMA_NAME USING binary)
FROM information_schema.SCHEMATA
