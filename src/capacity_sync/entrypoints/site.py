"""Where the package is at work: a container, and the instances it syncs. One per Flask app, or per environment."""
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from attrs import frozen

from capacity_sync.container import Container
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.entrypoints.hosts import Adoption
from capacity_sync.settings import CONFIG_VARIABLE, DEFAULT_CONFIG, STORE_VARIABLE, Settings

NO_FLEET = ("there is nothing to sync: neither a fleet file nor CAPACITY_SYNC_INSTANCES names instances, and the store "
            "keeps no credentials")
EXTENSION = "capacity_sync"


@frozen
class Site:
    """`hosted` gives the instances that the host application keeps; without it they are those of the settings."""

    settings: Settings
    container: Container
    hosted: Callable[[], Iterable[Any]] | None = None

    def given(self) -> Sequence[Any]:
        """What is to be synced: `Instance` values, or objects of the host.

        Raises: ConfigurationRefused: there is no source of instances.
        """
        if self.hosted is not None:
            return list(self.hosted())
        if not self.settings.instances:
            raise ConfigurationRefused(NO_FLEET)
        return self.settings.instances

    def instances(self) -> list[Instance]:
        """The same, all as values. Raises: EngineError: one of the host's objects cannot be taken."""
        return [self._adoption.instance(one) for one in self.given()]

    def instance(self, name: str) -> Instance | None:
        """The one of that name, whatever is wrong with the others."""
        found = next((one for one in self.given() if one.name == name), None)
        return None if found is None else self._adoption.instance(found)

    @property
    def _adoption(self) -> Adoption:
        return Adoption(self.container.engines(), self.settings.defaults)


def current_site() -> Site:
    """That of the current Flask app's extension, if there is one, else of the environment. Imports no Flask."""
    flask = sys.modules.get("flask")
    if flask is not None and flask.has_app_context():
        site = flask.current_app.extensions.get(EXTENSION)
        if isinstance(site, Site):
            return site
    return _of_environment(os.environ.get(CONFIG_VARIABLE), os.environ.get(STORE_VARIABLE), os.getcwd())


@cache
def _of_environment(config: str | None, store: str | None, folder: str) -> Site:
    """Made once per process and environment: its store keeps its connections."""
    settings = Settings.load() if config or os.path.exists(DEFAULT_CONFIG) else Settings.of_store()
    return Site(settings, Container.from_settings(settings))
