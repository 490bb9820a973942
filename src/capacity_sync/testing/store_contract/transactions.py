"""What a unit of work promises."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from capacity_sync.domain.instance import Instance
from capacity_sync.testing.store_contract.examples import AT, ORDERS, Store, registered

__all__ = [
    "test_an_exception_undoes_what_was_not_committed",
    "test_one_unit_of_work_serves_many_threads",
    "test_what_comes_after_a_commit_needs_another",
    "test_what_was_committed_is_there_for_the_next",
    "test_what_was_not_committed_is_gone",
]


def test_what_was_committed_is_there_for_the_next(unit_of_work: Store) -> None:
    given = registered(unit_of_work, "orders")

    with unit_of_work() as work:
        assert work.instances.ids() == {"orders": given}


def test_what_was_not_committed_is_gone(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        work.instances.register([ORDERS], AT)

    with unit_of_work() as work:
        assert work.instances.ids() == {}


def test_an_exception_undoes_what_was_not_committed(unit_of_work: Store) -> None:
    def interrupted() -> None:
        with unit_of_work() as work:
            work.instances.register([ORDERS], AT)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    with unit_of_work() as work:
        assert work.instances.ids() == {}


def test_what_comes_after_a_commit_needs_another(unit_of_work: Store) -> None:
    with unit_of_work() as work:
        work.instances.register([ORDERS], AT)
        work.commit()
        work.instances.register([Instance("billing", "scripted")], AT)

    with unit_of_work() as work:
        assert work.instances.ids().keys() == {"orders"}


def test_one_unit_of_work_serves_many_threads(unit_of_work: Store) -> None:
    shared = unit_of_work()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: registered(lambda: shared, f"instance {n}"), range(24)))

    with shared as work:
        assert work.instances.ids().keys() == {f"instance {n}" for n in range(24)}
