"""Twenty servers in one sync, some of which refuse, hang, deny or break off: each outcome its own, nobody waits."""
import json
import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from datetime import datetime

import pytest

from capacity_sync.domain.outcomes import Category
from tests.servers.listeners import listener
from tests.servers.sqlserver import PASSWORD, PUBLIC, USER, SQLServer
from tests.servers.tds import Misbehaviour
from tests.servers.tds_tokens import Message

CONNECT_TIMEOUT = 8
OUTCOMES = {
    **{f"good{n}": None for n in range(9)},
    **{f"silent{n}": Category.TIMEOUT for n in range(3)},
    "deaf": Category.TIMEOUT,
    "refusing": Category.NETWORK,
    "resetting": Category.NETWORK,
    "garbled": Category.NETWORK,
    "denying": Category.AUTHENTICATION,
    "starting": Category.UNAVAILABLE,
    "elsewhere": Category.UNKNOWN_DATABASE,
    "blind": Category.PERMISSION,
}
INSTANCE = "  - {{name: {name}, engine: sqlserver, host: 127.0.0.1, port: {port}, username: {user}, {more}}}\n"


def served(name, stack):
    """The port of the server that behaves as *name* says."""
    if name.startswith("silent"):
        return stack.enter_context(listener())
    if name == "refusing":
        with socket.create_server(("127.0.0.1", 0)) as gone:
            return gone.getsockname()[1]
    server = SQLServer(permissions=PUBLIC) if name == "blind" else SQLServer()
    server.add(f"db of {name}")
    options = {
        "deaf": {"stop": {"login": Misbehaviour.DEAF}},
        "resetting": {"stop": {"login": Misbehaviour.RESET}},
        "garbled": {"stop": {"prelogin": Misbehaviour.GARBAGE}},
        "starting": {"refusal": [Message(18401, 14, "Login failed. Server is in script upgrade mode.")]},
    }
    return stack.enter_context(server.listening(**options.get(name, {}))).port


@pytest.fixture
def fleet(tmp_path):
    """The fleet file, while its servers run."""
    with ExitStack() as stack:
        lines = [INSTANCE.format(name=name, port=served(name, stack), user=USER, more=", ".join([
            f"password: {{env: {'WRONG' if name == 'denying' else 'SECRET'}}}",
            *(["database: nowhere"] if name == "elsewhere" else [])])) for name in OUTCOMES]
        path = tmp_path / "fleet.yaml"
        path.write_text(f"store: sqlite:///{tmp_path}/capacity.db\n"
                        f"defaults: {{connect_timeout: {CONNECT_TIMEOUT}, deadline: 60}}\ninstances:\n{''.join(lines)}")
        yield path


def synced(fleet):
    command = [sys.executable, "-c", "from capacity_sync.entrypoints.cli import main; main()"]
    return subprocess.run([*command, "--config", str(fleet), "sync", "--workers", "20", "--format", "json"],
                          capture_output=True, text=True, check=False, timeout=120,
                          env={**os.environ, "SECRET": PASSWORD, "WRONG": "not it"})


def check(fleet):
    done = synced(fleet)
    run = json.loads(done.stdout)
    reports = {report["name"]: report for report in run["instances"]}
    found = {name: report["error"] and report["error"]["category"] for name, report in reports.items()}

    assert done.returncode == 3, done.stderr
    assert found == {name: category and category.value for name, category in OUTCOMES.items()}
    assert all(reports[f"good{n}"]["capacity"]["saved"] == 1 for n in range(9))
    return run


def test_each_has_its_own_outcome_and_none_waits_for_another(fleet):
    """Four of them cost a whole time-out each: one after another, these alone would take longer than the run."""
    run = check(fleet)
    began, ended = (datetime.fromisoformat(run[key]) for key in ("started_at", "finished_at"))
    waited = [one["duration_s"] for one in run["instances"] if OUTCOMES[one["name"]] is Category.TIMEOUT]

    assert len(waited) == 4
    assert (ended - began).total_seconds() < sum(waited)


@pytest.mark.measured
def test_twenty_times_in_a_row_the_same(fleet):
    for _ in range(20):
        check(fleet)
