GRANT {role} TO {login};
ALTER ROLE {login} INHERIT;
