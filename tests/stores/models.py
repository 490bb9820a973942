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
