"""What the application does. Frozen classes over ports; each returns domain values."""
