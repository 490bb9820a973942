CREATE TABLE IF NOT EXISTS entries (id INTEGER PRIMARY KEY, content BLOB NOT NULL);
INSERT INTO entries (content)
WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < :rows)
SELECT zeroblob(1024) FROM counted;
