"""The statements themselves: every name is documented in the oldest version, no page count overflows."""
from importlib.resources import files

import pytest
import sqlglot
from sqlglot import exp

from capacity_sync.adapters.engines.sqlserver import session
from capacity_sync.domain.outcomes import EngineError
from tests.engines.sqlserver import test_azure, test_inventory, test_manners, test_sizes
from tests.engines.sqlserver.test_azure import logical_server, one_database
from tests.engines.sqlserver.test_sizes import grown, taken
from tests.servers.catalog import Catalog, CatalogError, Trouble
from tests.servers.sqlserver import File, SQLServer
from tests.servers.sqlserver_catalog import (
    DATABASES,
    EMULATION,
    FILE_STATS,
    MASTER_FILES,
    OLDEST,
    OWN_FILES,
    RESOURCE_STATS,
    TEMPDB_FILES,
    TSQL,
    database_files,
)

PACKAGE = "capacity_sync.adapters.engines.sqlserver"
QUERIES = ["identify", "inventory", "inventory_plain", "capacity", "snapshots", "filestream", "azure_server",
           "azure_database"]
OTHERS = {"session", "grant", "grants"}
PAGES = {"size", "max_size", "growth"}
"""Ints that count pages."""
VIEWS = [DATABASES.at(OLDEST), MASTER_FILES, TEMPDB_FILES, OWN_FILES, FILE_STATS, RESOURCE_STATS,
         database_files("some db"), *EMULATION]


def text_of(name):
    return files(PACKAGE).joinpath(f"{name}.sql").read_text().replace("{database}", "[some db]")


@pytest.fixture(scope="module")
def oldest():
    return Catalog(TSQL, VIEWS)


def overflowing(sql):
    """Sums and products of page counts that are not cast to BIGINT first."""
    for column in sqlglot.parse_one(sql, read="tsql").find_all(exp.Column):
        counted = isinstance(column.find_ancestor(exp.Sum, exp.Mul, exp.Select), (exp.Sum, exp.Mul))
        if column.name.lower() in PAGES and counted and not harmless(column.parent):
            yield column.sql()


def harmless(parent):
    """A cast to BIGINT, and comparisons: `size = 0` overflows nothing."""
    if isinstance(parent, exp.Cast):
        return parent.to.is_type("bigint")
    return isinstance(parent, (exp.EQ, exp.NEQ, exp.LT, exp.GT, exp.Is, exp.In))


def test_every_statement_of_the_folder_is_looked_at():
    found = {path.name.removesuffix(".sql") for path in files(PACKAGE).iterdir() if path.name.endswith(".sql")}

    assert found == {*QUERIES, *OTHERS}


@pytest.mark.parametrize("name", QUERIES)
def test_every_name_is_documented_in_the_oldest_version(oldest, name):
    oldest.bind(text_of(name))


@pytest.mark.parametrize("name", QUERIES)
def test_every_sum_and_product_of_pages_is_a_bigint(name):
    assert list(overflowing(text_of(name))) == []


@pytest.mark.parametrize("sql", [
    "SELECT SUM(size) FROM sys.master_files", "SELECT size * 8192 FROM sys.master_files",
    "SELECT SUM(CASE WHEN type = 0 THEN f.size ELSE 0 END) FROM sys.master_files AS f",
    "SELECT SUM(CAST(size AS BIGINT)) + SUM(max_size) FROM sys.master_files",
    "SELECT CAST(SUM(size) AS BIGINT) FROM sys.master_files",
])
def test_the_lint_bites(sql):
    assert list(overflowing(sql))


@pytest.mark.parametrize(("name", "old", "new", "trouble"), [
    ("inventory", "d.create_date", "d.is_ledger_on", Trouble.NO_COLUMN),
    ("inventory", "sys.databases", "sys.data_bases", Trouble.NO_VIEW),
    ("capacity", "s.max_size", "s.maxsize", Trouble.NO_COLUMN),
    ("snapshots", "v.size_on_disk_bytes", "v.size_on_disk", Trouble.NO_COLUMN),
    ("azure_server", "r.end_time", "r.time", Trouble.NO_COLUMN),
    ("capacity", "HAS_DBACCESS", "HAS_ACCESS", Trouble.NO_FUNCTION),
])
def test_a_wrong_name_is_found(oldest, name, old, new, trouble):
    with pytest.raises(CatalogError) as caught:
        oldest.bind(text_of(name).replace(old, new))

    assert caught.value.trouble is trouble


