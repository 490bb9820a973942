"""The stores that the state machines compare, each empty when an example begins."""
from contextlib import contextmanager
from functools import cache

import sqlalchemy as sa

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.tables import metadata
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork


@contextmanager
def memory():
    yield InMemoryUnitOfWork()


@contextmanager
def sqlite():
    yield SqlUnitOfWork(_emptied())


def _emptied():
    """One database for all examples: a hundred migrations would take longer than a hundred histories."""
    engine = _created()
    with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            connection.execute(sa.delete(table))
    return engine


@cache
def _created():
    engine = open_store("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
    return engine


STORES = (memory, sqlite)
"""The model first."""


def assert_same(other, model, where=""):
    """Down to the one value in which *other* differs from the *model*."""
    if isinstance(model, dict) and isinstance(other, dict):
        for key in model | other:
            assert_same(other.get(key), model.get(key), f"{where} {key}")
    else:
        assert other == model, f"{where}: {other!r} is not {model!r}"
