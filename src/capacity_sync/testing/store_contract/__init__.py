"""What every store promises, as test functions over one fixture.

In a test module of yours::

    from capacity_sync.testing.store_contract import *   # noqa: F403 - the tests

    @pytest.fixture
    def unit_of_work():
        store = MyStore()                     # empty, one per test
        return lambda: MyUnitOfWork(store)    # each call: a unit of work over that store
"""
from capacity_sync.testing.store_contract import (
    aggregate_lists,
    aggregates,
    capacity,
    doubts,
    history,
    inventory,
    leases,
    newest,
    retention,
    runs,
    series,
    summaries,
    transactions,
)
from capacity_sync.testing.store_contract.aggregate_lists import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.aggregates import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.capacity import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.doubts import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.examples import instance_id
from capacity_sync.testing.store_contract.history import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.history import pair
from capacity_sync.testing.store_contract.inventory import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.leases import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.newest import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.retention import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.runs import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.series import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.summaries import *  # noqa: F403 - the tests
from capacity_sync.testing.store_contract.transactions import *  # noqa: F403 - the tests

__all__ = ["instance_id", "pair"]
__all__ += aggregate_lists.__all__
__all__ += aggregates.__all__
__all__ += capacity.__all__
__all__ += doubts.__all__
__all__ += history.__all__
__all__ += inventory.__all__
__all__ += newest.__all__
__all__ += leases.__all__
__all__ += retention.__all__
__all__ += runs.__all__
__all__ += series.__all__
__all__ += summaries.__all__
__all__ += transactions.__all__
