"""The stores that the state machines compare with the model, each empty when an example begins."""
import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from tests.servers.stores import empty

ON_EVERY_STORE = pytest.mark.parametrize(("store", "examples"), [
    ("sqlite", 60),
    ("postgresql", 20),
    ("mariadb", 20),
    *(pytest.param(store, 300, marks=pytest.mark.measured) for store in ("postgresql", "mariadb")),
], indirect=["store"])
"""A store on a server takes a millisecond for what SQLite in memory does in a tenth."""


def compare(machine, engine, examples):
    """Run *machine*, made of a unit of work of the model and one on *engine*, through so many random histories."""
    def begun():
        return machine([InMemoryUnitOfWork(), SqlUnitOfWork(empty(engine))])

    run_state_machine_as_test(begun, settings=settings(
        max_examples=examples, stateful_step_count=15, deadline=None, print_blob=True))


def assert_same(other, model, where=""):
    """Down to the one value in which *other* differs from the *model*."""
    if isinstance(model, dict) and isinstance(other, dict):
        for key in model | other:
            assert_same(other.get(key), model.get(key), f"{where} {key}")
    else:
        assert other == model, f"{where}: {other!r} is not {model!r}"
