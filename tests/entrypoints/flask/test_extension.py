"""The extension and its commands."""
import json

import pytest
from dependency_injector import providers
from flask import Flask

from capacity_sync import InMemoryUnitOfWork
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.entrypoints.flask import CapacitySync
from capacity_sync.entrypoints.flask.commands import COMMANDS
from capacity_sync.legacy import collect_all_instances_database_sizes
from capacity_sync.testing.engines import ScriptedEngines, ScriptedServer
from tests.entrypoints.flask.conftest import new_app
from tests.entrypoints.legacy.conftest import HostInstance

FLEET = {"instances": [{"name": "files", "engine": "sqlite", "path": "apps"}]}


def site(app):
    return app.extensions["capacity_sync"]


def run(app, *arguments):
    return app.test_cli_runner().invoke(args=["capacity", *arguments])


def test_nothing_is_opened_by_init_app(tmp_path):
    app = Flask("host")
    app.config["CAPACITY_SYNC_STORE"] = f"sqlite:///{tmp_path}/store.db"
    CapacitySync(app)

    assert list(tmp_path.iterdir()) == []
    site(app).container.history().name_of(1)
    assert [path.name for path in tmp_path.iterdir()] == ["store.db"]


def test_one_extension_serves_several_apps_and_keeps_nothing(tmp_path):
    extension, apps = CapacitySync(), [Flask(name) for name in ("one", "two")]
    for app in apps:
        app.config.update(CAPACITY_SYNC_STORE=f"sqlite:///{tmp_path}/{app.name}.db")
        extension.init_app(app)

    assert vars(extension) == {}
    assert [site(app).container.storage().url.database for app in apps] == [
        f"{tmp_path}/one.db", f"{tmp_path}/two.db"]
    assert len({id(site(app).container.engines()) for app in apps}) == 2


def test_the_fleet_may_be_a_mapping_or_a_file_or_the_environments(tmp_path, monkeypatch):
    (tmp_path / "fleet.yaml").write_text(json.dumps({**FLEET, "timezone": "Asia/Tokyo"}))
    monkeypatch.chdir(tmp_path)
    apps = [new_app(CAPACITY_SYNC_CONFIG=FLEET), new_app(CAPACITY_SYNC_CONFIG="fleet.yaml"), new_app()]
    monkeypatch.setenv("CAPACITY_SYNC_CONFIG", str(tmp_path / "fleet.yaml"))
    apps.append(new_app())

    assert [[one.name for one in site(app).settings.instances] for app in apps] == [["files"], ["files"], [], ["files"]]
    assert [str(site(app).settings.timezone) for app in apps] == ["UTC", "Asia/Tokyo", "UTC", "Asia/Tokyo"]
    assert {site(app).settings.store_url for app in apps} == {"sqlite://"}


@pytest.mark.parametrize(("config", "told"), [
    ({"CAPACITY_SYNC_CONFIG": {"instances": [{"name": "x"}]}}, r"instances\[0\].engine: missing"),
    ({"CAPACITY_SYNC_CONFIG": "nowhere.yaml"}, "nowhere.yaml: no such file"),
    ({"CAPACITY_SYNC_STORE": "capacity.db"}, "not a database URL"),
    ({"CAPACITY_SYNC_INSTANCES": []}, "CAPACITY_SYNC_INSTANCES: expected a callable"),
], ids=["mapping", "file", "store", "instances"])
def test_a_wrong_configuration_is_refused_at_once(config, told):
    app = Flask("host")
    app.config.update({"CAPACITY_SYNC_STORE": "sqlite://", **config})

    with pytest.raises(ConfigurationRefused, match=told):
        CapacitySync(app)


def test_without_a_fleet_the_store_is_read_and_a_sync_is_refused():
    app = new_app()

    assert run(app, "sizes", "--format", "json").stdout == "[]\n"
    done = run(app, "sync")
    assert done.exit_code == 2
    assert "there is nothing to sync" in done.output
    with app.app_context(), pytest.raises(ConfigurationRefused, match="CAPACITY_SYNC_INSTANCES"):
        collect_all_instances_database_sizes()


def test_instances_may_come_from_the_host_as_values_or_as_its_objects():
    app = new_app(CAPACITY_SYNC_INSTANCES=lambda: [Instance("one", "sqlite", path="x"), HostInstance("two")])

    assert [(one.name, one.engine, one.username) for one in site(app).instances()] == [
        ("one", "sqlite", None), ("two", "mysql", "monitor")]


def test_the_commands_work_on_the_apps_own_container():
    app = new_app(CAPACITY_SYNC_INSTANCES=lambda: [Instance("orders", "scripted")])
    engines = providers.Object(ScriptedEngines.of({"orders": ScriptedServer({"shop": 4096})}))
    container = site(app).container
    container.unit_of_work.override(providers.Object(InMemoryUnitOfWork()))
    container.engines.override(engines)
    container.connections.override(engines)

    assert run(app, "sync", "--format", "json").exit_code == 0
    sizes = json.loads(run(app, "sizes", "--format", "json").stdout)
    runs = json.loads(run(app, "runs", "--format", "json").stdout)
    assert [(row["instance"], row["database_name"], row["size_bytes"]) for row in sizes] == [("orders", "shop", 4096)]
    assert [row["status"] for row in runs] == ["completed"]
    assert run(app, "check").exit_code == 0
    assert run(app, "aggregate").exit_code == 0
    assert json.loads(run(app, "report", "--by", "instance", "--format", "json").stdout)[0]["size_bytes"] == 4096
    assert run(app, "report", "--alerts").exit_code == 0


@pytest.mark.parametrize("there", [False, True], ids=["missing", "there"])
def test_a_dry_run_leaves_the_store_as_it_is(there, tmp_path):
    store = tmp_path / "capacity.db"
    app = new_app(CAPACITY_SYNC_INSTANCES=lambda: [Instance("orders", "scripted")])
    app.config["CAPACITY_SYNC_STORE"] = f"sqlite:///{store}"
    CapacitySync(app)
    engines = providers.Object(ScriptedEngines.of({"orders": ScriptedServer({"shop": 4096})}))
    site(app).container.engines.override(engines)
    site(app).container.connections.override(engines)
    if there:
        assert run(app, "sync").exit_code == 0
    before = store.read_bytes() if there else None

    done = run(app, "sync", "--dry-run", "--format", "json")

    assert done.exit_code == 0
    inventory = json.loads(done.stdout)["instances"][0]["inventory"]
    assert (inventory["created"], inventory["refreshed"]) == ((0, 1) if there else (1, 0))
    assert (store.read_bytes() if store.exists() else None) == before


def test_a_failing_sync_has_the_exit_code_of_the_command():
    app = new_app(CAPACITY_SYNC_INSTANCES=lambda: [Instance("files", "sqlite", path="/nowhere/at/all")])

    done = run(app, "sync")
    assert done.exit_code == 4
    assert "FAILED" in done.output


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_helps(command):
    done = run(new_app(), command, "--help")

    assert done.exit_code == 0
    assert f"capacity {command}" in done.output
