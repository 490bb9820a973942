GRANT {role} TO {login};
