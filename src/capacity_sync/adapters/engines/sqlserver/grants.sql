GRANT VIEW ANY DATABASE TO {login}; -- every database's name; PUBLIC has it unless it was revoked
GRANT VIEW ANY DEFINITION TO {login}; -- every database's files, hence its size
GRANT VIEW SERVER STATE TO {login}; -- only where there are database snapshots: what they really occupy
GRANT CONNECT ANY DATABASE TO {login}; -- only for FILESTREAM and memory-optimized data, SQL Server 2014 and newer
