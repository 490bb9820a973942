GRANT {permission} TO {login};
