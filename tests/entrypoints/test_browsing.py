"""`inventory`, `sizes`, `runs`, `check`, `engines`, `grants`, `store`: what they print."""
import csv
import io
import json
from importlib.metadata import entry_points

import pytest

from capacity_sync.adapters.engines import installed as installed_engines
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import AuthenticationFailed, Category, Failure, PermissionMissing, ServerUnreachable
from capacity_sync.testing.engines import Raises, ScriptedServer


@pytest.fixture
def synced(desk):
    desk.serve(alpha=ScriptedServer({"shop": 3_000, "audit": 1_000_000}), beta=ScriptedServer({"shop": 5}))
    desk("sync")
    del desk.servers["alpha"].sizes["audit"]
    desk("sync")
    return desk


def names(answer):
    return [(row["instance"], row["database_name"]) for row in answer.json]


class TestInventory:
    def test_active_databases_by_default_and_all_of_them_on_demand(self, synced):
        assert names(synced("inventory", "--format", "json")) == [("alpha", "shop"), ("beta", "shop")]
        gone = synced("inventory", "--all", "--format", "json").json[0]
        assert (gone["database_name"], gone["is_active"]) == ("audit", False)
        assert gone["deleted_at"].endswith("+00:00")

    @pytest.mark.parametrize(("option", "expected"), [
        (["--instance", "beta"], [("beta", "shop")]),
        (["--tag", "team=a"], [("alpha", "shop")]),
        (["--tag", "team=a", "--instance", "beta"], []),
        (["--engine", "scripted"], [("alpha", "shop"), ("beta", "shop")]),
        (["--engine", "sqlite"], []),
    ])
    def test_options_narrow_it(self, synced, option, expected):
        assert names(synced("inventory", *option, "--format", "json")) == expected

    def test_a_date_shows_what_was_there_on_that_day(self, synced):
        today = synced("inventory", "--format", "json").json[0]["last_seen_date"]

        there = [("alpha", "audit"), ("alpha", "shop"), ("beta", "shop")]
        assert names(synced("inventory", "--date", today, "--format", "json")) == there
        assert names(synced("inventory", "--date", "2001-01-01", "--format", "json")) == []

    def test_the_table(self, synced):
        lines = synced("inventory", "--instance", "beta").out.splitlines()

        assert lines[0].split() == ["Instance", "Engine", "Database", "Active", "First", "seen", "Last", "seen",
                                    "Held", "since", "State"]
        assert lines[1].split()[:4] == ["beta", "scripted", "shop", "yes"]

    def test_the_store_alone_is_enough(self, synced):
        (synced.folder / "fleet.yaml").unlink()

        assert len(synced("inventory", "--format", "json").json) == 2
        assert len(synced("--store", "sqlite:///capacity.db", "sizes", "--format", "json").json) == 2


class TestSizes:
    def test_bytes_are_integers_for_machines_and_units_for_people(self, synced):
        rows = synced("sizes", "--all", "--format", "json").json

        assert [(r["instance"], r["database_name"], r["size_bytes"]) for r in rows] == [
            ("alpha", "audit", 1_000_000), ("alpha", "shop", 3_000), ("beta", "shop", 5)]
        table = synced("sizes", "--all").out
        assert "976.6 KiB" in table
        assert "3 databases, 979.5 KiB" in table

    def test_nothing_is_said_as_nothing_on_stderr(self, synced):
        answer = synced("sizes", "--date", "2001-01-01")

        assert (answer.code, answer.out, answer.err) == (0, "", "no sizes of 2001-01-01\n")

    def test_csv_has_a_header_even_without_rows(self, synced):
        assert synced("sizes", "--date", "2001-01-01", "--format", "csv").out.startswith("instance,engine,")

    def test_csv_text_that_looks_like_a_formula_is_neutralised(self, desk):
        formulas = ["=1+1", "+1", "-1", "@x", "plain"]
        desk.serve(a=ScriptedServer(dict.fromkeys(formulas, 7)))
        desk("sync")

        rows = list(csv.DictReader(io.StringIO(desk("sizes", "--format", "csv").out)))
        assert {row["database_name"] for row in rows} == {"'=1+1", "'+1", "'-1", "'@x", "plain"}
        assert {row["size_bytes"] for row in rows} == {"7"}

    def test_ndjson(self, synced):
        lines = synced("sizes", "--format", "ndjson").out.splitlines()

        assert [json.loads(line)["instance"] for line in lines] == ["alpha", "beta"]


