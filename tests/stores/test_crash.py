"""A process killed with SIGKILL leaves a store that can be read, holds what was committed, and takes the next sync."""
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import ready_to_sync
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.outcomes import StoreFailed
from capacity_sync.domain.sync_report import Status
from tests.use_cases.world import World

ROOT = Path(__file__).parents[2]
NAMES = [f"db {n:05}" for n in range(20_000)]

BETWEEN_THE_PHASES = """
import sys
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.testing.engines import Waits
from tests.use_cases.world import World
world = World(store=SqlUnitOfWork(open_store(sys.argv[1])))
world.server(shop=1, zoo=2).script["fetch_capacity"] = [Waits(60)]
world.sync()
"""
WHILE_WRITING = """
import os, signal, sys
from attrs import evolve
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.testing.store_contract.examples import SIZE
from tests.stores.test_crash import NAMES
with SqlUnitOfWork(open_store(sys.argv[1])) as work:
    work._connection().exec_driver_sql("PRAGMA cache_size = 10")   # so that the file is written before the commit
    work.sizes.save(1, [evolve(SIZE, database_name=name) for name in NAMES])
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def world(work):
    return World(store=work)


def child(code, url):
    return subprocess.Popen([sys.executable, "-c", code, url], cwd=ROOT)


def wait_for(what):
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def knows_databases(url):
    """Whether phase one of instance 1 was committed, asked as another process would."""
    try:
        with SqlUnitOfWork(open_store(url, reading=True)) as work:
            return bool(work.databases.known(1))
    except StoreFailed:
        return False


def test_killed_between_the_phases_the_inventory_is_kept(world, url):
    killed = child(BETWEEN_THE_PHASES, url)
    wait_for(lambda: knows_databases(url))
    killed.kill()
    assert killed.wait() == -signal.SIGKILL

    assert world.active() == ["shop", "zoo"]
    assert world.sizes() == {}
    assert world.record("run-1").status is Status.RUNNING


def test_killed_between_the_phases_the_next_sync_is_as_if_nothing_had_been(world, url):
    killed = child(BETWEEN_THE_PHASES, url)
    wait_for(lambda: knows_databases(url))
    killed.kill()
    killed.wait()

    ready_to_sync(open_store(url))
    world.server(shop=1, zoo=2)
    next(world.run_ids)
    report = world.sync()

    assert report.status is Status.COMPLETED
    assert world.sizes() == {"shop": 1, "zoo": 2}
    assert [kind for kind, _, _ in world.events()] == ["created", "created"]


def test_killed_while_writing_nothing_of_the_transaction_is_left(world, engine, url, tmp_path):
    world.server(shop=1)
    world.sync()
    before = (tmp_path / "capacity.db").read_bytes()

    assert child(WHILE_WRITING, url).wait() == -signal.SIGKILL
    assert (tmp_path / "capacity.db").stat().st_size > len(before), "the test killed too early to mean anything"

    assert world.sizes() == {"shop": 1}
    with engine.connect() as connection:
        assert connection.scalar(sa.text("PRAGMA integrity_check")) == "ok"
    assert (tmp_path / "capacity.db").read_bytes() == before
