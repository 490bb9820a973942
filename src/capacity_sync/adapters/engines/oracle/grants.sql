GRANT CREATE SESSION TO {user}
GRANT SELECT ON sys.dba_tablespaces TO {user}
GRANT SELECT ON sys.dba_data_files TO {user}
GRANT SELECT ON sys.dba_temp_files TO {user}
GRANT SELECT ON sys.v_$log TO {user}