class TestRuns:
    def test_newest_first(self, synced):
        runs = synced("runs", "--format", "json").json

        assert [run["status"] for run in runs] == ["completed", "completed"]
        assert runs[0]["started_at"] > runs[1]["started_at"]
        assert synced("runs", "--limit", "1", "--format", "json").json == runs[:1]

    def test_one_run_by_the_beginning_of_its_id(self, desk):
        lost = {"x": Failure(Category.PERMISSION, "denied", remedy="GRANT X")}
        desk.serve(a=ScriptedServer({"x": 1, "y": 2}, lost=lost),
                   b=ScriptedServer(script={"connect": [Raises(ServerUnreachable("refused"))] * 3}))
        run_id = desk("sync", "--format", "json").json["run_id"]

        [a, b] = desk("runs", run_id[:9], "--format", "json").json["instances"]
        assert (a["status"], a["counts"]["saved"], a["unmeasured"][0]["error"]["remedy"]) == ("partial", 1, "GRANT X")
        assert (b["status"], b["error"]["message"]) == ("failed", "refused (tried 3 times)")
        table = desk("runs", run_id[:9]).out
        assert "GRANT X" in table
        assert "network: refused" in table
        assert "a,scripted,partial,2,1,1,0," in desk("runs", run_id, "--format", "csv").out


    def test_one_run_says_what_changed_how_long_it_took_and_what_was_tried_again(self, desk):
        desk.serve(a=ScriptedServer({"x": 1, "old": 2}), b=ScriptedServer({"y": 1}))
        desk("sync")
        desk.servers["a"].sizes |= {"new": 3, "newer": 4}
        del desk.servers["a"].sizes["old"]
        desk.servers["b"].script["connect"] = [Raises(ServerUnreachable("reset"))]
        run_id = desk("sync", "--format", "json").json["run_id"]

        out = desk("runs", run_id).out
        title, a, b = (line.split() for line in out.splitlines()[:3])
        assert title == ["Instance", "Engine", "Status", "Databases", "Saved", "Unmeasured", "Held", "Seconds",
                         "Changes", "Error"]
        assert (a[:7], a[8:]) == (["a", "scripted", "completed", "3", "3", "0", "0"], ["+2", "new,", "-1", "gone", "-"])
        assert float(b[7]) >= 0
        assert "b: warning\n  network: tried again after: reset\n" in out

    def test_what_a_run_changed_is_named(self, desk):
        desk.serve(a=ScriptedServer({"x": 1, "y": 1, "z": 1}), b=ScriptedServer({"x": 1}))
        desk("sync")
        del desk.servers["a"].sizes["y"]
        desk.servers["a"].sizes |= {"new": 1, "newer": 1}
        run_id = desk("sync", "--format", "json").json["run_id"]

        [a, b] = desk("runs", run_id, "--format", "json").json["instances"]
        assert a["events"] == [{"database_name": "new", "event": "created", "detail": None},
                               {"database_name": "newer", "event": "created", "detail": None},
                               {"database_name": "y", "event": "deactivated", "detail": "dropped"}]
        assert b["events"] == []
        assert "a: changed\n  created: new, newer\n  deactivated (dropped): y\n" in desk("runs", run_id).out

    def test_of_an_instance_that_was_not_reached_no_count_is_known(self, desk):
        desk.serve(b=ScriptedServer(script={"connect": [Raises(ServerUnreachable("refused"))] * 3}))
        run_id = desk("sync", "--format", "json").json["run_id"]

        assert "\nb,scripted,failed,,,,," in desk("runs", run_id, "--format", "csv").out

    def test_a_held_change_is_told_again(self, desk):
        desk.serve(a=ScriptedServer({"x": 1, "y": 1}))
        desk("sync")
        desk.servers["a"].sizes.clear()
        run_id = desk("sync", "--format", "json").json["run_id"]

        assert "a: held\n  x, y\n" in desk("runs", run_id).out


