"""The way in for Flask: an extension, commands, and an optional blueprint."""
from capacity_sync.entrypoints.flask.blueprint import capacity_blueprint
from capacity_sync.entrypoints.flask.extension import CapacitySync
from capacity_sync.entrypoints.flask.policy import Action

__all__ = ["Action", "CapacitySync", "capacity_blueprint"]
