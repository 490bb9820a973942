GRANT CREATE SESSION TO {user}
GRANT SELECT ON sys.cdb_tablespaces TO {user}
GRANT SELECT ON sys.cdb_data_files TO {user}
GRANT SELECT ON sys.cdb_temp_files TO {user}
GRANT SELECT ON sys.v_$containers TO {user}
GRANT SELECT ON sys.v_$tablespace TO {user}
GRANT SELECT ON sys.v_$datafile TO {user}
GRANT SELECT ON sys.v_$tempfile TO {user}
GRANT SELECT ON sys.v_$log TO {user}
ALTER USER {user} SET CONTAINER_DATA=ALL CONTAINER=CURRENT
