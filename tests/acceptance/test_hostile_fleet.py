"""SQL Servers and Oracles of which some refuse, hang, deny and reset: each outcome right, none in another's way."""
import json
import os
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.engines.oracle.databases import single
from tests.engines.oracle.served import PASSWORD as ORACLE_PASSWORD
from tests.engines.oracle.served import USER as ORACLE_USER
from tests.servers import tds, tns
from tests.servers.processes import free_port
from tests.servers.sqlserver import PASSWORD, PUBLIC, USER, SQLServer

COMMAND = Path(sys.executable).with_name("capacity-sync")
CONNECT, STATEMENT, DEADLINE = 6, 4, 20
HEAD = f"""
store: sqlite:///store.db
defaults: {{connect_timeout: {CONNECT}, statement_timeout: {STATEMENT}, deadline: {DEADLINE}}}
instances:
"""
EXPECTED = {
    "good": ("completed", None),
    "refused": ("failed", "network"),
    "silent": ("failed", "timeout"),
    "reset": ("failed", "network"),
    "denied": ("failed", "authentication"),
    "blind": ("failed", "permission"),
    "stuck": ("failed", "timeout"),
}
"""What is wrong with an instance -> its status and the category of its error."""


def hangs_on_sizes(text, how):
    return [how] if "master_files" in text or "database_files" in text else None


def sql_server(trouble):
    server = SQLServer(permissions=PUBLIC) if trouble == "blind" else SQLServer()
    server.add("shop")
    if trouble == "stuck":
        server.script = lambda text, session: hangs_on_sizes(text, tds.Misbehaviour.DEAF)
    stop = {"silent": {"prelogin": tds.Misbehaviour.DEAF}, "reset": {"login": tds.Misbehaviour.RESET}}.get(trouble, {})
    return server.listening(stop=stop)


def oracle(trouble):
    database = single()
    if trouble == "blind":
        denied = tns.OracleError(942, "table or view does not exist")
        database.refuses.update(dict.fromkeys(("dba_data_files", "dba_temp_files", "v$datafile", "v$tempfile"), denied))
    if trouble == "stuck":
        database.refuses["dba_tablespaces"] = tns.Misbehaviour.HANG
    stop = {"silent": tns.Misbehaviour.DEAF, "reset": tns.Misbehaviour.RESET}.get(trouble)
    return tns.TNSServer(database.answer, {ORACLE_USER: ORACLE_PASSWORD}, tns.Listener(stop=stop))


def troubles(count):
    """*count* instances of each engine: one of every trouble, two silent ones, the others good."""
    bad = [trouble for trouble in EXPECTED if trouble != "good"] + ["silent"]
    return (bad + ["good"] * count)[:count]


@pytest.fixture(params=[8, pytest.param(20, marks=pytest.mark.measured)])
def fleet(request, tmp_path):
    """The number of instances of each engine; fleet.yaml lies in the folder."""
    lines = []
    with ExitStack() as stack:
        for number, trouble in enumerate(troubles(request.param)):
            for engine, made, user, password, more in (
                ("sqlserver", sql_server, USER, PASSWORD, ""),
                ("oracle", oracle, ORACLE_USER, ORACLE_PASSWORD, ", database: erp.example"),
            ):
                port = free_port() if trouble == "refused" else stack.enter_context(made(trouble)).port
                secret = "wrong" if trouble == "denied" else password
                lines.append(f"  - {{name: {trouble}-{engine}-{number}, engine: {engine}, host: 127.0.0.1, "
                             f"port: {port}, username: {user}, password: '{secret}'{more}}}")
        (tmp_path / "fleet.yaml").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")
        yield 2 * request.param, tmp_path


def sync(folder, workers):
    begun = time.monotonic()
    done = subprocess.run([COMMAND, "--quiet", "sync", "--workers", str(workers), "--format", "json"], cwd=folder,
                          capture_output=True, text=True, timeout=600, env={**os.environ, "PYTHONUTF8": "1"})
    assert done.stderr == ""
    return done.returncode, json.loads(done.stdout), time.monotonic() - begun


def outcomes(report):
    return {one["name"]: (one["status"], one["error"] and one["error"]["category"]) for one in report["instances"]}


def test_a_hostile_fleet_ends_in_time_with_each_outcome_right(fleet, request):
    count, folder = fleet
    rounds = 20 if request.config.getoption("-m") == "measured" else 1
    for turn in range(rounds):
        code, report, seconds = sync(folder, count)
        wrong = {name: found for name, found in outcomes(report).items() if found != EXPECTED[name.partition("-")[0]]}

        assert (code, wrong) == (3, {}), report
        assert all(one["duration_s"] < DEADLINE + 5 for one in report["instances"])
        print(f"\nround {turn + 1}: {count} instances, {seconds:.1f} s wall clock")  # noqa: T201 - the measurement
