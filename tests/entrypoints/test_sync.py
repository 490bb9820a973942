"""`capacity-sync sync` over scripted servers: what is printed in each form, and the exit code."""
import csv
import io
import json

import pytest

from capacity_sync.adapters.stores.sql.leases import leases_in
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.domain.capacity import InstanceFacts
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category, Failure, ServerUnreachable
from capacity_sync.testing.engines import Raises, ScriptedServer
from capacity_sync.use_cases.parallel import side_by_side
from capacity_sync.use_cases.watched import Queue

DENIED = {name: Failure(Category.PERMISSION, f"permission denied for {name}", "42501", f'GRANT CONNECT ON "{name}"')
          for name in ("secret-a", "secret-b")}
RUN = ["run_id", "status", "started_at", "finished_at", "collected_date", "instances"]
INSTANCE = ["name", "engine", "server_version", "status", "error", "warnings", "facts", "duration_s", "inventory",
            "capacity"]
INVENTORY = ["created", "refreshed", "reactivated", "deactivated", "recreated", "renamed", "held", "active_databases",
             "filtered_databases", "completeness"]
CAPACITY = ["saved", "total_bytes", "databases", "unmeasured"]
DATABASE = ["database_name", "size_bytes", "data_bytes", "log_bytes", "max_bytes", "method", "basis"]
FAILURE = ["category", "message", "code", "remedy", "retryable"]


def healthy(**sizes):
    return ScriptedServer(sizes or {"shop": 2_000, "audit": 1_000})


def dead():
    return ScriptedServer(script={"connect": [Raises(ServerUnreachable("connection refused", remedy="look"))] * 9})


def hiding(server):
    """The login of *server* sees none of its databases any more."""
    server.sizes.clear()
    server.completeness = Completeness.VISIBLE_ONLY


def test_the_keys_of_the_json_and_their_order(desk):
    desk.serve(orders=ScriptedServer({"shop": 2_000, "secret-a": 1}, lost=dict(DENIED),
                                     facts=InstanceFacts(overhead_bytes=7)), lost=dead())

    run = desk("sync", "--format", "json").json
    orders, lost = run["instances"]
    assert list(run) == RUN
    assert [list(orders), list(lost)] == [INSTANCE, INSTANCE]
    assert list(orders["inventory"]) == INVENTORY
    assert list(orders["capacity"]) == CAPACITY
    assert [list(one) for one in orders["capacity"]["databases"]] == [DATABASE]
    assert orders["facts"] == {"overhead_bytes": 7, "log_bytes": None}
    assert orders["capacity"]["unmeasured"] == [{"database_name": "secret-a", "error": {
        "category": "permission", "message": "permission denied for secret-a", "code": "42501",
        "remedy": 'GRANT CONNECT ON "secret-a"', "retryable": False}}]
    assert list(lost["error"]) == FAILURE
    assert (lost["status"], lost["inventory"], lost["capacity"]) == ("failed", None, None)


def test_lists_are_sorted_by_code_point_and_text_is_not_escaped(desk):
    desk.serve(orders=ScriptedServer(dict.fromkeys(["é", "b", "B", "a", "數據", "🦆"], 1)))

    answer = desk("sync", "--format", "json")
    [orders] = answer.json["instances"]
    expected = ["B", "a", "b", "é", "數據", "🦆"]
    assert orders["inventory"]["active_databases"] == expected
    assert [one["database_name"] for one in orders["capacity"]["databases"]] == expected
    assert "數據" in answer.out


def test_a_name_that_is_no_valid_text_is_left_out_of_the_store_and_can_be_printed(desk):
    desk.serve(orders=ScriptedServer({"ok": 1, "\udc80": 1}))

    assert "cannot be stored" in desk("sync").out
    assert "cannot be stored" in desk("sync", "--format", "json").json["instances"][0]["warnings"][0]["message"]


@pytest.mark.parametrize(("servers", "code", "status"), [
    ({"a": healthy}, 0, "completed"),
    ({"a": healthy, "b": dead}, 3, "partial"),
    ({"a": lambda: ScriptedServer({"x": 1, "secret-a": 1}, lost=dict(DENIED))}, 3, "partial"),
    ({"a": lambda: ScriptedServer({"secret-a": 1}, lost=dict(DENIED))}, 4, "failed"),
    ({"a": dead, "b": dead}, 4, "failed"),
    ({"a": ScriptedServer}, 0, "completed"),
])
def test_the_exit_code_follows_from_the_status(desk, servers, code, status):
    desk.serve(**{name: make() for name, make in servers.items()})

    answer = desk("sync", "--format", "json")
    assert (answer.code, answer.json["status"]) == (code, status)


