"""Transactions shared by several instances: each result is committed before it is given."""
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import StoreFailed
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.store_contract.examples import AT
from capacity_sync.use_cases.batching import Batches
from capacity_sync.use_cases.capacity_persistence import CapacityPersistence


class Counting:
    """A store in memory that counts commits, and that can be made to wait in a transaction."""

    def __init__(self):
        self.store, self.commits, self.inside, self.go_on = InMemoryUnitOfWork(), 0, Event(), Event()

    def __call__(self):
        return self

    def __enter__(self):
        return self.store.__enter__() and self

    def __exit__(self, *error):
        self.store.__exit__(*error)

    def __getattr__(self, name):
        return getattr(self.store, name)

    def commit(self):
        self.commits += 1
        self.store.commit()

    def names(self):
        with self.store as work:
            return set(work.instances.ids())


def registering(name, *errors):
    left = list(errors)

    def step(work):
        work.instances.register([Instance(name, "scripted")], AT)
        if left:
            raise left.pop(0)
        return name
    return step


def all_at_once(store, batches, steps):
    """The outcomes of *steps*, all of which wait while a first transaction is open."""
    def first(work):
        store.inside.set()
        assert store.go_on.wait(30)

    with ThreadPoolExecutor(len(steps) + 1) as pool:
        holding = pool.submit(batches.transacted, store, first)
        assert store.inside.wait(30)
        waiting = [pool.submit(batches.transacted, store, step) for step in steps]
        while len(batches._waiting) < len(steps):
            pass
        store.go_on.set()
        holding.result(30)
        return [one.exception(30) or one.result() for one in waiting]


@pytest.mark.parametrize(("most", "commits"), [(2, 3), (3, 2), (9, 1)])
def test_what_waits_is_written_together_and_never_too_much(most, commits):
    store, names = Counting(), ["a", "b", "c", "d", "e"]

    assert all_at_once(store, Batches(most), [registering(name) for name in names]) == names
    assert store.names() == set(names)
    assert store.commits == 1 + commits


def test_nobody_waits_for_others():
    store = Counting()

    assert Batches(9).transacted(store, registering("a")) == "a"
    assert (store.names(), store.commits) == ({"a"}, 1)


def test_without_batches_every_step_is_a_transaction():
    store, batches = Counting(), Batches()

    assert [batches.transacted(store, registering(name)) for name in "ab"] == ["a", "b"]
    assert store.commits == 2


def test_one_that_fails_costs_no_other():
    store, refused = Counting(), StoreFailed("no such number")
    steps = [registering("a"), registering("b", *[refused] * 9), registering("c")]

    a, b, c = all_at_once(store, Batches(9), steps)

    assert (a, b, c) == ("a", refused, "c")
    assert store.names() == {"a", "c"}


def test_one_that_fails_alone_says_so():
    store = Counting()
    with pytest.raises(StoreFailed, match="no such number"):
        Batches(9).transacted(store, registering("a", *[StoreFailed("no such number")] * 9))
    assert store.names() == set()


def test_an_interrupt_of_who_writes_leaves_nobody_waiting():
    store, batches = Counting(), Batches(9)
    steps = [registering("a", KeyboardInterrupt()), registering("b")]

    outcomes = all_at_once(store, batches, steps)

    assert sorted(type(one).__name__ for one in outcomes) == ["KeyboardInterrupt", "StoreFailed"]
    assert batches.transacted(store, registering("c")) == "c"


def test_a_fleet_in_batches_ends_as_one_without(world):
    for name in ("a", "b", "c", "d"):
        world.server(name, x=10, y=20)
    world.capacity = CapacityPersistence(Batches(3))

    report = world.sync(workers=4)

    assert report.status is Status.COMPLETED
    assert [world.sizes(name) for name in "abcd"] == [{"x": 10, "y": 20}] * 4
    assert [one.capacity.total_bytes for one in report.instances] == [30] * 4
