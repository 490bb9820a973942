-- With those of active roles and of PUBLIC, which USER_PRIVILEGES lacks. MariaDB's answer holds the password's hash.
SHOW GRANTS
