"""The schema: created, migrated, looked at."""
import logging
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from capacity_sync.adapters.stores.sql.migrating import MIGRATIONS
from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import Condition, check, ready_to_read, ready_to_sync, upgrade
from capacity_sync.adapters.stores.sql.tables import (
    REVISIONS,
    VERSION_TABLE,
    capacity_sync_leases,
    capacity_sync_store,
    instance_size_stats,
    metadata,
)
from capacity_sync.domain.outcomes import StoreRefused

versions = sa.table(VERSION_TABLE, sa.column("version_num"))


@pytest.fixture
def nothing(url):
    return open_store(url)


def execute(engine, statement):
    with engine.begin() as connection:
        connection.execute(statement)


def pretend_version(engine, version):
    execute(engine, sa.update(versions).values(version_num=version))


def refused(call, engine):
    with pytest.raises(StoreRefused) as caught:
        call(engine)
    assert "\n" not in str(caught.value)
    assert str(engine.url) in str(caught.value)
    return str(caught.value)


def test_the_migrations_make_the_tables_that_the_queries_expect(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={
            "version_table": VERSION_TABLE, "compare_type": True, "compare_server_default": True})

        assert compare_metadata(context, metadata) == []


def test_a_store_of_an_earlier_version_gets_the_table_of_leases(engine):
    execute(engine, sa.schema.DropTable(capacity_sync_leases))
    pretend_version(engine, "0002")
    assert check(engine).condition is Condition.OUTDATED

    ready_to_sync(engine)

    assert check(engine).condition is Condition.CURRENT
    assert capacity_sync_leases.name in sa.inspect(engine).get_table_names()


def test_the_day_of_an_instance_is_unique_among_what_is_not_withdrawn(engine):
    [index] = [i for i in sa.inspect(engine).get_indexes(instance_size_stats.name) if i["unique"]]

    assert index["column_names"] == ["instance_id", "collected_date"]
    assert str(index["dialect_options"]["sqlite_where"]) == "is_deleted = 0"


def test_the_versions_are_those_of_the_migrations():
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.set_main_option("path_separator", "os")
    walked = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]

    assert list(REVISIONS) == walked[::-1]


def test_looking_at_a_missing_store_leaves_it_missing(nothing, tmp_path):
    assert check(nothing).condition is Condition.MISSING
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("prepare", [ready_to_sync, upgrade])
def test_a_missing_store_is_created(nothing, prepare):
    prepare(nothing)

    state = check(nothing)
    assert (state.condition, state.found, state.adopted) == (Condition.CURRENT, REVISIONS[-1], False)


def test_an_empty_file_is_an_empty_store(nothing, tmp_path):
    (tmp_path / "capacity.db").touch()

    assert check(nothing).condition is Condition.EMPTY
    ready_to_sync(nothing)
    assert check(nothing).condition is Condition.CURRENT


def test_a_current_store_is_left_alone(engine, tmp_path):
    before = (tmp_path / "capacity.db").read_bytes()
    for prepare in (upgrade, ready_to_sync, ready_to_read):
        prepare(engine)

    assert (tmp_path / "capacity.db").read_bytes() == before


def test_two_at_once_create_one_store(url):
    engines = [open_store(url) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(ready_to_sync, engines))

    assert check(engines[0]).condition is Condition.CURRENT
    with engines[0].connect() as connection:
        assert connection.scalars(sa.select(versions.c.version_num)).all() == [REVISIONS[-1]]


def test_a_failed_migration_leaves_nothing(nothing, monkeypatch):
    monkeypatch.setattr("capacity_sync.adapters.stores.sql.migrating.version", lambda _: None)

    assert "NOT NULL" in refused(ready_to_sync, nothing)
    assert check(nothing).condition is Condition.EMPTY


def test_the_package_upgrades_its_own_older_file(engine):
    execute(engine, sa.delete(versions))
    execute(engine, sa.delete(capacity_sync_store).where(capacity_sync_store.c.key == "adopted"))
    assert check(engine).condition is Condition.OUTDATED

    ready_to_sync(engine)

    assert check(engine).condition is Condition.CURRENT


def test_a_reader_does_not_upgrade(engine):
    execute(engine, sa.delete(versions))

    assert "capacity-sync store upgrade" in refused(ready_to_read, engine)


@pytest.mark.parametrize("prepare", [ready_to_sync, ready_to_read, upgrade])
def test_a_store_from_a_newer_package_is_refused_with_the_versions(engine, prepare):
    pretend_version(engine, "0099")
    execute(engine, sa.update(capacity_sync_store).where(capacity_sync_store.c.key == "package").values(value="9.1"))

    text = refused(prepare, engine)

    assert "0099" in text
    assert "capacity-sync 9.1" in text
    assert REVISIONS[-1] in text
    assert "install a newer" in text


@pytest.mark.parametrize("touch", [False, True])
def test_a_reader_is_told_to_sync_first_and_creates_nothing(nothing, tmp_path, touch):
    if touch:
        (tmp_path / "capacity.db").touch()

    assert "run `capacity-sync sync` first" in refused(ready_to_read, nothing)
    assert [file.stat().st_size for file in tmp_path.iterdir()] == [0] * touch


def test_a_store_opened_for_reading_cannot_create_its_file(url, tmp_path):
    with pytest.raises(sa.exc.OperationalError), open_store(url, reading=True).connect():
        pass

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("prepare", [ready_to_sync, ready_to_read])
def test_the_tables_of_something_else_are_not_touched(nothing, prepare):
    execute(nothing, sa.schema.CreateTable(sa.Table("recipes", sa.MetaData(), sa.Column("id", sa.Integer))))

    text = refused(prepare, nothing)

    assert "recipes" in text
    assert "store upgrade" in text
    assert sa.inspect(nothing).get_table_names() == ["recipes"]


def test_an_upgrade_on_demand_adds_a_store_beside_the_tables_of_something_else(nothing):
    execute(nothing, sa.schema.CreateTable(sa.Table("recipes", sa.MetaData(), sa.Column("id", sa.Integer))))

    upgrade(nothing)

    state = check(nothing)
    assert (state.condition, state.adopted, state.others) == (Condition.CURRENT, False, ("recipes",))


@pytest.mark.parametrize("prepare", [ready_to_sync, ready_to_read, upgrade])
def test_a_table_instances_that_is_something_else_is_never_adopted(nothing, prepare):
    execute(nothing, sa.schema.CreateTable(sa.Table("instances", sa.MetaData(), sa.Column("id", sa.Integer))))

    assert "`instances`" in refused(prepare, nothing)
    assert sa.inspect(nothing).get_table_names() == ["instances"]


def test_a_migration_logs_nothing_above_info(nothing, caplog):
    with caplog.at_level(logging.DEBUG):
        ready_to_sync(nothing)

    assert [record for record in caplog.records if record.levelno > logging.INFO] == []


def test_a_migration_prints_nothing(nothing, capfd):
    ready_to_sync(nothing)

    assert capfd.readouterr() == ("", "")


def test_reading_a_store_loads_no_alembic(engine, url):
    code = ("import sys; from capacity_sync.adapters.stores.sql.opening import open_store;"
            "from capacity_sync.adapters.stores.sql.schema import ready_to_read;"
            f"ready_to_read(open_store({url!r}, reading=True)); print('alembic' in sys.modules)")

    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
