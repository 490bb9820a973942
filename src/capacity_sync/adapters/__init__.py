"""The outside world: each package implements ports; none imports another."""
