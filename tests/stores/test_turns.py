"""Threads that write to one SQLite file."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from capacity_sync.adapters.stores.sql import opening
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.purpose import Purpose, ready_store
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.instance import Instance
from capacity_sync.testing.store_contract.examples import AT


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A store whose file nobody waits for: who finds it locked fails at once."""
    url = f"sqlite:///{tmp_path}/store.db"
    ready_store(url, Purpose.SYNC).dispose()
    monkeypatch.setattr(opening, "BUSY_SECONDS", 0)
    return SqlUnitOfWork(open_store(url))


def register(work, name):
    with work:
        work.instances.register([Instance(name, "scripted")], AT)
        work.commit()


def test_threads_take_turns_and_none_meets_a_locked_file(work):
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda n: register(work, f"i{n}"), range(64)))

    with work:
        assert len(work.instances.ids()) == 64


def test_a_turn_ends_whatever_happens_in_it(work, monkeypatch):
    with pytest.raises(KeyboardInterrupt), work:
        raise KeyboardInterrupt
    monkeypatch.setattr(work.engine.dialect, "connect", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        register(work, "never")
    monkeypatch.undo()

    with ThreadPoolExecutor(1) as threads:
        threads.submit(register, work, "after").result(timeout=10)
