"""What every engine's adapter promises, as test functions over one fixture.

In a test module of yours::

    from capacity_sync.testing.engine_contract import *   # noqa: F403 - the tests
    from capacity_sync.testing.engine_contract import EngineCase

    @pytest.fixture
    def engine_case():
        return EngineCase(MyAdapter(), Instance("one", "my-engine", host=...), create=..., drop=...)
"""
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager

import pytest
from attrs import field, frozen

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import Completeness, InventoryRow, Listing
from capacity_sync.domain.outcomes import EngineError
from capacity_sync.ports import Connection, EngineAdapter

__all__ = [
    "test_a_created_database_is_listed_by_its_exact_name",
    "test_a_database_that_does_not_exist_is_unmeasured_with_a_reason",
    "test_a_dropped_database_is_no_longer_listed",
    "test_a_listing_that_may_hide_something_says_what_would_show_it",
    "test_an_empty_inventory_asks_nothing_and_measures_nothing",
    "test_an_unreachable_instance_is_an_engine_error_that_says_what_to_do",
    "test_closing_twice_is_closing_once",
    "test_every_target_is_measured_or_unmeasured_never_both_never_neither",
    "test_one_missing_database_costs_no_other",
    "test_the_diagnosis_agrees_with_the_listing",
    "test_the_grants_name_the_user",
    "test_the_traits_name_the_engine_of_the_instance",
    "test_two_readings_of_an_idle_instance_agree",
]

NAMES = ("plain", "With Blank", "ünï-cödé", "per%cent_under")


@frozen
class EngineCase:
    """One reachable instance of the engine under test.

    `create` and `drop` make and remove a database by exact name; `names` are names the engine can hold.
    `unreachable`: an instance of the same engine that cannot be opened.
    """

    adapter: EngineAdapter
    instance: Instance
    create: Callable[[str], None]
    drop: Callable[[str], None]
    unreachable: Instance
    password: str | None = field(default=None, repr=False)
    names: Sequence[str] = NAMES

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        with closing(self.adapter.connect(self.instance, self.password)) as connection:
            yield connection

    @contextmanager
    def databases(self) -> Iterator[Connection]:
        """A connection to the instance while all of `names` exist."""
        for name in self.names:
            self.create(name)
        try:
            with self.connected() as connection:
                yield connection
        finally:
            for name in self.names:
                self.drop(name)


def _users(listing: Listing) -> list[InventoryRow]:
    return [row for row in listing if not row.is_system]


def test_the_traits_name_the_engine_of_the_instance(engine_case: EngineCase) -> None:
    assert engine_case.adapter.traits.name == engine_case.instance.engine


def test_a_created_database_is_listed_by_its_exact_name(engine_case: EngineCase) -> None:
    with engine_case.databases() as connection:
        listed = engine_case.adapter.fetch_inventory(connection)

    assert set(engine_case.names) <= {row.name for row in _users(listed)}


def test_a_dropped_database_is_no_longer_listed(engine_case: EngineCase) -> None:
    with engine_case.databases():
        pass
    with engine_case.connected() as connection:
        listed = engine_case.adapter.fetch_inventory(connection)

    assert not {row.name for row in listed} & set(engine_case.names)


def test_every_target_is_measured_or_unmeasured_never_both_never_neither(engine_case: EngineCase) -> None:
    with engine_case.databases() as connection:
        listing = engine_case.adapter.fetch_inventory(connection)
        targets = [row.name for row in _users(listing) if row.unmeasurable is None]
        measured = engine_case.adapter.fetch_capacity(connection, targets)

    names = [*(row.database_name for row in measured), *(lost.database_name for lost in measured.unmeasured)]
    assert sorted(names) == sorted(targets)


def test_two_readings_of_an_idle_instance_agree(engine_case: EngineCase) -> None:
    with engine_case.databases() as connection:
        adapter = engine_case.adapter
        first = (adapter.fetch_inventory(connection), adapter.fetch_capacity(connection, engine_case.names))
        again = (adapter.fetch_inventory(connection), adapter.fetch_capacity(connection, engine_case.names))

    assert first[0] == again[0]
    assert list(first[1]) == list(again[1])


def test_a_database_that_does_not_exist_is_unmeasured_with_a_reason(engine_case: EngineCase) -> None:
    with engine_case.connected() as connection:
        measured = engine_case.adapter.fetch_capacity(connection, ["never-created"])

    assert len(measured) == 0
    assert [lost.database_name for lost in measured.unmeasured] == ["never-created"]


def test_one_missing_database_costs_no_other(engine_case: EngineCase) -> None:
    with engine_case.databases() as connection:
        measured = engine_case.adapter.fetch_capacity(connection, [*engine_case.names, "never-created"])

    assert sorted(row.database_name for row in measured) == sorted(engine_case.names)


def test_an_empty_inventory_asks_nothing_and_measures_nothing(engine_case: EngineCase) -> None:
    with engine_case.connected() as connection:
        connection.close()
        measured = engine_case.adapter.fetch_capacity(connection, [])

    assert (len(measured), measured.unmeasured) == (0, ())


def test_a_listing_that_may_hide_something_says_what_would_show_it(engine_case: EngineCase) -> None:
    with engine_case.connected() as connection:
        listing = engine_case.adapter.fetch_inventory(connection)

    assert (listing.completeness is Completeness.COMPLETE) == (listing.witness is None)
    assert listing.witness is None or listing.witness.remedy


def test_the_diagnosis_agrees_with_the_listing(engine_case: EngineCase) -> None:
    with engine_case.connected() as connection:
        listing = engine_case.adapter.fetch_inventory(connection)
        diagnosis = engine_case.adapter.diagnose(connection)

    assert (diagnosis.completeness, diagnosis.server_version) == (listing.completeness, listing.server_version)
    assert all(failure.remedy for failure in diagnosis.missing)


def test_the_grants_name_the_user(engine_case: EngineCase) -> None:
    statements = engine_case.adapter.grants("watcher")

    assert any("watcher" in statement for statement in statements)


def test_an_unreachable_instance_is_an_engine_error_that_says_what_to_do(engine_case: EngineCase) -> None:
    adapter = engine_case.adapter
    with (pytest.raises(EngineError) as caught,
          closing(adapter.connect(engine_case.unreachable, engine_case.password)) as connection):
        adapter.fetch_inventory(connection)

    assert caught.value.failure.remedy


def test_closing_twice_is_closing_once(engine_case: EngineCase) -> None:
    with engine_case.connected() as connection:
        connection.close()
