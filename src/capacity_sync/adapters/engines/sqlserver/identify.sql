-- 'Babelfish' is known to Babelfish alone, which else says to be a Standard edition:
-- https://babelfishpg.org/docs/usage/check-version/
-- The values are of type sql_variant, which drivers return inconsistently.
SELECT CAST(SERVERPROPERTY('EngineEdition') AS INT) AS engine_edition,
       CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(128)) AS product_version,
       CAST(SERVERPROPERTY('Babelfish') AS INT) AS babelfish,
       DB_NAME() AS current_database;