@pytest.mark.parametrize("name", QUERIES)
def test_no_statement_uses_what_only_one_column_order_gives(name):
    tree = sqlglot.parse_one(text_of(name), read="tsql")

    assert not list(tree.find_all(exp.Star))
    assert all(isinstance(item, (exp.Column, exp.Alias)) for item in tree.selects)


def nothing(server):
    """No preparation."""


def on(test, prepare=nothing, make=SQLServer, **arguments):
    """*test* on a server of its own."""
    def guard():
        server = make()
        prepare(server)
        test(server, **arguments)
    return guard


def babelfish():
    server = SQLServer(12, 2, babelfish=True)
    server.add("sales")
    return server


def bound(*files, pages):
    return on(test_sizes.TestTheBoundOfTheDataFiles().test_is_known_when_each_is_bounded, files=files, pages=pages)


def unbound(*files):
    return on(test_sizes.TestTheBoundOfTheDataFiles().test_is_none_when_any_may_fill_the_disk, files=files)


CONTAINERS, TEMPDB, SNAPSHOTS = test_sizes.TestContainers(), test_sizes.TestTempdb(), test_sizes.TestSnapshots()
HIDDEN, COMPLETE = test_sizes.TestWhatTheLoginCannotSee(), test_inventory.TestCompleteness()
MASTER, INSIDE = test_azure.TestFromMaster(), test_azure.TestFromInside()
EXACT = on(test_sizes.test_more_than_sixteen_terabytes_are_exact)
KINDS_OF_FILES = on(test_sizes.test_full_text_files_are_data_and_internal_and_defunct_ones_are_nothing)
BIG = "CAST(m.size AS BIGINT)"
MUTANTS = [
    ("capacity", "s.max_size,", "s.maxsize,", EXACT),
    ("capacity", f"IN (0, 4) THEN {BIG}", "IN (0, 4) THEN m.size", EXACT),
    ("capacity", f"type = 1 THEN {BIG}", "type = 1 THEN m.size", EXACT),
    ("filestream", "SUM(CAST(f.size AS BIGINT))", "SUM(f.size)",
     on(CONTAINERS.test_of_more_than_sixteen_terabytes_are_exact)),
    ("capacity", "UNION ALL", "UNION", on(test_sizes.test_equal_files_count_each)),
    ("capacity", "FULL JOIN (", "JOIN (", on(HIDDEN.test_files_that_are_hidden_make_every_size_unknown)),
    ("capacity", "FULL JOIN (", "LEFT JOIN (", on(test_sizes.test_an_offline_database_is_measured_by_name)),
    ("capacity", "COALESCE(d.name, DB_NAME(f.database_id))", "d.name",
     on(test_sizes.test_an_offline_database_is_measured_by_name)),
    ("capacity", "WHERE s.database_id <> 2", "", on(TEMPDB.test_has_the_size_it_has_grown_to, grown)),
    ("capacity", "tempdb.sys.database_files", "sys.master_files", on(TEMPDB.test_has_the_size_it_has_grown_to, grown)),
    ("capacity", "WHERE m.state <> 7", "", KINDS_OF_FILES),
    ("capacity", f"IN (0, 4) THEN {BIG}", f"IN (0) THEN {BIG}", KINDS_OF_FILES),
    ("capacity", f"IN (0, 4) THEN {BIG}", f"IN (0, 3, 4) THEN {BIG}", KINDS_OF_FILES),
    ("capacity", f"IN (0, 4) THEN {BIG}", f"IN (0, 1, 4) THEN {BIG}", KINDS_OF_FILES),
    ("capacity", "* 8192 AS rows_bytes", "* 8000 AS rows_bytes", EXACT),
    ("capacity", " OR m.max_size < m.size", "",
     bound(File(size=10, max_size=5), File(size=10, max_size=100), pages=110)),
    ("capacity", "(m.growth = 0 AND m.type <> 2)", "(m.growth = 0)",
     bound(File(size=10, max_size=100), File(2, 0, 40, growth=0, inside=3), pages=140)),
    ("capacity", "m.max_size = -1 AND m.growth <> 0", "m.max_size = -1",
     bound(File(size=10, max_size=100), File(size=20, max_size=-1, growth=0), pages=120)),
    ("capacity", "m.type IN (0, 4) AND m.max_size = -1", "m.max_size = -1",
     bound(File(size=10, max_size=100), File(1, 5, max_size=-1), pages=100)),
    ("capacity", "m.type = 2 AND m.max_size = -1 THEN 1", "m.type = 2 AND m.max_size = -1 THEN 0",
     unbound(File(max_size=100), File(2, 0, -1, growth=0, inside=3))),
    ("capacity", "m.size IS NULL THEN 1", "m.size IS NULL THEN 0",
     on(HIDDEN.test_a_file_without_a_size_makes_the_sum_unknown)),
    ("capacity", "m.type = 2 AND m.size = 0 THEN 1", "m.type = 2 AND m.size = 0 THEN 0",
     on(CONTAINERS.test_count_with_what_their_database_says)),
    ("capacity", "HAS_DBACCESS(d.name)", "1", on(CONTAINERS.test_where_the_login_may_not_enter_make_the_size_unknown)),
    ("filestream", "f.type = 2 AND ", "", on(CONTAINERS.test_of_several_all_count_and_rows_count_once)),
    ("filestream", " AND f.state <> 7", "", on(CONTAINERS.test_of_several_all_count_and_rows_count_once)),
    ("snapshots", "SUM(v.size", "MAX(v.size", on(SNAPSHOTS.test_have_the_size_that_is_on_disk, taken)),
    ("snapshots", "v.size_on_disk_bytes", "v.num_of_bytes_written",
     on(SNAPSHOTS.test_have_the_size_that_is_on_disk, taken)),
    ("inventory", "FULL JOIN", "LEFT JOIN",
     on(COMPLETE.test_an_offline_database_without_a_name_is_hidden_and_not_gone)),
    ("inventory", "FULL JOIN", "JOIN", on(COMPLETE.test_is_unknown_without_the_permission_to_see_files)),
    ("inventory", "COALESCE(d.name, DB_NAME(f.database_id))", "d.name",
     on(COMPLETE.test_an_offline_database_whose_name_the_server_tells_is_listed)),
    ("inventory", "'VIEW ANY DEFINITION'", "'VIEW ANY DATABASE'",
     on(COMPLETE.test_databases_that_are_denied_are_hidden_and_not_gone)),
    ("inventory", "d.is_distributor", "CAST(0 AS BIT) AS is_distributor",
     on(test_inventory.TestTheProductsOwn().test_are_distribution_databases_whatever_they_are_called)),
    ("azure_server", "r.end_time DESC", "r.end_time ASC",
     on(MASTER.test_the_newest_sample_is_the_size, make=logical_server)),
    ("azure_server", " AND c.create_date <= r.end_time", "",
     on(MASTER.test_a_sample_of_a_dropped_database_of_that_name_is_not_taken, make=logical_server)),
    ("azure_server", "LEFT JOIN (", "JOIN (",
     on(MASTER.test_a_database_without_a_sample_is_told_from_one_that_is_gone, make=logical_server)),
    ("azure_database", "type IN (0, 2, 4) THEN CAST", "type IN (0, 1, 2, 4) THEN CAST",
     on(INSIDE.test_its_files_are_the_size, one_database, logical_server)),
    ("identify", "'Babelfish'", "'BabelFish'",
     on(test_azure.TestBabelfish().test_lists_and_says_why_there_are_no_sizes, make=babelfish)),
    ("session", "SET LOCK_TIMEOUT 5000;\n", "",
     on(test_manners.test_the_session_waits_for_no_lock_and_yields_in_a_deadlock)),
]


@pytest.mark.parametrize(("name", "right", "wrong", "guard"), MUTANTS, ids=[
    f"{name}: {right.strip()} -> {wrong.strip()}" for name, right, wrong, _ in MUTANTS])
def test_a_mistake_in_the_sql_turns_its_test_red(monkeypatch, name, right, wrong, guard):
    read = session.sql
    assert right in read(PACKAGE, name)

    guard()
    monkeypatch.setattr(session, "sql", lambda package, asked: (
        read(package, asked).replace(right, wrong) if asked == name else read(package, asked)))
    with pytest.raises((AssertionError, AttributeError, LookupError, EngineError)):
        guard()
