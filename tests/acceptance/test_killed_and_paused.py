"""Real servers, one killed and one paused between inventory and sizes: the rest complete, and the report says which."""
import pytest
from attrs import define, field, frozen
from dependency_injector import providers

from capacity_sync import Container, Settings
from capacity_sync.adapters.engines.installed import InstalledEngines
from capacity_sync.domain.instance import Instance, PlainSecret, Timeouts
from capacity_sync.domain.outcomes import Category
from capacity_sync.domain.sync_report import Status
from tests.servers.mariadb import MariaDBServer, require_mariadb
from tests.servers.postgresql import PostgreSQLServer, require_postgresql

DEADLINE = 10.0


@frozen
class Meddling:
    """An engine's adapter before whose first measurement of an instance something happens to its server."""

    adapter: object
    happens: dict

    @property
    def traits(self):
        return self.adapter.traits

    def connect(self, instance, password):
        return Labelled(self.adapter.connect(instance, password), instance.name)

    def fetch_inventory(self, connection):
        return self.adapter.fetch_inventory(connection.inner)

    def fetch_capacity(self, connection, inventory):
        self.happens.pop(connection.name, lambda: None)()
        return self.adapter.fetch_capacity(connection.inner, inventory)


@define
class Labelled:
    inner: object
    name: str

    def close(self):
        self.inner.close()

    def sever(self):
        self.inner.sever()


@frozen
class MeddlingEngines:
    happens: dict
    installed: InstalledEngines = field(factory=InstalledEngines)

    def names(self):
        return self.installed.names()

    def adapter(self, engine):
        return Meddling(self.installed.adapter(engine), self.happens)


def on_postgresql(name, server):
    return Instance(name, "postgresql", server.host, server.port, "postgres", server.superuser,
                    PlainSecret(server.password), timeouts=Timeouts(10, 300, 600), retries=2)


def on_mariadb(name, server, deadline=600.0):
    return Instance(name, "mysql", server.host, server.port, None, server.root, PlainSecret(server.password),
                    timeouts=Timeouts(10, 300, deadline), retries=2)


@pytest.fixture(params=[4, pytest.param(60, marks=pytest.mark.measured)])
def databases(request):
    return [f"fleet_{n:02}" for n in range(request.param)]


@pytest.fixture
def servers(databases, postgresql_server, mariadb_server):
    """By instance: two that nothing happens to, one to kill, one to pause."""
    with PostgreSQLServer(require_postgresql()) as killed, MariaDBServer(require_mariadb()) as paused:
        fleet = {"pg": postgresql_server, "maria": mariadb_server, "killed": killed, "paused": paused}
        for server in fleet.values():
            for name in databases:
                server.execute(f"CREATE DATABASE {name}")
        yield fleet
        paused.resume()
    for name in databases:
        postgresql_server.execute(f"DROP DATABASE {name}")
        mariadb_server.execute(f"DROP DATABASE {name}")


def test_one_killed_and_one_paused_cost_no_other(databases, servers, tmp_path):
    happens = {"killed": servers["killed"].kill, "paused": servers["paused"].pause}
    container = Container.from_settings(Settings(f"sqlite:///{tmp_path}/store.db"))
    container.engines.override(providers.Object(MeddlingEngines(happens)))
    instances = [on_mariadb("paused", servers["paused"], DEADLINE), on_postgresql("killed", servers["killed"]),
                 on_postgresql("pg", servers["pg"]), on_mariadb("maria", servers["maria"])]
    report = container.fleet().run(instances, workers=2)
    paused, killed, pg, maria = report.instances

    assert (pg.status, maria.status, happens) == (Status.COMPLETED, Status.COMPLETED, {})
    assert {row.database_name for row in pg.capacity.databases} >= set(databases)
    assert {row.database_name for row in maria.capacity.databases} >= set(databases)

    assert (paused.status, paused.error.category, paused.duration_s) == (Status.FAILED, Category.TIMEOUT, DEADLINE)
    assert paused.error.message == "not done within 10 s, its deadline"
    assert killed.status is Status.FAILED
    assert killed.error.category in (Category.NETWORK, Category.UNAVAILABLE)
    assert killed.error.message.endswith("(tried 2 times)")
    for one in (paused, killed):
        assert set(one.inventory.active_databases) >= set(databases)
        assert {u.database_name for u in one.capacity.unmeasured} == set(one.inventory.active_databases)
        assert {u.failure.category for u in one.capacity.unmeasured} == {one.error.category}
    recorded = {one.name: one for one in container.browser().run(report.run_id).instances}
    assert {name: one.status for name, one in recorded.items()} == {one.name: one.status for one in report.instances}
    assert (recorded["paused"].error, recorded["killed"].error) == (paused.error, killed.error)
    container.storage().dispose()
