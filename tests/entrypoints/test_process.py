"""The installed command as a process of its own: what only shows from outside."""
import json
import os
import pty
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("capacity-sync")
TABLES = "SELECT count(*) FROM sqlite_master WHERE name = 'capacity_sync_runs'"


def environment(**more):
    ours = ("CAPACITY_SYNC", "NO_COLOR", "LC_", "PYTHONIOENCODING")  # tox sets the last
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {**kept, **more}


def run(folder, *arguments, **more):
    return subprocess.run([COMMAND, *arguments], cwd=folder, capture_output=True, timeout=60, env=environment(**more),
                          check=False)


@pytest.fixture
def files(tmp_path):
    """A folder with real SQLite files, and the fleet file for it."""
    (tmp_path / "apps").mkdir()
    for name in ("one", "数据", "é🦆"):
        with closing(sqlite3.connect(tmp_path / "apps" / f"{name}.db")) as connection:
            connection.execute("CREATE TABLE t (x)")
    (tmp_path / "fleet.yaml").write_text("instances: [{name: files, engine: sqlite, path: apps}]")
    return tmp_path


def test_the_demo_needs_nothing_and_shows_two_days(tmp_path):
    done = run(tmp_path, "demo", "--folder", tmp_path / "here")
    out = done.stdout.decode()

    assert (done.returncode, done.stderr) == (0, b"")
    assert "+4 new" in out
    assert "+1 new, -1 gone" in out
    growth = {line.split()[0]: line.split()[-1] for line in out.splitlines() if line.split()[:1] and ".db " in line}
    assert growth == {"archive.db": "dropped", "customers.db": "none", "orders.db": "(+221%)", "reports.db": "added",
                      "team/sessions.db": "(+22%)"}
    assert f"The store is sqlite:///{tmp_path}/here/capacity.db" in out
    for line in out.partition("Type next:\n")[2].splitlines():
        again = subprocess.run(line, shell=True, env=environment(), capture_output=True, timeout=60, check=False)
        assert (again.returncode, again.stderr) == (0, b""), line
        assert again.stdout


def test_the_demo_measures_what_lies_on_disk(tmp_path):
    run(tmp_path, "demo", "--folder", tmp_path)

    sizes = json.loads(run(tmp_path, "sizes", "--format", "json").stdout)
    assert {row["database_name"]: row["size_bytes"] for row in sizes} == {
        path.relative_to(tmp_path / "shop").as_posix(): path.stat().st_size for path in tmp_path.glob("shop/**/*.db")}


def test_the_demo_does_not_overwrite_a_fleet(files):
    before = (files / "fleet.yaml").read_text()

    done = run(files, "demo", "--folder", files)
    assert done.returncode == 2
    assert b"fleet.yaml: File exists; name another folder with --folder" in done.stderr
    assert (files / "fleet.yaml").read_text() == before


def test_the_demo_ignores_the_store_of_the_environment(tmp_path):
    assert run(tmp_path, "demo", CAPACITY_SYNC_STORE="sqlite:////no/such/place.db").returncode == 0


def test_a_sync_of_real_files(files):
    done = run(files, "sync", "--format", "json")

    assert (done.returncode, done.stderr) == (0, b"")
    [instance] = json.loads(done.stdout)["instances"]
    assert {one["database_name"]: one["size_bytes"] for one in instance["capacity"]["databases"]} == {
        path.name: path.stat().st_size for path in files.glob("apps/*.db")}


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_json_is_utf_8_whatever_the_locale(files, locale):
    done = run(files, "sync", "--format", "json", LC_ALL=locale, PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")

    assert json.loads(done.stdout.decode("utf-8"))["instances"][0]["inventory"]["active_databases"] == [
        "one.db", "é🦆.db", "数据.db"]


def test_a_table_can_be_printed_in_any_locale(files):
    run(files, "sync")

    done = run(files, "sizes", LC_ALL="POSIX", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0")
    assert done.returncode == 0
    assert b"\\u6570\\u636e.db" in done.stdout


def test_no_colours_and_no_cut_lines_where_no_terminal_is(files):
    (files / "apps" / f"{'long-' * 40}.db").touch()
    run(files, "sync")

    done = run(files, "sizes", COLUMNS="40")
    assert b"\x1b" not in done.stdout
    assert b"long-" * 40 in done.stdout


def test_a_reader_that_stops_reading_gets_no_traceback(files):
    run(files, "sync")

    done = subprocess.run(f"{COMMAND} sizes --format json | true", shell=True, cwd=files, env=environment(),
                          capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(("options", "shown"), [([], True), (["--quiet"], False), (["--log-format", "json"], False)])
def test_progress_is_for_terminals_only(files, options, shown):
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as terminal, open(theirs, "wb") as stderr:
        done = subprocess.run([COMMAND, *options, "sync"], cwd=files, env=environment(TERM="xterm"),
                              stdout=subprocess.PIPE, stderr=stderr, timeout=60, check=False)
        stderr.write(b"END")
        stderr.flush()
        said = b""
        while not said.endswith(b"END"):
            said += terminal.read(10_000)

    assert (done.returncode, b"1/1" in said) == (0, shown)


def test_the_command_to_type_next_works_where_the_path_does_not_lead_to_us(files):
    here = Path(os.path.relpath(COMMAND, files))
    subprocess.run([here, "sync"], cwd=files, env=environment(PATH="/usr/bin:/bin"), check=True, capture_output=True)
    shutil.rmtree(files / "apps")
    (files / "apps").mkdir()

    done = subprocess.run([here, "sync"], cwd=files, env=environment(PATH="/usr/bin:/bin"), check=False,
                          capture_output=True)
    assert done.returncode == 5
    assert f"  {here} sync files --accept files\n" in done.stdout.decode()


def test_help_imports_nothing_heavy():
    code = ("import sys; from click.testing import CliRunner; from capacity_sync.entrypoints.cli.commands import cli;"
            "assert CliRunner().invoke(cli, ['--help']).exit_code == 0; print(*sorted(sys.modules))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name for name in done.stdout.split() if not name.startswith("capacity_sync.entrypoints.cli.commands.")}

    assert not {"sqlalchemy", "alembic", "rich", "cattrs", "yaml", "structlog", "dependency_injector"} & loaded
    assert not {name for name in loaded if name.startswith("capacity_sync.")} - {
        "capacity_sync.entrypoints", "capacity_sync.entrypoints.cli", "capacity_sync.entrypoints.cli.commands",
        "capacity_sync.entrypoints.cli.session", "capacity_sync.entrypoints.cli.tool"}


def test_an_interrupt_keeps_what_was_committed_and_the_record_says_so(files):
    (files / "fleet.yaml").write_text("""
instances:
- {name: files, engine: sqlite, path: apps}
- {name: slow, engine: sqlite, path: apps, password: {command: [sleep, "30"]}}
""")
    process = subprocess.Popen([COMMAND, "sync"], cwd=files, env=environment(), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    wait_for_first_instance(files / "capacity.db")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)

    assert (process.returncode, said) == (130, b"interrupted; what was committed until now stays\n")
    [record] = json.loads(run(files, "runs", "--format", "json").stdout)
    assert record["status"] == "interrupted"
    assert len(json.loads(run(files, "sizes", "--format", "json").stdout)) == 3


def wait_for_first_instance(store):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        time.sleep(0.05)
        if store.exists():
            with closing(sqlite3.connect(store)) as connection:
                ready = connection.execute(TABLES).fetchone()[0]
                if ready and connection.execute("SELECT count(*) FROM capacity_sync_run_instances").fetchone()[0]:
                    return
    pytest.fail("the first instance was never recorded")
