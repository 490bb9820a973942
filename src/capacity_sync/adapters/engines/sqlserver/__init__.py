"""SQL Server, Azure SQL and what speaks like them."""
