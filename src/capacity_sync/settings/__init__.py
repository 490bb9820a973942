"""`fleet.yaml` as validated values: flag before environment before file before default."""
from capacity_sync.settings.fleet import CONFIG_VARIABLE, DEFAULT_CONFIG, STORE_VARIABLE, Settings

__all__ = ["CONFIG_VARIABLE", "DEFAULT_CONFIG", "STORE_VARIABLE", "Settings"]
