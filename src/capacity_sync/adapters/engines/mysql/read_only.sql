-- The one spelling that every version knows: the variable's name changed in MySQL 5.7.20 and MariaDB 11.1.
SET SESSION TRANSACTION READ ONLY
