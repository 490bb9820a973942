GRANT {privilege} ON *.* TO {account}
