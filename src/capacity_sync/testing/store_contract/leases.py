"""What a store promises of leases. Each test has its own: those of the last may end a little later than it."""
from concurrent.futures import ThreadPoolExecutor

from capacity_sync.testing.store_contract.examples import AT, HARD_NAMES, ORDERS, Store

__all__ = [
    "test_a_lease_has_nothing_to_do_with_transactions",
    "test_a_lease_is_given_once",
    "test_a_lease_that_was_given_back_is_given_again",
    "test_giving_back_what_was_not_taken_is_nothing",
    "test_leases_are_told_apart_to_the_letter",
    "test_of_many_threads_one_has_the_lease",
]
AN_HOUR = 3600.0


def test_a_lease_is_given_once(unit_of_work: Store) -> None:
    leases, others = unit_of_work().leases, unit_of_work().leases

    assert leases.take("work 0", AN_HOUR)
    assert not leases.take("work 0", AN_HOUR)
    assert not others.take("work 0", AN_HOUR)


def test_a_lease_that_was_given_back_is_given_again(unit_of_work: Store) -> None:
    leases, others = unit_of_work().leases, unit_of_work().leases
    assert leases.take("work 1", AN_HOUR)
    assert leases.take("other work 1", AN_HOUR)

    leases.release("work 1")

    assert others.take("work 1", AN_HOUR)
    assert not others.take("other work 1", AN_HOUR)


def test_giving_back_what_was_not_taken_is_nothing(unit_of_work: Store) -> None:
    leases = unit_of_work().leases

    leases.release("work 2")

    assert leases.take("work 2", AN_HOUR)
    leases.release("work 2")
    leases.release("work 2")
    assert leases.take("work 2", AN_HOUR)


def test_leases_are_told_apart_to_the_letter(unit_of_work: Store) -> None:
    leases, others = unit_of_work().leases, unit_of_work().leases

    assert [name for name in HARD_NAMES if not leases.take(f"instance {name}", AN_HOUR)] == []
    assert [name for name in HARD_NAMES if others.take(f"instance {name}", AN_HOUR)] == []


def test_a_lease_has_nothing_to_do_with_transactions(unit_of_work: Store) -> None:
    leases, others = unit_of_work().leases, unit_of_work().leases
    assert leases.take("work 4", AN_HOUR)

    with unit_of_work() as work:
        work.instances.register([ORDERS], AT)   # rolled back

    assert not others.take("work 4", AN_HOUR)
    leases.release("work 4")
    with unit_of_work() as work:
        assert work.instances.ids() == {}


def test_of_many_threads_one_has_the_lease(unit_of_work: Store) -> None:
    leases = unit_of_work().leases
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda n: leases.take(f"work 5 {n % 3}", AN_HOUR), range(24)))

    assert sum(taken) == 3
