"""What `store check` says of an upgrade is what the upgrade then does."""
from itertools import count

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from capacity_sync.adapters.stores.sql.maintenance import StoreMaintenance
from capacity_sync.adapters.stores.sql.migrating import MIGRATIONS
from capacity_sync.adapters.stores.sql.schema import NEEDED_OF_A_HOST, Condition, check, upgrade
from capacity_sync.adapters.stores.sql.tables import REVISIONS, VERSION_TABLE, metadata
from capacity_sync.domain.outcomes import StoreRefused
from tests.servers.stores import mariadb_url
from tests.stores import legacy

OURS = metadata.tables.keys() | {VERSION_TABLE}
_numbers = count()


def text_of(engine):
    return engine.url.render_as_string(hide_password=False)


def sqlite(request):
    return f"sqlite:///{request.getfixturevalue('tmp_path')}/store.db"


def postgresql(request):
    return request.getfixturevalue("postgresql_database")


def mariadb(request):
    server, database = request.getfixturevalue("mariadb_server"), f"planned_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {database}")
    return mariadb_url(server, database)


@pytest.fixture(params=[sqlite, postgresql, mariadb], ids=lambda made: made.__name__)
def empty(request, opened):
    return opened(request.param(request))


@pytest.fixture(params=[sqlite, postgresql], ids=lambda made: made.__name__)
def host(request, opened):
    engine = opened(request.param(request))
    legacy.fill(engine)
    return engine


def contents(engine):
    """Our tables, and their columns and indexes; without the stand-in that MariaDB needs for a partial index."""
    there, found = sa.inspect(engine), set()
    for table in OURS.intersection(there.get_table_names()):
        found |= {f"table {table}", *(f"column {table}.{c['name']}" for c in there.get_columns(table)),
                  *(f"index {table}.{i['name']}" for i in there.get_indexes(table))}
    return found


def added_by_an_upgrade(engine):
    before = contents(engine)
    upgrade(engine)
    added = contents(engine) - before
    new = {one.split()[1] for one in added if one.startswith("table ")}
    return sorted(one for one in added if one.startswith("table ") or one.split()[1].split(".")[0] not in new)


def at_revision(engine, revision):
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes.update(connection=connection, version_table=VERSION_TABLE)
        command.upgrade(config, revision)
    return engine


def planned(engine):
    return list(StoreMaintenance(text_of(engine)).look().additions)


def test_of_a_legacy_store_it_says_what_is_missing(host):
    before, rows = contents(host), legacy.contents(host)
    said = planned(host)

    assert (contents(host), legacy.contents(host)) == (before, rows)
    assert check(host).condition is Condition.LEGACY
    assert {"column database_size_stats.identity", "column instance_size_stats.expected_count",
            "table capacity_sync_runs"} <= set(said)
    assert not any("instances" in one.replace("capacity_sync_run_instances", "") for one in said)
    assert said == added_by_an_upgrade(host)


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_of_an_outdated_store_it_says_what_is_missing(empty, revision):
    at_revision(empty, revision)

    said = planned(empty)
    assert said != []
    assert said == added_by_an_upgrade(empty)


def test_of_an_outdated_adopted_store_it_says_what_is_missing(host):
    at_revision(host, REVISIONS[0])

    said = planned(host)
    assert said != []
    assert said == added_by_an_upgrade(host)


def test_of_an_empty_store_it_says_everything(empty):
    with empty.connect():
        pass
    said = planned(empty)

    assert said == sorted(f"table {name}" for name in OURS)
    assert said == added_by_an_upgrade(empty)


def test_of_a_missing_file_it_says_everything_and_leaves_it_missing(tmp_path):
    state = StoreMaintenance(f"sqlite:///{tmp_path}/none.db").look()

    assert state.condition is Condition.MISSING
    assert len(state.additions) == len(OURS)
    assert list(tmp_path.iterdir()) == []


def test_beside_the_tables_of_something_else_it_says_everything(empty):
    with empty.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE recipes (id INTEGER)")

    assert planned(empty) == sorted(f"table {name}" for name in OURS)


def test_of_a_current_store_it_says_nothing(empty):
    upgrade(empty)

    assert planned(empty) == []


def test_what_somebody_has_added_already_is_not_said(host):
    with host.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE database_size_stats ADD COLUMN size_bytes BIGINT")

    said = planned(host)
    assert "column database_size_stats.size_bytes" not in said
    assert said == added_by_an_upgrade(host)


def test_legacy_tables_on_mariadb_are_said_to_be_none_to_adopt(request, opened):
    engine = opened(mariadb(request))
    with engine.begin() as connection:
        connection.execute(sa.schema.CreateTable(
            sa.Table("instances", sa.MetaData(), *(sa.Column(name, sa.String(9)) for name in NEEDED_OF_A_HOST))))
    state = StoreMaintenance(text_of(engine)).look()

    assert (state.condition, state.additions) == (Condition.UNADOPTABLE, ())
    with pytest.raises(StoreRefused, match=r"adopted on PostgreSQL and SQLite only: name another store with --store$"):
        upgrade(engine)


def test_a_look_at_a_host_waits_for_nobody(postgresql_host, opened):
    """It reads the catalog and locks nothing that others write."""
    with opened(text_of(postgresql_host)).connect() as other:
        other.exec_driver_sql("LOCK TABLE database_size_stats IN SHARE ROW EXCLUSIVE MODE")

        assert planned(postgresql_host) != []
