"""`capacity-sync store ...`: what the commands say, in every format, and what they leave alone."""
import sqlite3
from contextlib import closing
from datetime import date, timedelta

import pytest

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.testing.engines import ScriptedServer
from tests.stores import legacy

OLD = date.today() - timedelta(days=40)   # noqa: DTZ011 - a day long enough ago in every zone


def written(desk, statement, *values):
    with closing(sqlite3.connect(desk.folder / "capacity.db")) as store, store:
        store.execute(statement, values)


@pytest.fixture
def store(desk):
    """One database, measured today, forty and forty-one days ago."""
    desk.serve(orders=ScriptedServer({"shop": 4096}))
    desk("sync")
    columns = ("instance_id, database_name, size_mb, collected_at, created_at, updated_at")
    for day in (OLD, OLD - timedelta(days=1)):
        written(desk, f"INSERT INTO database_size_stats ({columns}, collected_date) "
                      f"SELECT {columns}, ? FROM database_size_stats WHERE collected_date > ?", day, OLD)
    return desk


def sizes_in(desk):
    with closing(sqlite3.connect(desk.folder / "capacity.db")) as store:
        return store.execute("SELECT count(*) FROM database_size_stats").fetchone()[0]


def test_a_dry_run_says_what_would_go_and_writes_nothing(store):
    before = (store.folder / "capacity.db").read_bytes()
    answer = store("store", "prune", "--keep", "30d", "--dry-run", "--format", "json")

    assert (answer.code, answer.err.splitlines()[-1]) == (0, "nothing was written")
    assert [(row["table"], row["rows"], row["partitions"]) for row in answer.json] == [
        ("database_size_stats", 2, []), ("instance_size_stats", 0, []), ("capacity_sync_runs", 0, [])]
    assert (store.folder / "capacity.db").read_bytes() == before


def test_pruning_says_what_went(store):
    answer = store("store", "prune", "--keep", "30d")

    assert answer.code == 0
    table, before, rows, partitions = answer.out.splitlines()[1].split()
    assert (table, rows, partitions) == ("database_size_stats", "2", "-")
    warning, done = answer.err.splitlines()
    assert warning.startswith("warning: ")
    assert warning.endswith("quarterly aggregates that are still open lose days; with 6mo none does")
    assert done == f"what is older than {before} is gone"
    assert sizes_in(store) == 1


@pytest.mark.parametrize("form", ["csv", "ndjson"])
def test_pruning_in_formats_for_machines(store, form):
    answer = store("store", "prune", "--keep", "30d", "--dry-run", "--format", form)

    lines = answer.out.splitlines()
    assert len(lines) == {"csv": 4, "ndjson": 3}[form]
    assert lines[-3].startswith({"csv": "database_size_stats,20", "ndjson": '{"table": "database_size_stats"'}[form])


def test_six_months_cut_no_aggregate(store):
    assert store("store", "prune", "--keep", "6mo").err.count("warning") == 0


@pytest.mark.parametrize("keep", ["30", "0d", "x"])
def test_a_time_that_is_none_is_refused(store, keep):
    answer = store("store", "prune", "--keep", keep)

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == f'--keep: "{keep}" is no time to keep: write days, months or years, such as 90d, 13mo or 2y\n'


def test_pruning_without_a_time_is_refused(store):
    assert store("store", "prune").code == 2
    assert sizes_in(store) == 3


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_store_that_is_missing_stays_missing(desk, more):
    desk.serve(orders=ScriptedServer({"shop": 4096}))

    answer = desk("store", "prune", "--keep", "30d", *more)
    assert answer.code == 2
    assert "run `capacity-sync sync` first" in answer.err
    assert not (desk.folder / "capacity.db").exists()


@pytest.fixture
def legacy_store(desk):
    desk.serve(orders=ScriptedServer({"shop": 4096}))
    legacy.fill(open_store(f"sqlite:///{desk.folder}/capacity.db"))
    return desk


@pytest.mark.parametrize("form", ["table", "json", "csv", "ndjson"])
def test_a_check_says_what_an_upgrade_would_add_in_every_format(legacy_store, form):
    before = (legacy_store.folder / "capacity.db").read_bytes()
    answer = legacy_store("store", "check", "--format", form)

    assert answer.code == 2
    assert "not adopted yet: run `capacity-sync store upgrade`" in answer.err
    said = {"table": "\n  {}\n", "json": '      "{}",\n', "csv": "; {}; ", "ndjson": '"{}", '}[form]
    assert said.format("column database_size_stats.identity") in answer.out
    assert (legacy_store.folder / "capacity.db").read_bytes() == before


def test_a_check_of_a_current_store_says_that_nothing_is_missing(store):
    answer = store("store", "check", "--format", "json")

    assert (answer.code, answer.json[0]["additions"]) == (0, [])
    assert "would add" not in store("store", "check").out
