"""Names survive unchanged, and none is merged with another."""

import pytest

from capacity_sync.adapters.engines.mysql.filename_codec import encode
from capacity_sync.domain.inventory import Completeness
from tests.engines.mysql.conftest import on_disk, reader_of, serving, sizes

FILLED = ("CREATE TABLE t (id INT PRIMARY KEY)",)
# ruff: noqa: RUF001 - letters that look like others are meant
LIKE_OTHERS = ("été", "ete", "ÉTÉ", "UPPER", "Upper", "upper", "ß", "ſtrange", "SYS", "Mysql")
ODD = (
    "test-01", "a@002d", "таблица", "Ελλάς", "ｆｕｌｌ", "Ⓐⓑ", "Ǆab", "ἀ", "Ⅷ", "ա", "名库", "한국어", "$dollar",
    '"dq"', "back\\slash", "tab\there", "semi;colon", "sin'gle", "back`tick", "per%cent", "under_score", "slash/b",
    " leading", "con", "CON", "aux", "com1", "lpt9", "x" * 64, "%s", "-- x",
)  # fmt: skip


@pytest.mark.parametrize("names", [LIKE_OTHERS, ODD], ids=["alike", "odd"])
def test_every_name_is_listed_and_measured_as_itself(database, reader, names):
    for count, name in enumerate(names, 1):
        database(*FILLED, *(f"CREATE TABLE more_{i} (id INT)" for i in range(count % 3)), name=name)

    users = [row.name for row in reader.listing() if not row.is_system]
    assert sorted(users) == sorted(names)
    measured = reader.measured()
    assert sizes(measured) == {name: on_disk(reader.server, name) for name in names}
    assert {row.basis.value for row in measured} == {"file"}


@pytest.mark.parametrize("table", ["t-1", "a/b", "#P#x", "таблица", "con", "p#P#p0", "Upper"])
def test_a_table_of_any_name_is_found_in_its_file(database, reader, table):
    name = database(f"CREATE TABLE `{table}` (id INT) PARTITION BY HASH (id) PARTITIONS 2")

    assert reader.measured(name)[0].basis.value == "file"
    assert sizes(reader.measured(name)) == {name: on_disk(reader.server, name)}


def test_tables_outside_of_innodb_are_asked_for_by_any_name(database, reader):
    for name in ODD[:-5]:
        database(f"CREATE TABLE `{name.replace('`', '``')}` (id INT) ENGINE=MyISAM", "FLUSH TABLES", name=name)

    assert sizes(reader.measured()) == dict.fromkeys(ODD[:-5], 1024)


def test_the_system_databases_are_marked_and_no_other(database, reader):
    database(name="SYS")

    system = {row.name for row in reader.listing() if row.is_system}
    assert system == {"information_schema", "performance_schema", "mysql", "sys"}


FOLDERS = ["lost+found", "a-b", ".snap", "#mysql50#x", "@0000", "@d800", "é"]


def test_a_folder_that_is_no_database_is_a_warning(login):
    """`@d800` is shown under a name that is not valid UTF-8, `@0000` under none at all."""
    with serving() as server:
        for folder in FOLDERS:
            server.hold(server.data_directory / folder)
        listing = reader_of(server, login).listing()

    assert not [row for row in listing if not row.is_system]
    assert [warning.category.value for warning in listing.warnings] == ["unsupported"]
    assert "#mysql50#" in listing.warnings[0].message
    assert f"{len(FOLDERS) - 3} more" in listing.warnings[0].message
    assert "ignore_db_dirs" in listing.warnings[0].remedy


def test_lower_case_table_names(login):
    with serving("--lower-case-table-names=1") as server:
        server.execute("CREATE DATABASE `MixedCase-Ü`", "CREATE TABLE `MixedCase-Ü`.T (id INT)")
        listing = reader_of(server, login).listing()
        measured = reader_of(server, login).measured()

        assert [row.name for row in listing if not row.is_system] == ["mixedcase-ü"]
        assert sizes(measured) == {"mixedcase-ü": on_disk(server, "mixedcase-ü")}
        assert measured[0].basis.value == "file"


def test_names_are_listed_where_show_databases_is_forbidden(login):
    with serving("--skip-show-database") as server:
        server.execute("CREATE DATABASE hidden")
        listing = reader_of(server, login).listing()

    assert "hidden" in listing.by_name()
    assert listing.completeness is Completeness.COMPLETE


def test_the_codec_finds_the_folder_of_every_odd_name(database, mariadb_server):
    for name in ODD:
        database(name=name)

    assert all((mariadb_server.data_directory / encode(name)).is_dir() for name in ODD)
