"""The store, opened and made ready for what is to be done with it."""
from enum import Enum

from sqlalchemy import Engine

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import Condition, check, ready_to_read, ready_to_sync, upgrade


class Purpose(Enum):
    """`sync` creates a missing store; `read` wants one that exists; `plan` takes a missing one as empty.

    `change` wants one that exists and is going to write into it.
    """

    SYNC = "sync"
    READ = "read"
    PLAN = "plan"
    CHANGE = "change"


NOTHING = (Condition.MISSING, Condition.EMPTY)


def ready_store(url: str, purpose: Purpose) -> Engine:
    """Raises: StoreRefused: with the way out."""
    if purpose is Purpose.CHANGE and check(open_store(url, reading=True)).condition in NOTHING:
        purpose = Purpose.READ
    if purpose in (Purpose.SYNC, Purpose.CHANGE):
        store = open_store(url)
        ready_to_sync(store)
        return store
    store = open_store(url, reading=True)
    if purpose is Purpose.PLAN and check(store).condition in NOTHING:
        return _empty_store()
    ready_to_read(store)
    return store


def _empty_store() -> Engine:
    store = open_store("sqlite://")
    upgrade(store)
    return store
