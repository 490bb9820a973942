"""SQLite: files in a directory or under a glob."""
