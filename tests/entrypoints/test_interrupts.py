"""Ctrl-C and SIGTERM from outside, while servers hang: the command ends, the record is true, nothing lives on."""
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.servers.listeners import listener

COMMAND = Path(sys.executable).with_name("capacity-sync")
HANGS = ("postgresql", "mysql", "sqlserver", "oracle")
FLEET = """
store: sqlite:///store.db
workers: 8
per_host: 8
defaults: {connect_timeout: 600, statement_timeout: 600, deadline: 3600}
instances:
  - {name: files, engine: sqlite, path: apps}
"""
DEAF = """  - {{name: {engine}, engine: {engine}, host: 127.0.0.1, port: {port}, username: monitor,
      password: {{env: P}}}}
"""
PATIENCE = 60


@pytest.fixture
def folder(tmp_path):
    """A fleet of files, which are quick, and of servers that accept and say nothing."""
    (tmp_path / "apps").mkdir()
    with closing(sqlite3.connect(tmp_path / "apps" / "one.db")) as connection:
        connection.execute("CREATE TABLE t (x)")
    with ExitStack() as stack:
        deaf = [DEAF.format(engine=engine, port=stack.enter_context(listener())) for engine in HANGS]
        (tmp_path / "fleet.yaml").write_text(FLEET + "".join(deaf))
        yield tmp_path


def asked(folder, query):
    try:
        with closing(sqlite3.connect(folder / "store.db")) as store:
            return store.execute(query).fetchall()
    except sqlite3.OperationalError:
        return []


def children(pid):
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def until(condition):
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)
    return found


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_a_signal_ends_a_run_over_hanging_servers(folder, number):
    running = subprocess.Popen([COMMAND, "sync", "--format", "json"], cwd=folder, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env={**os.environ, "P": "secret"})
    try:
        until(lambda: asked(folder, "SELECT 1 FROM capacity_sync_run_instances WHERE instance_name = 'files'"))
        isolated = until(lambda: len(found := children(running.pid)) == 2 and found)
        running.send_signal(number)
        out, err = running.communicate(timeout=PATIENCE)
    finally:
        running.kill()

    assert (running.returncode, out, err.decode()) == (
        130, b"", "interrupted; what was committed until now stays\n")
    assert asked(folder, "SELECT status FROM capacity_sync_runs") == [("interrupted",)]
    assert asked(folder, "SELECT instance_name, status FROM capacity_sync_run_instances") == [("files", "completed")]
    assert asked(folder, "SELECT database_name FROM database_size_stats") == [("one.db",)]
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in isolated))