def test_a_held_change_has_an_exit_code_of_its_own_that_beats_partial(desk):
    desk.serve(a=healthy(), b=healthy(), c=dead())
    desk("sync")
    hiding(desk.servers["a"])

    answer = desk("sync", "--format", "json")
    assert (answer.code, answer.json["status"]) == (5, "held")
    assert answer.json["instances"][0]["inventory"]["held"] == ["audit", "shop"]
    assert answer.json["instances"][0]["inventory"]["active_databases"] == ["audit", "shop"]


class TestTable:
    def test_what_is_held_shows_the_grant_and_the_command_that_lets_it_through(self, desk):
        desk.serve(a=healthy())
        desk("--config", "fleet.yaml", "sync")
        hiding(desk.servers["a"])

        out = desk("--config", "fleet.yaml", "sync").out
        assert "a         scripted  held            2         0  2.9 KiB  2 HELD" in out
        assert out.partition("\n\n")[2].startswith("""\
a: 2 HELD, waiting for your decision
  missing from the listing and kept active: audit, shop
  the login may not see everything; mend that, and sync again:
    permission: databases may be hidden
      GRANT SEE ALL TO monitor
  if all of them are really gone:
    capacity-sync --config fleet.yaml sync a --accept a
  if only some are, one --accept for each, such as:
    capacity-sync --config fleet.yaml sync a --accept a/audit
""")
        assert out.count("databases may be hidden") == 1

    def test_too_many_missing_at_once_are_told_what_ends_it(self, desk):
        desk.serve(a=healthy())
        desk("sync")
        desk.servers["a"].sizes.clear()

        assert "if a sync of a later day misses them too, they are deactivated" in desk("sync").out

    def test_databases_not_measured_for_one_reason_stand_together_with_every_grant(self, desk):
        desk.serve(a=ScriptedServer({"x": 1, "secret-a": 1, "secret-b": 1}, lost=dict(DENIED)))

        assert """
a: 2 NOT MEASURED
  secret-a, secret-b
    permission: permission denied for secret-a (42501)
      GRANT CONNECT ON "secret-a"
      GRANT CONNECT ON "secret-b"
""" in desk("sync").out

    def test_when_none_could_be_measured_every_grant_is_there_too(self, desk):
        desk.serve(a=ScriptedServer({"secret-a": 1, "secret-b": 1}, lost=dict(DENIED)))

        out = desk("sync").out
        assert "a: FAILED, none of its databases could be measured" in out
        assert 'GRANT CONNECT ON "secret-b"' in out

    def test_long_lists_are_cut_with_a_count(self, desk):
        names = [f"d{n:02}" for n in range(30)]
        lost = {n: Failure(Category.PERMISSION, "denied", remedy=f"GRANT {n}") for n in names}
        desk.serve(a=ScriptedServer(dict.fromkeys(["x", *names], 1), lost=lost))

        out = desk("sync").out
        assert "d00, d01, d02, d03, d04 and 25 more" in out
        assert "and 10 more: --format json has all of them" in out
        assert "GRANT d19" in out
        assert "GRANT d20" not in out

    def test_a_failed_instance_shows_category_message_and_remedy(self, desk):
        desk.serve(a=dead())

        assert "a: FAILED\n  network: connection refused (tried 3 times)\n    look\n" in desk("sync").out

    def test_a_capacity_failure_after_measured_inventory_is_told(self, desk):
        desk.serve(a=ScriptedServer({"x": 1}, script={"fetch_capacity": [Raises(ServerUnreachable("gone away"))] * 2}))

        out = desk("sync").out
        assert "a: FAILED, none of its databases could be measured" in out
        assert "network: gone away" in out

    def test_another_try_is_told(self, desk):
        desk.serve(a=ScriptedServer({"x": 1}, script={"connect": [Raises(ServerUnreachable("gone away"))]}))

        assert "a: warning\n  network: tried again after: gone away\n" in desk("sync").out

    def test_names_cannot_play_tricks_with_the_terminal(self, desk):
        desk.serve(a=ScriptedServer({"\x1b[2Jred": 1, "two\nlines": 1, "[bold]x[/bold]": 1, "\u202eabc": 1}))
        desk("sync")

        out = desk("sizes").out
        assert "\\u001b[2Jred" in out
        assert "two\\u000alines" in out
        assert "[bold]x[/bold]" in out
        assert "\\u202eabc" in out
        assert not {"\x1b", "\u202e"} & set(out)


