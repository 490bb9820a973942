"""Sizes are the bytes on disk: the files of base/<oid> and of the database's folder in every tablespace."""
from pathlib import Path

import pytest

from capacity_sync.domain.capacity import Basis
from tests.engines.postgresql.conftest import MIB, reader_of, sizes


def on_disk(server, name):
    ((oid,),) = server.execute(f"SELECT oid FROM pg_database WHERE datname = $name${name}$name$")
    data = Path(server.data_directory)
    folders = [data / "base" / str(oid), *data.glob(f"pg_tblspc/*/PG_*/{oid}")]
    return sum(file.stat().st_size for folder in folders for file in folder.glob("*"))


def fill(server, name, options=""):
    """About 5 MiB in a table `t`."""
    server.execute(f"CREATE TABLE t {options} AS SELECT repeat('x', 200) FROM generate_series(1, 20000)", database=name)


def test_every_size_is_the_length_of_the_files(reader, postgresql_server, database):
    names = [database(), database(), database()]
    fill(postgresql_server, names[1])

    measured = reader.measured(*names)

    assert sizes(measured) == {name: on_disk(postgresql_server, name) for name in names}
    assert {(row.method, row.basis) for row in measured} == {("pg_database_size", Basis.FILE)}


def test_the_maintenance_database_is_one_of_them(reader, postgresql_server):
    measured = reader.measured("postgres")

    assert sizes(measured) == {"postgres": on_disk(postgresql_server, "postgres")}


def test_both_roles_reach_the_same_numbers(postgresql_server, database):
    database()
    full, least = (reader_of(postgresql_server, role).measured() for role in ("full", "least"))

    assert list(full) == list(least) != []
    assert full.facts.overhead_bytes == least.facts.overhead_bytes


def test_the_identity_is_the_oid_and_a_recreated_database_has_another(reader, postgresql_server, database):
    name = database()
    ((oid,),) = postgresql_server.execute(f"SELECT oid FROM pg_database WHERE datname = '{name}'")
    listed, measured = reader.listing().by_name()[name], reader.measured(name)
    postgresql_server.execute(f"DROP DATABASE {name}")
    postgresql_server.execute(f"CREATE DATABASE {name}")

    assert listed.identity == measured[0].identity == str(oid)
    assert reader.listing().by_name()[name].identity != str(oid)


def test_a_renamed_database_keeps_its_identity(reader, postgresql_server, database):
    old = database()
    before = reader.listing().by_name()[old].identity
    postgresql_server.execute(f"ALTER DATABASE {old} RENAME TO renamed")
    after = reader.listing().by_name()
    postgresql_server.execute(f"ALTER DATABASE renamed RENAME TO {old}")

    assert after["renamed"].identity == before
    assert old not in after


def test_a_table_in_another_tablespace_counts(reader, postgresql_server, database, tablespace):
    name = database()
    before = sizes(reader.measured(name))[name]
    fill(postgresql_server, name, options=f"TABLESPACE {tablespace}")

    after, truth = sizes(reader.measured(name))[name], on_disk(postgresql_server, name)
    postgresql_server.execute("DROP TABLE t", database=name)

    assert after == truth > before + 4 * MIB


def test_a_database_whose_home_is_another_tablespace_counts(reader, postgresql_server, database, tablespace):
    name = database(options=f"TABLESPACE {tablespace}")

    measured, truth = sizes(reader.measured(name)), on_disk(postgresql_server, name)
    postgresql_server.execute(f"DROP DATABASE {name}")

    assert measured == {name: truth}
    assert truth > 5 * MIB


@pytest.mark.parametrize("kind", ["TEMPORARY TABLE", "UNLOGGED TABLE"])
def test_temporary_and_unlogged_tables_count(reader, postgresql_server, database, kind):
    name = database()
    with postgresql_server.connect(name) as session, session.cursor() as cursor:
        cursor.execute(f"CREATE {kind} t AS SELECT repeat('x', 200) FROM generate_series(1, 20000)")
        measured, truth = sizes(reader.measured(name)), on_disk(postgresql_server, name)

    assert measured == {name: truth}
    assert truth > 11 * MIB


def test_the_first_connection_to_a_database_makes_it_a_little_larger(reader, postgresql_server, database):
    name = database()
    fresh = sizes(reader.measured(name))[name]
    postgresql_server.execute("SELECT 1", database=name)

    assert 100_000 < sizes(reader.measured(name))[name] - fresh < 300_000


def test_a_database_that_allows_no_connections_is_listed_and_measured(reader, postgresql_server, database):
    name = database()
    postgresql_server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")

    row = reader.listing().by_name()[name]
    measured = reader.measured()

    assert (row.state, row.is_system) == ("no connections", False)
    assert sizes(measured)[name] == on_disk(postgresql_server, name)


def test_a_template_of_the_users_is_no_system_database(reader, postgresql_server, database):
    name = database()
    postgresql_server.execute(f"ALTER DATABASE {name} IS_TEMPLATE true")

    row = reader.listing().by_name()[name]

    assert (row.state, row.is_system) == ("template", False)
    assert sizes(reader.measured())[name] == on_disk(postgresql_server, name)


def test_a_half_dropped_database_is_listed_as_invalid(reader, postgresql_server, database):
    name = database()
    postgresql_server.execute(f"UPDATE pg_database SET datconnlimit = -2 WHERE datname = '{name}'")

    row, measured = reader.listing().by_name()[name], sizes(reader.measured(name))
    postgresql_server.execute(f"UPDATE pg_database SET datconnlimit = -1 WHERE datname = '{name}'")

    assert row.state == "invalid"
    assert measured == {name: on_disk(postgresql_server, name)}


def test_the_templates_are_the_overhead_unless_they_are_asked_for(reader, postgresql_server):
    templates = {name: on_disk(postgresql_server, name) for name in ("template0", "template1")}

    apart, one_named = reader.measured("postgres"), reader.measured("postgres", "template1")

    assert {row.name for row in reader.listing() if row.is_system} == set(templates)
    assert apart.facts.overhead_bytes == sum(templates.values())
    assert one_named.facts.overhead_bytes == templates["template0"]
    assert sizes(one_named)["template1"] == templates["template1"]
