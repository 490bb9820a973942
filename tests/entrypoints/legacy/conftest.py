"""A host application's instances over scripted servers that have the traits of the real engines."""
from datetime import UTC, datetime

import pytest
from attrs import Factory, define
from dependency_injector import providers

from capacity_sync import Container, Settings
from capacity_sync.adapters.engines.installed import InstalledEngines
from capacity_sync.domain.stamp import Stamp
from capacity_sync.legacy import DatabaseSizeCollectorService
from capacity_sync.testing.engines import ScriptedAdapter, ScriptedEngines, ScriptedServer

ENGINES = ("mysql", "oracle", "postgresql", "sqlserver")
EVENING = datetime(2026, 3, 1, 19, 30, tzinfo=UTC)
"""Already the next day in Shanghai."""


@define
class Credential:
    username: str = "monitor"
    secret: str = "hunter2"

    def get_plain_password(self):
        return self.secret


@define
class HostInstance:
    """What the host's model looks like to us: attributes, and more than are needed."""

    name: str = "orders"
    db_type: str = "mysql"
    id: int = 7
    host: str = "db1"
    port: int | None = 3306
    database_name: str | None = None
    main_version: str | None = "8.0"
    is_active: bool = True
    credential: Credential | None = Factory(Credential)
    environment: str = "production"


@define
class HandClock:
    now: datetime = EVENING
    readings: int = 0

    def stamp(self):
        self.readings += 1
        return Stamp.of(self.now, UTC)

    def monotonic(self):
        return 0.0


@define
class Legacy:
    """One container, and whatever servers a test puts behind it."""

    container: Container
    servers: dict[str, ScriptedServer] = Factory(dict)
    clock: HandClock = Factory(HandClock)

    def server(self, name="orders", **more):
        return self.servers.setdefault(name, ScriptedServer(**more))

    def service(self, **attributes):
        return DatabaseSizeCollectorService(HostInstance(**attributes), container=self.container)

    def sizes(self, day):
        """The size rows of `orders` on *day*, by name."""
        with self.container.unit_of_work() as work:
            return {row.database_name: row for row in work.sizes.of_day(work.instances.ids()["orders"], day)}

    def total(self, day):
        with self.container.unit_of_work() as work:
            return work.sizes.total(work.instances.ids()["orders"], day)

    def active(self):
        return [row.database.name for row in self.container.browser().databases()]


@pytest.fixture
def settings(tmp_path):
    return {"store": f"sqlite:///{tmp_path}/store.db"}


@pytest.fixture
def legacy(settings):
    container = Container.from_settings(Settings.from_mapping(settings, environ={}))
    world = Legacy(container)
    engines = providers.Object(ScriptedEngines(
        ScriptedAdapter(world.servers, InstalledEngines().adapter(name).traits) for name in ENGINES))
    with (container.engines.override(engines), container.connections.override(engines),
          container.clock.override(providers.Object(world.clock))):
        yield world