def test_csv_is_one_row_of_counts_per_instance(desk):
    desk.serve(a=ScriptedServer({"x": 1_000, "secret-a": 1}, lost=dict(DENIED)), b=dead())

    rows = list(csv.DictReader(io.StringIO(desk("sync", "--format", "csv").out)))
    assert [(r["name"], r["status"], r["active"], r["total_bytes"], r["unmeasured"], r["error_category"])
            for r in rows] == [("a", "partial", "2", "1000", "1", ""), ("b", "failed", "", "", "", "network")]
    assert "changes" not in rows[0]


def test_ndjson_is_one_instance_per_line(desk):
    desk.serve(a=healthy(), b=healthy())

    lines = [json.loads(line) for line in desk("sync", "--format", "ndjson").out.splitlines()]
    assert [one["name"] for one in lines] == ["a", "b"]
    assert list(lines[0]) == ["run_id", "collected_date", *INSTANCE]


def test_a_dry_run_says_the_plan_and_writes_nothing(desk):
    desk.serve(a=healthy())

    answer = desk("sync", "--dry-run", "--format", "json")
    [planned] = answer.json["instances"]
    assert (answer.code, planned["inventory"]["created"], planned["capacity"]) == (0, 2, None)
    assert not (desk.folder / "capacity.db").exists()

    desk("sync")
    hiding(desk.servers["a"])
    answer = desk("sync", "--dry-run")
    assert answer.code == 5
    assert "dry run, nothing was written" in answer.out
    assert len(desk("runs", "--format", "json").json) == 1


class TestAccept:
    @pytest.fixture
    def held(self, desk):
        desk.serve(a=healthy(), b=healthy())
        desk("sync")
        hiding(desk.servers["a"])
        assert desk("sync").code == 5
        return desk

    def test_one_database_lets_that_one_through(self, held):
        answer = held("sync", "a", "--accept", "a/audit", "--format", "json")

        assert answer.code == 5
        assert answer.json["instances"][0]["inventory"]["held"] == ["shop"]

    def test_an_instance_lets_all_of_it_through(self, held):
        answer = held("sync", "--accept", "a", "--format", "json")

        assert (answer.code, answer.json["instances"][0]["inventory"]["deactivated"]) == (0, 2)

    @pytest.mark.parametrize(("accept", "told"), [
        ("a/audt", '--accept a/audt: active database of a: no "audt"; did you mean "audit"?'),
        ("c", '--accept c: instance of this run: no "c"; known are a'),
        ("b/shop", '--accept b/shop: instance of this run: no "b"'),
    ])
    def test_a_word_that_means_nothing_is_refused_before_anything_runs(self, held, accept, told):
        answer = held("sync", "a", "--accept", accept)

        assert (answer.code, answer.out) == (2, "")
        assert answer.err.startswith(told)
        assert len(held("runs", "--format", "json").json) == 2

    def test_a_database_name_may_have_a_slash(self, desk):
        desk.serve(a=ScriptedServer({"x/y": 1, "z": 1}))
        desk("sync")
        hiding(desk.servers["a"])

        [a] = desk("sync", "--accept", "a/x/y", "--format", "json").json["instances"]
        assert a["inventory"]["held"] == ["z"]


class TestSelection:
    def test_names_and_tags_choose(self, desk):
        desk.serve(alpha=healthy(), beta=healthy(), bravo=healthy())

        def synced(*arguments):
            return [one["name"] for one in desk("sync", *arguments, "--format", "json").json["instances"]]

        assert synced() == ["alpha", "beta", "bravo"]
        assert synced("bravo", "alpha") == ["bravo", "alpha"]
        assert synced("--tag", "team=b") == ["beta", "bravo"]

    def test_only_a_sync_of_the_whole_fleet_retires_those_that_left(self, desk):
        desk.serve(alpha=healthy(), beta=healthy())
        desk("sync")
        del desk.servers["beta"]
        desk.serve()

        for arguments, left in ((["alpha"], 1), (["--tag", "team=a"], 1), ([], 0)):
            desk("sync", *arguments)
            assert active(desk, "beta") == left, arguments


def active(desk, name):
    import sqlite3
    from contextlib import closing

    with closing(sqlite3.connect(desk.folder / "capacity.db")) as store:
        return store.execute("SELECT is_active FROM instances WHERE name = ?", [name]).fetchone()[0]


class TestLogs:
    def test_there_is_one_line_per_instance_and_two_per_run(self, desk):
        desk.serve(a=healthy(), b=dead())

        answer = desk("--log-format", "json", "sync", "--format", "json")
        first, *ended, last = [json.loads(line) for line in answer.err.splitlines()]
        lines = [first, *sorted(ended, key=lambda line: line["instance"]), last]
        assert [(one["event"], one.get("instance"), one["level"]) for one in lines] == [
            ("run started", None, "info"), ("instance finished", "a", "info"), ("instance finished", "b", "error"),
            ("run finished", None, "warning")]
        assert lines[1]["total_bytes"] == 3_000
        assert answer.json["run_id"] == lines[0]["run_id"]

    def test_v_makes_them_readable(self, desk):
        desk.serve(a=healthy())

        assert "instance finished" in desk("-v", "sync").err

    def test_without_being_asked_nothing_is_said(self, desk):
        desk.serve(a=healthy())

        assert desk("sync").err == ""


