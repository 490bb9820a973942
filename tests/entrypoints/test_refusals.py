"""What a new user gets wrong: one line that names the thing and the way out, exit 2, no traceback."""
import os
import sqlite3
import tempfile
from contextlib import closing

import pytest

from capacity_sync.testing.engines import ScriptedServer
from capacity_sync.use_cases.fleet import FleetSync
from tests.stores.test_opening import as_nobody

FLEET = "instances:\n- {{name: a, engine: {engine}, host: h, password: {{env: NOT_SET_HERE}}}}\n"


def refused(desk, *arguments, env=None):
    """The lines on stderr; nothing on stdout."""
    answer = desk(*arguments, env=env)
    assert (answer.code, answer.out) == (2, "")
    return answer.err.splitlines()


@pytest.mark.parametrize("command", ["sync", "check"])
def test_a_missing_fleet_file(desk, command):
    assert refused(desk, command) == [
        "fleet.yaml: no such file; write one (see README, Configuration) or name another with --config"]


@pytest.mark.parametrize("command", [["sync"], ["check"], ["sizes"], ["inventory"], ["runs"], ["store", "check"]])
def test_a_named_fleet_file_that_is_not_there_even_where_none_is_needed(desk, command):
    assert refused(desk, "--config", "nope.yaml", *command)[0].startswith("nope.yaml: no such file")
    assert refused(desk, *command, env={"CAPACITY_SYNC_CONFIG": "x.yaml"})[0].startswith("x.yaml: no such file")


def test_all_mistakes_of_the_file_a_line_each(desk):
    desk.fleet("instances:\n- {name: a, engine: scripted, host: 10, prot: 1}\n- {name: a, engine: scrpted, host: h}")

    lines = refused(desk, "sync")
    assert [line.partition(" installed: ")[0] for line in lines] == [
        "fleet.yaml:2: instances[0].host: expected text, got a number; put it in quotes",
        'fleet.yaml:2: instances[0].prot: unknown key; did you mean "port"?',
        'fleet.yaml:3: instances[1].engine: unknown engine "scrpted"; did you mean "scripted"?',
        'fleet.yaml:3: instances[1].name: "a" is already the name of instances[0]; names are unique',
    ]
    assert " installed: mysql, " in lines[2]


@pytest.mark.parametrize("command", ["sync", "check"])
def test_a_missing_environment_variable(desk, command):
    desk.fleet(FLEET.format(engine="scripted"))

    assert refused(desk, command) == [
        "fleet.yaml:2: instances[0].password: the environment variable NOT_SET_HERE is not set; "
        'instance "a" takes its password from it']


@pytest.mark.parametrize("command", ["sync", "check"])
def test_a_name_that_is_not_in_the_fleet(desk, command):
    desk.serve(orders=ScriptedServer())

    assert refused(desk, command, "ordres") == [
        'fleet.yaml: no instance "ordres" in the fleet; did you mean "orders"?']


def test_a_fleet_without_instances(desk):
    desk.fleet("store: sqlite:///x.db")

    assert refused(desk, "sync") == ["fleet.yaml: there are no instances in it; list them under instances:"]


@pytest.mark.parametrize("command", [["sizes"], ["inventory"], ["runs"], ["runs", "abc"]])
def test_a_store_that_is_not_there_yet(desk, command):
    [line] = refused(desk, *command)

    assert line.endswith("capacity.db does not exist: run `capacity-sync sync` first")
    assert list(desk.folder.iterdir()) == []


@pytest.mark.parametrize("command", [["sync"], ["sizes"], ["store", "check"], ["store", "upgrade"]])
@pytest.mark.parametrize(("url", "told"), [
    ("x.db", "--store: not a database URL"),
    ("sqlite:///no/folder/x.db", "create it first"),
    ("oracle://u:hunter2@h/x", "no store can be kept in oracle"),
])
def test_a_store_that_cannot_be_one(desk, command, url, told):
    desk.serve(a=ScriptedServer())

    [line] = refused(desk, "--store", url, *command)
    assert told in line
    assert "hunter2" not in line


