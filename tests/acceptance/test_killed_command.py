"""The command itself, killed at any moment: the next run closes the dead one, and nothing is lost or there twice."""
import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

import pytest

FOLDERS, FILES = 20, 5
COMMAND = [sys.executable, "-c", "from capacity_sync.entrypoints.cli import main; main()"]


@pytest.fixture
def fleet(tmp_path):
    lines = []
    for n in range(FOLDERS):
        folder = tmp_path / f"apps{n}"
        folder.mkdir()
        for file in range(FILES):
            with closing(sqlite3.connect(folder / f"{file}.db")) as made:
                made.execute("CREATE TABLE t (x)")
        lines.append(f"- {{name: apps{n}, engine: sqlite, path: apps{n}}}")
    (tmp_path / "fleet.yaml").write_text("workers: 2\ninstances:\n" + "\n".join(lines))
    return tmp_path


def sync(folder):
    return subprocess.Popen([*COMMAND, "sync", "--format", "json"], cwd=folder, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)


def asked(folder, query):
    with closing(sqlite3.connect(folder / "capacity.db")) as store:
        return store.execute(query).fetchall()


@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.measured)])
def test_the_next_run_makes_good_what_a_killed_one_left(fleet, times):
    begun = time.monotonic()
    sync(fleet).communicate(timeout=60)
    whole, seed = time.monotonic() - begun, random.randrange(2**32)
    sys.stdout.write(f"seed {seed}, {whole:.2f} s undisturbed\n")
    moments = random.Random(seed)
    sizes = asked(fleet, "SELECT instance_id, database_name, size_bytes FROM database_size_stats ORDER BY 1, 2")
    for _ in range(times):
        process = sync(fleet)
        time.sleep(moments.uniform(whole / 3, whole))
        process.kill()
        process.communicate()
    killed = asked(fleet, "SELECT run_id FROM capacity_sync_runs WHERE status = 'running'")
    out, err = sync(fleet).communicate(timeout=60)

    report = json.loads(out)
    assert (report["status"], err) == ("completed", b"")
    statuses = dict(asked(fleet, "SELECT run_id, status FROM capacity_sync_runs"))
    assert {statuses[run_id] for run_id, in killed} <= {"interrupted"}
    assert "running" not in statuses.values()
    sys.stdout.write(f"{times} killed, runs: {dict(Counter(statuses.values()))}\n")
    assert asked(fleet, "SELECT instance_id, database_name, size_bytes FROM database_size_stats ORDER BY 1, 2") == sizes
    assert asked(fleet, "SELECT event, count(*) FROM database_lifecycle_events GROUP BY 1") == [
        ("created", FOLDERS * FILES)]
    assert {(total, count) for total, count in asked(
        fleet, "SELECT total_size_bytes, database_count FROM instance_size_stats")} == {(8192 * FILES, FILES)}
