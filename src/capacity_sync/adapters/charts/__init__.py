"""Pictures of growth."""
