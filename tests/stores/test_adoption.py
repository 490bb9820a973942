"""A store adopted from the legacy application: nothing of it is lost, and `instances` stays the host's."""
import pytest
import sqlalchemy as sa

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import Condition, check, ready_to_read, ready_to_sync, upgrade
from capacity_sync.adapters.stores.sql.tables import metadata
from capacity_sync.adapters.stores.sql.unit_of_work import SqlUnitOfWork
from capacity_sync.domain.capacity import InstanceTotal, StoredSize
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import KnownDatabase
from capacity_sync.domain.outcomes import StoreRefused
from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing.store_contract.examples import AT, SIZE, STAMP
from tests.stores import legacy


@pytest.fixture(params=["sqlite", "postgresql"])
def host(request):
    """The legacy application's store, not adopted yet."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_host")
    engine = open_store(request.getfixturevalue("url"))
    legacy.fill(engine)
    return engine


@pytest.fixture
def adopted(host):
    upgrade(host)
    return host


@pytest.fixture
def work(adopted):
    return SqlUnitOfWork(adopted)


def orders(work):
    return work.instances.register([Instance("orders", "mysql")], AT)["orders"]


def tables(engine):
    return set(sa.inspect(engine).get_table_names())


@pytest.mark.parametrize("prepare", [ready_to_sync, ready_to_read])
def test_a_legacy_store_is_adopted_only_when_asked(host, prepare):
    before = tables(host)
    with pytest.raises(StoreRefused, match="run `capacity-sync store upgrade`"):
        prepare(host)

    assert check(host).condition is Condition.LEGACY
    assert tables(host) == before


def test_adoption_keeps_every_row_and_adds_what_is_missing(host):
    before = legacy.contents(host)

    upgrade(host)

    assert legacy.contents(host) == before
    there = sa.inspect(host)
    for table in metadata.sorted_tables:
        if table.name != "instances":
            assert {column["name"] for column in there.get_columns(table.name)} == set(table.c.keys())


def test_adoption_leaves_the_tables_of_the_host_alone(host):
    def definitions():
        there = sa.inspect(host)
        return {name: [str(column) for column in there.get_columns(name)] for name in ("instances", "alembic_version")}

    before = definitions()
    upgrade(host)

    assert definitions() == before


def test_adoption_is_remembered_and_happens_once(adopted):
    before = legacy.contents(adopted)
    upgrade(adopted)
    ready_to_sync(adopted)

    assert check(adopted).adopted
    assert legacy.contents(adopted) == before


def test_adopted_tables_without_all_columns_get_the_missing_ones(host):
    with host.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE database_size_stats ADD COLUMN size_bytes BIGINT")

    upgrade(host)

    assert {"size_bytes", "basis"} <= {c["name"] for c in sa.inspect(host).get_columns("database_size_stats")}


def test_an_outdated_adopted_store_is_not_upgraded_by_a_sync(adopted):
    with adopted.begin() as connection:
        connection.execute(sa.delete(sa.table("capacity_sync_alembic_version")))

    with pytest.raises(StoreRefused, match="store upgrade"):
        ready_to_sync(adopted)


@pytest.mark.parametrize(("statements", "said"), [
    (["ALTER TABLE instance_databases DROP CONSTRAINT uq_instance_database_instance_name"],
     "instance_databases (instance_id, database_name)"),
    (["ALTER TABLE database_size_stats DROP CONSTRAINT uq_daily_database_size",
      "DROP INDEX uq_instance_size_stats_daily"],
     "database_size_stats (instance_id, database_name, collected_date); "
     "instance_size_stats (instance_id, collected_date)"),
])
def test_tables_without_the_keys_that_writing_needs_are_refused_before_anything_changes(
        postgresql_host, statements, said):
    with postgresql_host.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    before = tables(postgresql_host)

    with pytest.raises(StoreRefused) as refused:
        upgrade(postgresql_host)
    assert f"no unique index on {said}: its owner has to create" in str(refused.value)
    assert tables(postgresql_host) == before


def test_an_instance_is_found_by_its_name(work):
    with work:
        assert orders(work) == 41


def test_what_cannot_be_matched_is_refused_all_at_once(work):
    fleet = [Instance(name, "mysql") for name in ("orders", "Billing", "new", "billing")]
    with work, pytest.raises(StoreRefused, match="Billing, new"):
        work.instances.register(fleet, AT)


def test_the_table_of_the_host_is_never_written(work, adopted):
    before = legacy.contents(adopted)["instances"]
    with work:
        work.instances.register([Instance("orders", "postgresql", "elsewhere")], AT, {"orders": "16.1"})
        work.instances.retire([], AT)
        work.commit()

    assert legacy.contents(adopted)["instances"] == before


def test_the_host_may_still_delete_an_instance(host):
    """What was added beside the host's tables has no foreign key to them."""
    before = tables(host)
    upgrade(host)
    there = sa.inspect(host)
    added = tables(host) - before

    referred = {key["referred_table"] for name in added for key in there.get_foreign_keys(name)}
    assert referred == {"capacity_sync_runs"}


def test_what_the_legacy_application_wrote_is_read(work):
    with work:
        known = work.databases.known(orders(work))
        sizes = work.sizes.of_day(41, legacy.DAY)
        total = work.sizes.total(41, legacy.DAY)

    assert known == [KnownDatabase("old", legacy.DAY, legacy.DAY, is_active=False, deleted_at=legacy.AT),
                     KnownDatabase("shop", legacy.DAY, legacy.DAY)]
    assert sizes == [StoredSize("shop", legacy.DAY, legacy.AT, size_mb=12)]
    assert total == InstanceTotal(12, None, 1, 1)


def test_what_the_legacy_application_wrote_is_updated_in_place(work, adopted):
    now = Stamp(AT, legacy.DAY)
    with work:
        work.sizes.save(41, [StoredSize("shop", legacy.DAY, AT, size_mb=13, size_bytes=13 << 20)])
        work.sizes.save_total(41, InstanceTotal(13, 13 << 20, 1, 1), now)
        work.commit()

    after = legacy.contents(adopted)
    assert [row[3] for row in after["database_size_stats"]] == [13]
    assert [row[2] for row in after["instance_size_stats"]] == [13]


def test_new_days_stand_beside_the_old(work):
    with work:
        work.sizes.save(41, [SIZE])
        work.sizes.save_total(41, InstanceTotal(1, 2, 3, 4), STAMP)

        assert work.sizes.latest_day(41) == STAMP.day
        assert work.sizes.total(41, legacy.DAY) == InstanceTotal(12, None, 1, 1)
