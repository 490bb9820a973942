"""The extension: one site per app, kept in `app.extensions` and nowhere else."""
import os
from collections.abc import Mapping

from flask import Flask

from capacity_sync.container import Container
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.entrypoints.flask.commands import capacity_commands
from capacity_sync.entrypoints.site import EXTENSION, Site
from capacity_sync.settings import CONFIG_VARIABLE, STORE_VARIABLE, Settings

INSTANCES = "CAPACITY_SYNC_INSTANCES"


class CapacitySync:
    """`CapacitySync(app)`, or `init_app(app)` for any number of apps. Keeps nothing itself and opens nothing.

    Keys of `app.config`, before the environment's: `CAPACITY_SYNC_CONFIG`: a path, or a mapping shaped like
    fleet.yaml; `CAPACITY_SYNC_STORE`: a URL; `CAPACITY_SYNC_INSTANCES`: a callable that gives the instances, for
    hosts that keep them themselves. Raises: ConfigurationRefused: with all mistakes, one line each.
    """

    def __init__(self, app: Flask | None = None) -> None:
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        settings, hosted = _settings(app), app.config.get(INSTANCES)
        if hosted is not None and not callable(hosted):
            raise ConfigurationRefused(f"{INSTANCES}: expected a callable that gives instances")
        for warning in settings.warnings:
            app.logger.warning(warning)
        app.extensions[EXTENSION] = Site(settings, Container.from_settings(settings), hosted)
        app.cli.add_command(capacity_commands())


def _settings(app: Flask) -> Settings:
    """Relative paths in a mapping start, like those in variables, at the working directory."""
    config = app.config.get(CONFIG_VARIABLE) or os.environ.get(CONFIG_VARIABLE)
    store = app.config.get(STORE_VARIABLE)
    if config is None:
        return Settings.of_store(store)
    return Settings.from_mapping(config, store=store) if isinstance(config, Mapping) else Settings.load(config, store)
