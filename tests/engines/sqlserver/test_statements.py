"""The statements themselves: every name is documented in the oldest version, no page count overflows."""
from importlib.resources import files

import pytest
import sqlglot
from sqlglot import exp

from tests.servers.catalog import Catalog, CatalogError, Trouble
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
