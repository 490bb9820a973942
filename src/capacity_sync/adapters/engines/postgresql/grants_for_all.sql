GRANT {sizes} TO {login};
GRANT {wal} TO {login}; -- only for the size of the WAL
