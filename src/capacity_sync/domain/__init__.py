"""Values and rules. Imports nothing but the standard library and attrs."""
