"""Where inventories, sizes and runs are kept."""