class TestCheck:
    def test_says_what_is_missing_and_the_grant(self, desk):
        desk.serve(ok=ScriptedServer({"x": 1}), blind=ScriptedServer(completeness=Completeness.VISIBLE_ONLY))

        answer = desk("check")
        assert answer.code == 3
        assert [line.split() for line in answer.out.splitlines()[1:3]] == [
            ["ok", "scripted", "1.0", "yes", "yes", "all", "databases", "0"],
            ["blind", "scripted", "1.0", "yes", "yes", "only", "what", "it", "may", "1"]]
        assert "blind: a privilege is missing\n  permission: databases may be hidden\n    GRANT SEE ALL" in answer.out
        assert not (desk.folder / "capacity.db").exists()

    @pytest.mark.parametrize(("error", "reachable", "login"), [
        (ServerUnreachable("refused"), False, None),
        (AuthenticationFailed("no"), None, False),
        (PermissionMissing("no"), True, None),
    ])
    def test_tells_an_unreachable_server_from_a_refused_login(self, desk, error, reachable, login):
        desk.serve(a=ScriptedServer(script={"connect": [Raises(error)]}))

        answer = desk("check", "--format", "json")
        [a] = answer.json
        assert (answer.code, a["reachable"], a["login"], a["healthy"]) == (4, reachable, login, False)

    def test_all_well_is_0(self, desk):
        desk.serve(a=ScriptedServer({"x": 1}))

        answer = desk("check", "--format", "ndjson")
        assert (answer.code, json.loads(answer.out)["completeness"]) == (0, "complete")
        assert desk("check", "--format", "csv").out.splitlines()[1].startswith("a,scripted,1.0,true,true,true,complete")


def test_engines_says_what_is_installed(desk):
    rows = {row["name"]: row for row in desk("engines", "--format", "json").json}

    assert rows["sqlite"]["usable"]
    assert rows["sqlite"]["driver"] == "none needed"
    assert rows["scripted"]["title"] == "Scripted engine"
    assert "PostgreSQL" in desk("engines").out


def test_an_engine_whose_driver_is_missing_says_how_to_install_it(desk, monkeypatch):
    from capacity_sync.entrypoints.cli import installed

    monkeypatch.setattr(installed, "find_spec", lambda _: None)
    row = next(row for row in desk("engines", "--format", "json").json if row["name"] == "postgresql")
    assert (row["usable"], row["install"]) == (False, "pip install 'capacity-sync[postgresql]'")


def test_an_engine_that_does_not_load_is_shown_and_costs_no_other(desk, monkeypatch):
    class Ruin:
        name = "ruin"

        def load(self):
            raise ImportError("no module named ruin")

    monkeypatch.setattr(installed_engines, "entry_points", lambda group: [*entry_points(group=group), Ruin()])
    rows = {row["name"]: row for row in desk("engines", "--format", "json").json}
    assert (rows["ruin"]["usable"], rows["ruin"]["install"]) == (False, "reinstall its package")
    assert rows["ruin"]["error"] == "the engine 'ruin' does not load: no module named ruin"
    assert rows["sqlite"]["usable"]


def test_grants_can_be_piped_into_a_client(desk):
    assert desk("grants", "scripted", "--user", "monitor").out == "GRANT SEE ALL TO monitor;\n"
    assert desk("grants", "scripted", "--user", "m", "--format", "json").json == [{"statement": "GRANT SEE ALL TO m"}]


class TestStore:
    def test_check_changes_nothing(self, desk):
        answer = desk("store", "check", "--format", "json")

        assert (answer.code, answer.json[0]["condition"]) == (0, "missing")
        assert list(desk.folder.iterdir()) == []

    def test_upgrade_makes_it(self, desk):
        answer = desk("store", "upgrade", "--format", "json")

        assert (answer.code, answer.json[0]["condition"], answer.err) == (0, "current", "upgraded; it was missing\n")
        assert desk("store", "upgrade").err == "it was current already\n"
        assert desk("sizes").code == 0
