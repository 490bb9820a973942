"""`aggregate`: what it computes and prints."""
import csv
import io
import json

import pytest

from capacity_sync.testing.engines import ScriptedServer


@pytest.fixture
def synced(desk):
    desk.serve(alpha=ScriptedServer({"shop": 3_000, "audit": 1_000_000}), beta=ScriptedServer({"shop": 5}))
    desk("sync")
    return desk


def counts(answer):
    return [(row["period_type"], row["level"], row["computed"], row["unchanged"], row["skipped"])
            for row in answer.json]


def test_what_is_due_is_computed_once(synced):
    assert counts(synced("aggregate", "--format", "json")) == [
        (kind, *level) for kind in ("daily", "weekly", "monthly", "quarterly")
        for level in (("databases", 3, 0, 0), ("instances", 2, 0, 0))]

    again = synced("aggregate")
    assert (again.code, again.out, again.err) == (0, "", "nothing is due\n")


def test_only_one_kind(synced):
    assert counts(synced("aggregate", "--period", "weekly", "--format", "json")) == [
        ("weekly", "databases", 3, 0, 0), ("weekly", "instances", 2, 0, 0)]


def test_an_instance_without_sizes_is_skipped(synced):
    synced.serve(gamma=ScriptedServer({}))
    synced("sync", "gamma")

    assert counts(synced("aggregate", "--period", "daily", "--format", "json"))[1] == ("daily", "instances", 2, 0, 1)
    assert counts(synced("aggregate", "--period", "daily", "--current", "--format", "json"))[1] == (
        "daily", "instances", 0, 2, 1)


def test_the_period_of_a_date_and_of_a_range(synced):
    today = synced("sizes", "--format", "json").json[0]["collected_date"]
    synced("aggregate")

    for options in (["--date", today], ["--from", today], ["--from", today, "--to", today], ["--current"]):
        rows = synced("aggregate", "--period", "daily", *options, "--format", "json").json
        assert {(row["period_start"], row["period_end"], row["computed"]) for row in rows} == {(today, today, 0)}
    assert synced("aggregate", "--date", "2001-01-01").err == "no sizes in these periods\n"


def test_every_format(synced):
    table = synced("aggregate", "--current").out.splitlines()
    assert table[0].split() == ["Period", "From", "To", "Of", "Computed", "Unchanged", "Skipped"]
    assert len(table) == 9
    rows = list(csv.DictReader(io.StringIO(synced("aggregate", "--current", "--format", "csv").out)))
    lines = [json.loads(line) for line in synced("aggregate", "--current", "--format", "ndjson").out.splitlines()]
    assert len(rows) == len(lines) == 8
    assert list(rows[0]) == list(lines[0]) == [
        "period_type", "period_start", "period_end", "level", "computed", "unchanged", "skipped"]


@pytest.mark.parametrize(("options", "said"), [
    (["--date", "2026-01-01", "--current"], "--date and --current do not go together"),
    (["--date", "2026-01-01", "--from", "2026-01-01", "--to", "2026-01-02"],
     "--date and --from and --to do not go together"),
    (["--to", "2026-01-01"], "--to: say with --from where the days begin"),
    (["--from", "2026-01-02", "--to", "2026-01-01"], "--to: it is before --from"),
    (["--date", "9999-12-31"], "--date: 9999-12-31 is not between 0002-01-01 and 9998-12-31"),
    (["--from", "0001-01-01"], "--from, --to: 0001-01-01 is not between 0002-01-01 and 9998-12-31"),
    (["--period", "yearly"], "'yearly' is not one of"),
    (["--date", "tomorrow"], "'tomorrow' does not match"),
])
def test_what_makes_no_sense_is_refused(synced, options, said):
    answer = synced("aggregate", *options)

    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_missing_store_is_not_created(desk):
    answer = desk("--store", "sqlite:///none.db", "aggregate")

    assert answer.code == 2
    assert "run `capacity-sync sync` first" in answer.err
    assert list(desk.folder.iterdir()) == []
