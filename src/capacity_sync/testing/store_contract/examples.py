"""Values to store, and the shortest way to store them and to read them back."""
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from capacity_sync.domain.capacity import Basis, InstanceFacts, InstanceTotal, StoredSize, Unmeasured
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import InstanceRun, RunRecord, Status
from capacity_sync.ports import UnitOfWork

DAY = date(2026, 2, 28)
AT = datetime(2026, 2, 28, 3, 0, 0, 123456, tzinfo=UTC)
STAMP = Stamp(AT, DAY)
LATER = AT + timedelta(days=1)
NEXT_DAY = Stamp(LATER, DAY + timedelta(days=1))
HARD_NAMES = ("a", "A", "a ", " a", "ä", "a\u0308", "it's", '"quoted"', "100%", "under_score", "back\\slash",
              "\U0001f600", "line\nbreak", "NULL", "n" * 255)
ORDERS = Instance("orders", "scripted")
SIZE = StoredSize("shop", DAY, AT, size_mb=1, data_size_mb=1, log_size_mb=0, identity="16384", size_bytes=2**63 - 1,
                  data_bytes=5, log_bytes=0, max_bytes=7, method="sum of files", basis=Basis.ESTIMATE)
TOTAL = InstanceTotal(10, 2**60, 3, 4, InstanceFacts(5, 6))
DENIED = Failure(Category.PERMISSION, "denied", "42501", "GRANT it", retryable=True)
ONE_RUN = InstanceRun("orders", "scripted", Status.PARTIAL, DENIED, (DENIED, Failure(Category.NETWORK, "gone")),
                      (Unmeasured("shop", DENIED),), ("held \U0001f600",), {"saved": 3, "created": 0}, 1.25)
RUN = RunRecord("run-1", Status.RUNNING, AT, DAY)

Store = Callable[[], UnitOfWork]
"""The fixture `unit_of_work`: each call gives a unit of work over the same store."""


@pytest.fixture
def instance_id(unit_of_work: Store) -> int:
    """The id of an instance that the store knows."""
    return registered(unit_of_work, "orders")


def registered(unit_of_work: Store, name: str) -> int:
    with unit_of_work() as work:
        ids = work.instances.register([Instance(name, "scripted")], AT)
        work.commit()
    return ids[name]


def save_databases(unit_of_work: Store, instance_id: int, *databases: KnownDatabase, at: datetime = AT) -> None:
    with unit_of_work() as work:
        work.databases.save(instance_id, databases, at)
        work.commit()


def save_sizes(unit_of_work: Store, instance_id: int, *sizes: StoredSize) -> None:
    with unit_of_work() as work:
        work.sizes.save(instance_id, sizes)
        work.commit()


def save_total(unit_of_work: Store, instance_id: int, total: InstanceTotal | None, stamp: Stamp = STAMP) -> None:
    with unit_of_work() as work:
        work.sizes.save_total(instance_id, total, stamp)
        work.commit()


def total_of(unit_of_work: Store, instance_id: int, day: date = DAY) -> InstanceTotal | None:
    with unit_of_work() as work:
        return work.sizes.total(instance_id, day)


def known_in(unit_of_work: Store, instance_id: int) -> list[KnownDatabase]:
    with unit_of_work() as work:
        return list(work.databases.known(instance_id))


def sizes_in(unit_of_work: Store, instance_id: int, day: date = DAY) -> list[StoredSize]:
    with unit_of_work() as work:
        return list(work.sizes.of_day(instance_id, day))


def database(name: str) -> KnownDatabase:
    return KnownDatabase(name, DAY, DAY)
