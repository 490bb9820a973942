"""The catalog refuses what a server would refuse, and says so when it cannot tell."""
import pytest

from tests.servers.catalog import Catalog, CatalogError, Dialect, NotEmulated, Trouble, View

TYPES = {"int": "INTEGER", "bigint": "BIGINT", "nvarchar": "VARCHAR", "varchar2": "VARCHAR", "number": "DECIMAL(38, 0)"}
FILES = View("sys.master_files", "https://example.com/files", {"id": "int", "size": "int", "guid": "nvarchar(36)"},
             since={"guid": 12})


@pytest.fixture
def tsql():
    catalog = Catalog(Dialect("tsql", TYPES), [FILES, View("tempdb.sys.database_files", "", {"size": "int"})])
    return catalog.insert("sys.master_files", {"id": 1, "size": 2**31 - 1}, {"id": 2, "guid": "g"})


def test_a_query_answers_names_types_and_rows(tsql):
    answer = tsql.execute("SELECT f.id, ISNULL(f.size, 7) AS pages FROM sys.master_files AS f ORDER BY f.id")

    assert answer.columns == (("id", "INTEGER"), ("pages", "INTEGER"))
    assert answer.rows == [(1, 2**31 - 1), (2, 7)]


def test_parameters_are_bound_by_name():
    catalog = Catalog(Dialect("oracle", TYPES), [View("dual", "", {"dummy": "varchar2(1)"})])

    assert catalog.insert("dual", {"dummy": "X"}).execute("SELECT :n AS n FROM dual", {"n": 2**60}).rows == [(2**60,)]


@pytest.mark.parametrize(("sql", "trouble"), [
    ("SELECT id FROM sys.nothing", Trouble.NO_VIEW),
    ("SELECT id FROM other.sys.master_files", Trouble.NO_VIEW),
    ("SELECT nothing FROM sys.master_files", Trouble.NO_COLUMN),
    ("SELECT f.nothing FROM sys.master_files AS f", Trouble.NO_COLUMN),
    ("SELECT NOTHING(id) FROM sys.master_files", Trouble.NO_FUNCTION),
    ("SELECT size * 8192 FROM sys.master_files", Trouble.OVERFLOW),
    ("SELECT CAST(guid AS INT) FROM sys.master_files WHERE id = 2", Trouble.CONVERSION),
    ("SELECT FROM WHERE", Trouble.SYNTAX),
])
def test_what_a_server_refuses_is_refused(tsql, sql, trouble):
    with pytest.raises(CatalogError) as caught:
        tsql.execute(sql)

    assert caught.value.trouble is trouble


def test_binding_finds_a_wrong_column_where_no_row_is(tsql):
    tsql.clear("sys.master_files")

    tsql.bind("SELECT id FROM sys.master_files WHERE size * 8192 > 0")
    with pytest.raises(CatalogError):
        tsql.bind("SELECT id FROM sys.master_files WHERE nothing = 1")


def test_a_column_of_a_newer_version_is_not_there_before():
    with pytest.raises(CatalogError):
        Catalog(Dialect("tsql", TYPES), [FILES.at(11)]).bind("SELECT guid FROM sys.master_files")
    Catalog(Dialect("tsql", TYPES), [FILES.at(12)]).bind("SELECT guid FROM sys.master_files")


def test_a_construct_that_cannot_be_translated_is_no_silent_other_query():
    catalog = Catalog(Dialect("oracle", TYPES), [View("a", "", {"id": "number"}), View("b", "", {"id": "number"})])

    with pytest.raises(NotEmulated):
        catalog.execute("SELECT a.id FROM a, b WHERE a.id = b.id(+)")


def test_a_statement_that_is_no_query_is_refused(tsql):
    with pytest.raises(NotEmulated):
        tsql.execute("DELETE FROM sys.master_files")


def test_rows_can_be_taken_away_and_views_too(tsql):
    assert tsql.clear("sys.master_files", id=1).execute("SELECT id FROM sys.master_files").rows == [(2,)]
    with pytest.raises(CatalogError):
        tsql.drop("sys.master_files").execute("SELECT id FROM sys.master_files")
