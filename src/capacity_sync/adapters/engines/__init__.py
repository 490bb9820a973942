"""One package per database engine, found by entry point, and what opens them."""
