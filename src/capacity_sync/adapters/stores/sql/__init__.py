"""The store in SQL: SQLAlchemy Core over SQLite, PostgreSQL and MySQL/MariaDB."""
