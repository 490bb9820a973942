GRANT SELECT ON sys.{view} TO {user}
