"""What the ports do not show and other applications read: stamps, withdrawn totals, instances."""
from datetime import timedelta

import pytest
import sqlalchemy as sa
from attrs import evolve

from capacity_sync.adapters.stores.sql.tables import (
    capacity_sync_run_instances,
    database_lifecycle_events,
    database_size_stats,
    instance_databases,
    instance_size_stats,
    instances,
)
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.domain.reconciliation import EventKind, LifecycleEvent
from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing.store_contract.examples import AT, DAY, LATER, ONE_RUN, RUN, SIZE, STAMP, TOTAL, database

AGAIN = Stamp(AT + timedelta(hours=2), DAY)


@pytest.fixture
def owner(work):
    with work:
        ids = work.instances.register([Instance("orders", "mysql", "db1", 3307, "app")], AT, {"orders": "8.0.36"})
        work.commit()
    return ids["orders"]


@pytest.fixture
def rows(engine):
    def rows(table):
        with engine.connect() as connection:
            return connection.execute(sa.select(table).order_by(table.c.id)).all()
    return rows


def test_an_updated_row_keeps_when_it_was_created(work, owner, rows):
    for stamp in (STAMP, AGAIN):
        with work:
            work.databases.save(owner, [database("shop")], stamp.at)
            work.sizes.save(owner, [evolve(SIZE, collected_at=stamp.at)])
            work.sizes.save_total(owner, TOTAL, stamp)
            work.commit()

    for table in (instance_databases, database_size_stats, instance_size_stats):
        assert [(row.created_at, row.updated_at) for row in rows(table)] == [(AT, AGAIN.at)]
    for table in (database_size_stats, instance_size_stats):
        assert [row.collected_at for row in rows(table)] == [AGAIN.at]


def test_an_updated_row_keeps_its_id(work, owner, rows):
    before = []
    for name in ("shop", "a", "shop", "b", "a"):
        with work:
            work.databases.save(owner, [database(name)], AT)
            work.commit()
        before.append({row.database_name: row.id for row in rows(instance_databases)})

    assert all(earlier.items() <= before[-1].items() for earlier in before)


def test_a_withdrawn_total_stays_as_a_deleted_row(work, owner, rows):
    for total, stamp in ((TOTAL, STAMP), (None, AGAIN), (TOTAL, AGAIN)):
        with work:
            work.sizes.save_total(owner, total, stamp)
            work.commit()

    assert [(row.is_deleted, row.deleted_at) for row in rows(instance_size_stats)] == [(True, AGAIN.at), (False, None)]


def test_a_total_counts_its_databases_as_the_legacy_did(work, owner, rows):
    with work:
        work.sizes.save_total(owner, TOTAL, STAMP)
        work.commit()

    assert [(row.database_count, row.measured_count, row.expected_count) for row in rows(instance_size_stats)] == [
        (3, 3, 4)]


def test_an_instance_says_where_it_is(owner, rows):
    [row] = rows(instances)

    assert (row.name, row.db_type, row.host, row.port, row.database_name, row.main_version, row.is_active) == (
        "orders", "mysql", "db1", 3307, "app", "8.0.36", True)


def test_an_instance_registered_again_keeps_its_version_until_another_is_known(work, owner, rows):
    with work:
        work.instances.register([Instance("orders", "mysql")], LATER)
        work.commit()

    [row] = rows(instances)
    assert (row.main_version, row.host, row.created_at, row.updated_at) == ("8.0.36", None, AT, LATER)


def test_a_retired_instance_is_inactive_until_it_is_registered_again(work, owner, rows):
    with work:
        work.instances.register([Instance("billing", "mysql")], AT)
        work.instances.retire(["billing"], LATER)
        work.commit()
    assert [(row.name, row.is_active, row.updated_at) for row in rows(instances)] == [
        ("orders", False, LATER), ("billing", True, AT)]

    with work:
        work.instances.register([Instance("orders", "mysql")], LATER)
        work.commit()
    assert [row.is_active for row in rows(instances)] == [True, True]


def test_an_event_says_when_and_in_which_run(work, owner, rows):
    with work:
        work.databases.record(owner, [LifecycleEvent("shop", EventKind.RENAMED, "store")], "run-1", LATER)
        work.commit()

    [row] = rows(database_lifecycle_events)
    assert (row.event, row.detail, row.at, row.run_id) == ("renamed", "store", LATER, "run-1")


def test_texts_that_no_column_can_hold_are_stored_readably(work, rows):
    odd = Failure(Category.QUERY, "no \udce9 here\0", "\udcff", "mend \udc80")
    with work:
        work.runs.start(RUN)
        work.runs.add("run-1", evolve(ONE_RUN, error=odd, warnings=(odd,)))
        work.runs.finish("run-1", RUN.status, LATER, "KeyError: '\udce9'")
        work.commit()

    [row] = rows(capacity_sync_run_instances)
    assert (row.error_message, row.error_code, row.error_remedy) == (r"no \udce9 here\x00", r"\udcff", r"mend \udc80")