def test_a_password_appears_nowhere(desk):
    desk.servers["a"] = ScriptedServer({"x": 1}, script={
        "connect": [Raises(ServerUnreachable("cannot log in with hunter2"))] * 9})
    desk.fleet("instances: [{name: a, engine: scripted, host: h, password: hunter2}]")

    answers = [desk(*words) for words in (
        ["-v", "sync"], ["sync", "--format", "json"], ["sync", "--format", "csv"], ["check"], ["runs"],
        ["check", "--format", "json"], ["--log-format", "json", "sync", "--format", "ndjson"])]
    assert "cannot log in with ***" in answers[0].out
    assert "plain text" in answers[0].err
    assert "hunter2" not in "".join(answer.out + answer.err for answer in answers)
    assert b"hunter2" not in (desk.folder / "capacity.db").read_bytes()


def test_quiet_silences_warnings(desk):
    desk.servers["a"] = healthy()
    desk.fleet("instances: [{name: a, engine: scripted, host: h, password: hunter2}]")

    assert desk("--quiet", "sync").err == ""


@pytest.mark.parametrize(("line", "options", "expected"), [
    ("", [], 4), ("workers: 2\n", [], 2), ("workers: 2\n", ["--workers", "3"], 3)])
def test_the_flag_beats_the_file_in_how_many_instances_run_at_a_time(desk, monkeypatch, line, options, expected):
    asked = []
    monkeypatch.setattr("capacity_sync.use_cases.fleet.side_by_side",
                        lambda begin, workers: asked.append(workers) or side_by_side(begin, workers))
    desk.serve(orders=healthy(), billing=healthy())
    desk.fleet(line + (desk.folder / "fleet.yaml").read_text())

    assert (desk("sync", *options).code, asked) == (0, [expected])


@pytest.mark.parametrize(("lines", "options", "limits"), [
    ("", [], (2, float("inf"))), ("per_host: 7\nbudget: 90m\n", [], (7, 5400)),
    ("budget: 90m\n", ["--budget", "2h"], (2, 7200)), ("", ["--budget", "30"], (2, 30))])
def test_the_limits_of_a_run_come_from_the_flag_the_file_or_their_defaults(desk, monkeypatch, lines, options, limits):
    asked = []
    monkeypatch.setattr("capacity_sync.use_cases.fleet.Queue",
                        lambda schedule, coordinator, run, budget: asked.append((set(schedule._room.values()), budget))
                        or Queue(schedule, coordinator, run, budget))
    desk.serve(orders=healthy())
    desk.fleet(lines + (desk.folder / "fleet.yaml").read_text())

    assert (desk("sync", *options).code, asked) == (0, [({limits[0]}, limits[1])])


def test_a_budget_that_is_no_time_is_refused(desk):
    desk.serve(orders=healthy())

    refused = desk("sync", "--budget", "soon")
    assert (refused.code, '"soon" is no time' in refused.err) == (2, True)


def test_no_workers_at_all_is_refused(desk):
    desk.serve(orders=healthy())

    assert desk("sync", "--workers", "0").code == 2


def test_nothing_measured_is_not_told_as_zero_bytes(desk):
    desk.serve(lost=dead())

    assert " B," not in desk("sync").out


def test_an_instance_that_another_process_syncs_is_skipped_and_told_and_does_not_count(desk):
    desk.serve(orders=ScriptedServer({"shop": 1}), billing=ScriptedServer({"shop": 1}))
    assert desk("sync").code == 0
    assert leases_in(open_store("sqlite:///capacity.db")).take("instance orders", 3600)
    stolen = "UPDATE capacity_sync_leases SET place = 'another machine'"
    with open_store("sqlite:///capacity.db").begin() as connection:
        connection.exec_driver_sql(stolen)

    report, table = desk("sync", "--format", "json"), desk("sync")

    assert (report.code, table.code) == (0, 0)
    skipped = report.json["instances"][0]
    assert (skipped["status"], skipped["inventory"], skipped["capacity"]) == ("skipped", None, None)
    assert (skipped["error"]["category"], skipped["error"]["retryable"]) == ("too_busy", True)
    assert "orders: SKIPPED\n  too_busy: another sync of this instance is under way" in table.out
    assert "skipped" in desk("runs", report.json["run_id"]).out
