"""Processes that are killed, and processes side by side: the store is that of one undisturbed sync."""
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.tables import capacity_sync_leases
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.sync_report import Status
from tests.servers.stores import empty
from tests.stores.driver import FLEET, rows, say, today, yesterday

ROOT = Path(__file__).parents[2]
STORES = ("sqlite", "postgresql", "mariadb")


def at(size, in_full):
    """Each store with the small *size*, and with *in_full* when everything is measured."""
    return [*((store, size) for store in STORES),
            *(pytest.param(store, in_full, marks=pytest.mark.measured) for store in STORES)]


@pytest.fixture
def url(request, tmp_path):
    """Of a current store that other processes reach; `store` chooses the kind."""
    kind = request.getfixturevalue("store")
    if kind != "sqlite":
        return request.getfixturevalue(f"{kind}_store")
    made = f"sqlite:///{tmp_path}/capacity.db"
    ready_to_sync(open_store(made))
    return made


@pytest.fixture
def engine(url):
    engine = open_store(url)
    yield engine
    engine.dispose()


def begin_with_yesterday(engine):
    world = yesterday(empty(engine))
    world.run_ids = iter(["yesterday"])
    assert world.sync().status is Status.COMPLETED


def undisturbed(engine):
    """The rows after yesterday's and today's sync, and how long the second takes."""
    begin_with_yesterday(engine)
    begun = time.monotonic()
    assert today(engine).sync(workers=2).status is Status.COMPLETED
    return rows(engine), time.monotonic() - begun


def ready(url, *arguments):
    """A driver that has opened the store and waits to be told."""
    command = [sys.executable, "-m", "tests.stores.driver", url, *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def begin(process):
    process.stdin.write("go\n")
    process.stdin.flush()


def ended(process):
    """What each round of a driver came to."""
    out, err = process.communicate(timeout=600)
    assert (process.returncode, err) == (0, "")
    return [json.loads(line) for line in out.splitlines()]


@pytest.mark.parametrize(("store", "kills"), at(1, 10))
def test_killed_at_any_moment_the_next_sync_makes_the_store_what_it_would_be(store, kills, url, engine):
    seed = random.randrange(2**32)
    chance, open_runs = random.Random(seed), 0
    expected, seconds = undisturbed(engine)
    for number in range(kills):
        begin_with_yesterday(engine)
        process, moment = ready(url, "killed"), chance.uniform(0, 1.2 * seconds)
        begin(process)
        time.sleep(moment)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        next_one = ready(url, "next")
        begin(next_one)
        [statuses] = ended(next_one)

        assert statuses == ["completed"] * len(FLEET), (seed, number, moment)
        assert rows(engine) == expected, (seed, number, moment)
        open_runs += check_runs(engine)
    say(f"{store}: seed {seed}, {kills} kills within {1.2 * seconds:.3f} s, {open_runs} of them with an open run")


def check_runs(engine):
    """The killed run is closed as what it was, the next one is complete; whether the first was open."""
    with SqlUnitOfWork(engine) as work:
        records = {record.run_id: work.runs.find(record.run_id) for record in work.runs.recent(9)}
    killed = records.pop("killed-0", None)
    assert {name: (record.status, [one.name for one in record.instances]) for name, record in records.items()} == {
        "next-0": (Status.COMPLETED, FLEET), "yesterday": (Status.COMPLETED, FLEET)}
    if killed is not None and killed.status is not Status.COMPLETED:
        assert (killed.status, killed.error) == (Status.INTERRUPTED, "its process ended; found by run next-0")
    with engine.connect() as connection:
        left = connection.scalars(sa.select(capacity_sync_leases.c.what)).all()
    assert set(left) <= {"run killed-0"}
    return killed is not None and killed.status is Status.INTERRUPTED


@pytest.mark.parametrize(("store", "size"), at((4, 2), (8, 20)))
def test_processes_that_sync_the_same_fleet_leave_the_rows_of_one(store, size, url, engine):
    processes, rounds = size
    expected, _ = undisturbed(engine)
    begin_with_yesterday(engine)
    crowd = [ready(url, f"process {number}", str(rounds)) for number in range(processes)]

    begun = time.monotonic()
    for process in crowd:
        begin(process)
    statuses = [status for process in crowd for one in ended(process) for status in one]

    seconds = time.monotonic() - begun
    assert len(statuses) == processes * rounds * len(FLEET)
    assert set(statuses) <= {"completed", "skipped"}
    assert rows(engine) == expected
    with SqlUnitOfWork(engine) as work:
        records = [work.runs.find(record.run_id) for record in work.runs.recent(9999)]
    assert {record.status for record in records} == {Status.COMPLETED}
    assert len(records) == processes * rounds + 1
    assert all(len(record.instances) == len(FLEET) for record in records)
    say(f"{store}: {processes} processes x {rounds} rounds x {len(FLEET)} instances in {seconds:.1f} s, "
        f"{statuses.count('skipped')} of {len(statuses)} skipped")
