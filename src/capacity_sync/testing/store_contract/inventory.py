"""What a store promises of instances, databases and events."""
from attrs import evolve

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.reconciliation import EventKind, LifecycleEvent
from capacity_sync.testing.store_contract.examples import (
    AT,
    DAY,
    HARD_NAMES,
    LATER,
    NEXT_DAY,
    SIZE,
    Store,
    database,
    known_in,
    registered,
    save_databases,
    save_sizes,
    sizes_in,
)

__all__ = [
    "test_a_database_saved_again_is_updated_and_keeps_its_first_day",
    "test_a_retired_instance_keeps_its_id_and_its_databases",
    "test_an_instance_can_change_its_engine",
    "test_an_instance_keeps_its_id",
    "test_events_are_found_by_their_run",
    "test_events_stay_in_the_order_they_were_recorded",
    "test_every_field_of_a_known_database_survives",
    "test_hard_names_are_kept_apart_and_unchanged",
    "test_ids_are_asked_for_by_exact_names",
    "test_instances_do_not_share_databases",
    "test_instances_do_not_share_events",
    "test_registering_answers_for_the_asked_instances_only",
    "test_saving_nothing_changes_nothing",
]


def test_an_instance_keeps_its_id(unit_of_work: Store, instance_id: int) -> None:
    registered(unit_of_work, "billing")

    assert registered(unit_of_work, "orders") == instance_id


def test_registering_answers_for_the_asked_instances_only(unit_of_work: Store, instance_id: int) -> None:
    with unit_of_work() as work:
        assert work.instances.register([Instance("billing", "scripted")], AT).keys() == {"billing"}


def test_ids_are_asked_for_by_exact_names(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "Orders")

    with unit_of_work() as work:
        assert work.instances.ids(["orders", "no such", "orders "]) == {"orders": instance_id}
        assert work.instances.ids([]) == {}
        assert work.instances.ids([*map(str, range(1000)), "Orders"]) == {"Orders": other}
        assert work.instances.ids() == {"orders": instance_id, "Orders": other}


def test_an_instance_can_change_its_engine(unit_of_work: Store, instance_id: int) -> None:
    with unit_of_work() as work:
        work.instances.register([Instance("orders", "another")], LATER, {"orders": "15.4"})

        assert work.instances.engines() == {"orders": "another"}


def test_a_retired_instance_keeps_its_id_and_its_databases(unit_of_work: Store, instance_id: int) -> None:
    save_databases(unit_of_work, instance_id, database("shop"))
    with unit_of_work() as work:
        work.instances.retire([], LATER)
        work.commit()

    assert registered(unit_of_work, "orders") == instance_id
    assert known_in(unit_of_work, instance_id) == [database("shop")]


def test_hard_names_are_kept_apart_and_unchanged(unit_of_work: Store, instance_id: int) -> None:
    save_databases(unit_of_work, instance_id, *map(database, HARD_NAMES))
    save_sizes(unit_of_work, instance_id, *(evolve(SIZE, database_name=name) for name in HARD_NAMES))

    assert [known.name for known in known_in(unit_of_work, instance_id)] == sorted(HARD_NAMES)
    assert [size.database_name for size in sizes_in(unit_of_work, instance_id)] == sorted(HARD_NAMES)


def test_every_field_of_a_known_database_survives(unit_of_work: Store, instance_id: int) -> None:
    gone = KnownDatabase("shop", DAY, NEXT_DAY.day, is_active=False, deleted_at=AT, identity="i" * 128,
                         absent_since=DAY, state="RECOVERY_PENDING")
    save_databases(unit_of_work, instance_id, gone)

    assert known_in(unit_of_work, instance_id) == [gone]


def test_a_database_saved_again_is_updated_and_keeps_its_first_day(unit_of_work: Store, instance_id: int) -> None:
    gone = KnownDatabase("shop", DAY, DAY, is_active=False, deleted_at=AT, absent_since=DAY)
    back = KnownDatabase("shop", NEXT_DAY.day, NEXT_DAY.day, identity="1", state="online")
    save_databases(unit_of_work, instance_id, gone)
    save_databases(unit_of_work, instance_id, back, database("other"), at=LATER)

    assert known_in(unit_of_work, instance_id) == [database("other"), evolve(back, first_seen=DAY)]


def test_instances_do_not_share_databases(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    save_databases(unit_of_work, instance_id, database("shop"))
    save_databases(unit_of_work, other, evolve(database("shop"), identity="theirs"))

    assert known_in(unit_of_work, instance_id) == [database("shop")]


def test_saving_nothing_changes_nothing(unit_of_work: Store, instance_id: int) -> None:
    with unit_of_work() as work:
        work.databases.save(instance_id, [], AT)
        work.databases.record(instance_id, [], None, AT)
        work.sizes.save(instance_id, [])

        assert not [*work.databases.known(instance_id), *work.databases.events(instance_id)]
        assert not work.sizes.of_day(instance_id, DAY)


def test_events_stay_in_the_order_they_were_recorded(unit_of_work: Store, instance_id: int) -> None:
    events = [LifecycleEvent("zoo", kind, "why") for kind in EventKind] + [LifecycleEvent("ant", EventKind.CREATED)]
    with unit_of_work() as work:
        work.databases.record(instance_id, events[:3], "run-1", LATER)
        work.databases.record(instance_id, events[3:], None, AT)

        assert list(work.databases.events(instance_id)) == events


def test_events_are_found_by_their_run(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    events = [LifecycleEvent("zoo", EventKind.CREATED), LifecycleEvent("ant", EventKind.HELD, "why")]
    with unit_of_work() as work:
        work.databases.record(instance_id, events, "run-1", AT)
        work.databases.record(instance_id, events[:1], "run-2", AT)
        work.databases.record(other, events[1:], "run-1", AT)
        work.databases.record(other, events, None, AT)
        work.commit()
    with unit_of_work() as work:
        found = work.databases.events_of_run("run-1")

        assert {owner: list(of_one) for owner, of_one in found.items()} == {instance_id: events, other: events[1:]}
        assert work.databases.events_of_run("run-3") == {}


def test_instances_do_not_share_events(unit_of_work: Store, instance_id: int) -> None:
    other = registered(unit_of_work, "billing")
    with unit_of_work() as work:
        work.databases.record(other, [LifecycleEvent("shop", EventKind.CREATED)], None, AT)

        assert not work.databases.events(instance_id)
