"""A transaction that the store interrupted is run again as a whole, and not for ever."""
import pytest

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import StoreFailed, StoreInterrupted
from capacity_sync.testing.store_contract.examples import AT
from capacity_sync.use_cases import run
from capacity_sync.use_cases.run import PAUSES, transacted


@pytest.fixture(autouse=True)
def slept(monkeypatch):
    slept = []
    monkeypatch.setattr(run.time, "sleep", slept.append)
    return slept


@pytest.fixture
def store():
    return InMemoryUnitOfWork()


def registering(error, times):
    """A step that registers its own number, and then fails so many times with *error*."""
    attempts = []

    def step(work):
        attempts.append(None)
        work.instances.register([Instance(f"attempt {len(attempts)}", "scripted")], AT)
        if len(attempts) <= times:
            raise error
        return len(attempts)
    return step


def known(store):
    with store as work:
        return set(work.instances.ids())


@pytest.mark.parametrize("times", range(len(PAUSES) + 1))
def test_what_was_interrupted_is_run_again_from_its_beginning(store, slept, times):
    attempt = transacted(lambda: store, registering(StoreInterrupted("deadlock"), times))

    assert attempt == times + 1
    assert known(store) == {f"attempt {attempt}"}
    assert slept == list(PAUSES[:times])


def test_after_the_last_attempt_the_store_has_failed(store, slept):
    with pytest.raises(StoreInterrupted, match="deadlock"):
        transacted(lambda: store, registering(StoreInterrupted("deadlock"), 99))

    assert known(store) == set()
    assert slept == list(PAUSES)


@pytest.mark.parametrize("error", [StoreFailed("disk full"), KeyError("surprise")])
def test_what_would_fail_again_is_not_run_again(store, slept, error):
    with pytest.raises(StoreFailed):
        transacted(lambda: store, registering(error, 1))

    assert slept == []


def test_what_is_not_to_be_committed_is_not(store):
    assert transacted(lambda: store, registering(None, 0), commit=False) == 1
    assert known(store) == set()