@pytest.mark.parametrize("command", [["sync"], ["sizes"], ["store", "check"], ["store", "upgrade"]])
def test_a_store_that_is_no_database(desk, command):
    desk.serve(a=ScriptedServer())
    (desk.folder / "capacity.db").write_text("no database at all" * 100)

    [line] = refused(desk, *command)
    assert "capacity.db" in line
    assert "--store" in line


def test_a_store_that_may_not_be_read(desk):
    desk.serve(a=ScriptedServer())
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        url = f"sqlite:///{folder}/capacity.db"
        desk("--store", url, "sync")
        desk("--store", url, "sizes")
        os.chmod(f"{folder}/capacity.db", 0)
        with as_nobody():
            [line] = refused(desk, "--store", url, "sizes")

    assert line.startswith(f"store {url}: unable to open database file")
    assert "--store" in line


@pytest.mark.parametrize("command", [["sync"], ["sync", "--dry-run"], ["sizes"], ["store", "upgrade"]])
def test_a_store_of_a_newer_version(desk, command):
    desk.serve(a=ScriptedServer())
    desk("sync")
    written(desk, "UPDATE capacity_sync_alembic_version SET version_num = '9999'")

    [line] = refused(desk, *command)
    assert "has version 9999" in line
    assert line.endswith("install a newer capacity-sync")


def test_a_newer_store_is_shown_by_store_check_and_refused(desk):
    desk.serve(a=ScriptedServer())
    desk("sync")
    written(desk, "UPDATE capacity_sync_alembic_version SET version_num = '9999'")

    answer = desk("store", "check", "--format", "json")
    assert (answer.code, answer.json[0]["condition"]) == (2, "newer")
    assert "install a newer capacity-sync" in answer.err


def written(desk, statement):
    with closing(sqlite3.connect(desk.folder / "capacity.db")) as store, store:
        store.execute(statement)


@pytest.mark.parametrize(("arguments", "told"), [
    (["sizes", "--instance", "oders"], '--instance: no "oders"; did you mean "orders"?'),
    (["inventory", "--engine", "scriptd"], '--engine: no "scriptd"; did you mean "scripted"?'),
    (["sizes", "--tag", "team"], "--tag team: expected K=V, such as --tag team=shop"),
    (["--config", "other.yaml", "sizes", "--tag", "team=x"], "--tag: tags stand in the fleet file, and there is none"),
    (["sync", "--tag", "team=nobody"], "fleet.yaml: no instance carries these tags"),
    (["runs", "ffffffff"], 'run "ffffffff": no such run; `capacity-sync runs` lists them'),
    (["runs", ""], 'run "": no such run'),
    (["grants", "scriptd", "--user", "u"], 'ENGINE: no "scriptd"; did you mean "scripted"?'),
    (["sizes", "--date", "2026-02-30"], "Usage:"),
    (["sizes", "--format", "xml"], "Usage:"),
    (["synch"], "Usage:"),
])
def test_a_word_that_means_nothing(desk, arguments, told):
    desk.serve(orders=ScriptedServer({"x": 1}))
    desk("sync")
    (desk.folder / "other.yaml").write_text("store: sqlite:///capacity.db")

    assert refused(desk, *arguments)[0].startswith(told)


class TestUnexpected:
    @pytest.fixture
    def broken(self, desk, monkeypatch):
        desk.serve(a=ScriptedServer())

        def explode(*_, **__):
            raise RuntimeError("boom\nand more")
        monkeypatch.setattr(FleetSync, "run", explode)
        return desk

    def test_an_unexpected_error_is_one_line_and_exit_1(self, broken):
        answer = broken("sync")

        assert (answer.code, answer.out) == (1, "")
        assert answer.err == "unexpected RuntimeError: boom\\u000aand more; -v shows where\n"

    def test_v_adds_the_traceback(self, broken):
        with pytest.raises(AssertionError, match="Traceback"):
            broken("-v", "sync")


def test_a_store_that_fails_on_the_way_is_exit_1(desk):
    desk.serve(a=ScriptedServer())
    desk("sync")
    written(desk, "DROP TABLE database_lifecycle_events")
    desk.servers["a"].sizes["new"] = 1

    answer = desk("sync")
    assert answer.code == 1
    assert "database_lifecycle_events" in answer.err
    assert len(answer.err.splitlines()) == 1
