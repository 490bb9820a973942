"""Flask apps over a store in memory and scripted servers."""
from collections.abc import Mapping

import pytest
from attrs import Factory, define
from dependency_injector import providers
from flask import Flask

from capacity_sync import InMemoryUnitOfWork
from capacity_sync.domain.instance import Instance
from capacity_sync.entrypoints.flask import CapacitySync, capacity_blueprint
from capacity_sync.testing.engines import ScriptedEngines, ScriptedServer

API = "/api/v1"
WRITING = {"X-Requested-With": "tests"}


@define
class Hosted:
    """An app, its container's ports replaced, and what stands behind them."""

    app: Flask
    servers: dict[str, ScriptedServer] = Factory(dict)
    store: InMemoryUnitOfWork = Factory(InMemoryUnitOfWork)

    def __attrs_post_init__(self):
        container, engines = self.container, providers.Object(ScriptedEngines.of(self.servers))
        container.unit_of_work.override(providers.Object(self.store))
        container.engines.override(engines)
        container.connections.override(engines)

    @property
    def container(self):
        return self.app.extensions["capacity_sync"].container

    def instances(self):
        return [Instance(name, "scripted") for name in self.servers]

    def sync(self):
        return self.container.fleet().run(self.instances())

    def get(self, path, **query):
        return self.app.test_client().get(f"{API}{path}", query_string=query or None)

    def post(self, path, headers: Mapping[str, str] = WRITING, **options):
        return self.app.test_client().post(f"{API}{path}", headers=headers, **{"json": {}, **options})


def new_app(**config):
    app = Flask("host")
    app.config.update(TESTING=True, CAPACITY_SYNC_STORE="sqlite://", **config)
    CapacitySync(app)
    return app


def new_host():
    """Two instances that both have a database `shop`, synced once, in an app that allows everything."""
    found = []
    app = new_app(CAPACITY_SYNC_INSTANCES=lambda: found[0].instances())
    app.register_blueprint(capacity_blueprint(authorise=lambda action: True))
    hosted = Hosted(app, {name: ScriptedServer({"shop": 3 << 20, "audit": 1}) for name in ("orders", "billing")})
    found.append(hosted)
    hosted.sync()
    return hosted


@pytest.fixture
def hosted(_no_environment):
    return new_host()


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    for name in ("CAPACITY_SYNC_CONFIG", "CAPACITY_SYNC_STORE"):
        monkeypatch.delenv(name, raising=False)
