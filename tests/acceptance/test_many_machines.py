"""A run over Celery's workers as users start them: real processes, a real Redis, and accidents."""
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from attrs import define, field

from tests.servers.redis import PASSWORD, RedisServer

COMMAND = Path(sys.executable).with_name("capacity-sync")
WORKER = (sys.executable, "-m", "celery", "-A", "capacity_sync.entrypoints.celery", "worker", "-Q", "capacity_sync",
          "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO")
FLEET = """
store: sqlite:///store.db
defaults: {{deadline: 60}}
celery: {{broker: '{broker}', redeliver_after: 4}}
instances:
"""


def until(true, seconds, what):
    """Wait for it; no longer than that."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds} s: {what()}"
        time.sleep(0.05)


@define
class Site:
    """A folder with a fleet of SQLite files, and what was started over it."""

    folder: Path
    names: list[str]
    redis: RedisServer
    running: ExitStack = field(factory=ExitStack)

    @classmethod
    def of(cls, folder, count, redis):
        names = [f"i{n:03}" for n in range(count)]
        for name in names:
            (folder / "files" / name).mkdir(parents=True)
            with closing(sqlite3.connect(folder / "files" / name / "a.db")) as database:
                database.execute("CREATE TABLE t (x)")
        fleet = "".join(f"  - {{name: {name}, engine: sqlite, path: files/{name}}}\n" for name in names)
        (folder / "fleet.yaml").write_text(FLEET.format(broker=redis.url) + fleet)
        return cls(folder, names, redis)

    def start(self, *command, log):
        """In a process group of its own, killed at the end of the test."""
        environment = {**os.environ, "CAPACITY_SYNC_CONFIG": str(self.folder / "fleet.yaml")}
        with (self.folder / f"{log}.out").open("w") as out, (self.folder / f"{log}.err").open("w") as err:
            process = subprocess.Popen(command, cwd=self.folder, env=environment, stdout=out, stderr=err,
                                       start_new_session=True)
        self.running.callback(self.kill, process)
        return process

    def kill(self, process):
        """With all that it started."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        process.wait(10)

    def worker(self, log):
        process = self.start(*WORKER, log=log)
        until(lambda: " ready." in self.said(log), 30, lambda: self.said(log))
        return process

    def said(self, log):
        return (self.folder / f"{log}.out").read_text() + (self.folder / f"{log}.err").read_text()

    def query(self, sql):
        """Rows of the store; none as long as it is not there."""
        try:
            with closing(sqlite3.connect(f"file:{self.folder}/store.db?mode=ro", uri=True, timeout=30)) as store:
                return store.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []

    def outcomes(self):
        return len(self.query("SELECT 1 FROM capacity_sync_run_instances WHERE status <> 'running'"))


@pytest.fixture
def redis():
    with RedisServer() as server:
        yield server


@pytest.fixture
def site(tmp_path, redis, request):
    found = Site.of(tmp_path, getattr(request, "param", 3), redis)
    with found.running:
        yield found


@pytest.mark.parametrize(("site", "restarts"), [(20, 0), pytest.param(500, 1, marks=pytest.mark.measured)],
                         indirect=["site"])
def test_a_killed_worker_and_a_broker_that_starts_again_cost_no_instance(site, restarts):
    count, begun = len(site.names), time.monotonic()
    victim, _ = site.worker("victim"), site.worker("other")
    sync = site.start(COMMAND, "sync", "--dispatch", "celery", "--format", "json", log="sync")
    until(lambda: site.outcomes() >= count // 5, 60, lambda: site.said("sync"))
    site.kill(victim)
    for _ in range(restarts):
        until(lambda: site.outcomes() >= count // 2, 300, lambda: site.said("sync"))
        site.redis.stop()
        site.redis.start()
    until(lambda: sync.poll() is not None, 30 + count, lambda: f"{site.outcomes()} {site.said('other')[-2000:]}")
    print(f"{count} instances in {time.monotonic() - begun:.1f} s")  # noqa: T201 - the measured figure

    report = json.loads((site.folder / "sync.out").read_text())
    assert [(one["name"], one["error"]) for one in report["instances"] if one["status"] != "completed"] == []
    assert ([one["name"] for one in report["instances"]], sync.returncode) == (site.names, 0)
    assert site.query("SELECT run_id, status, error FROM capacity_sync_runs") == [
        (report["run_id"], "completed", None)]
    assert site.query("SELECT instance_name, status, count(*) FROM capacity_sync_run_instances "
                      "GROUP BY 1, 2 ORDER BY 1") == [(name, "completed", 1) for name in site.names]
    assert site.query("SELECT name, count(*), min(size_bytes) FROM database_size_stats s JOIN instances i "
                      "ON i.id = s.instance_id GROUP BY 1 ORDER BY 1") == [(name, 1, 8192) for name in site.names]
    assert site.query("SELECT count(*), count(DISTINCT instance_id) FROM database_lifecycle_events") == [(count, count)]
    assert PASSWORD not in site.said("victim") + site.said("other") + site.said("sync")


def test_a_report_from_workers_is_the_one_of_a_run_here(site):
    site.worker("worker")
    reports = {}
    for log, options in (("there", ["--dispatch", "celery"]), ("here", [])):
        sync = site.start(COMMAND, "sync", "--format", "json", *options, log=log)
        assert sync.wait(60) == 0, site.said(log)
        reports[log] = json.loads((site.folder / f"{log}.out").read_text())

    first, second = reports["there"]["instances"], reports["here"]["instances"]
    assert [one["inventory"]["created"] for one in first] == [1, 1, 1]
    for one in (*first, *second):
        del one["duration_s"], one["inventory"]["created"], one["inventory"]["refreshed"]
    assert first == second


def test_an_interrupt_ends_the_wait_at_once_and_the_record_says_so(site):
    sync = site.start(COMMAND, "sync", "--dispatch", "celery", log="sync")
    until(lambda: site.redis.length("capacity_sync") == 3, 30, lambda: site.said("sync"))
    begun = time.monotonic()
    sync.send_signal(signal.SIGINT)

    assert (sync.wait(10), time.monotonic() - begun < 5) == (130, True)
    assert "worker -Q capacity_sync\n" in site.said("sync")
    assert site.query("SELECT status FROM capacity_sync_runs") == [("interrupted",)]
    site.worker("worker")
    until(lambda: site.redis.length("capacity_sync") == 0, 30, lambda: site.said("worker"))
    assert site.query("SELECT count(*) FROM capacity_sync_run_instances") == [(0,)]
    assert site.query("SELECT count(*) FROM database_size_stats") == [(0,)]


def test_a_broker_that_is_away_is_one_line_and_no_run(site):
    site.redis.stop()
    sync = site.start(COMMAND, "sync", "--dispatch", "celery", log="sync")

    assert sync.wait(30) == 1
    assert site.said("sync").count("\n") == 1
    assert site.said("sync").startswith(f"the broker redis://:***@127.0.0.1:{site.redis.port}/0 cannot be reached: ")
    assert PASSWORD not in site.said("sync")
    assert site.query("SELECT count(*) FROM capacity_sync_runs") == []
