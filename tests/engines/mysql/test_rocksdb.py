"""MyRocks, where its plug-in is installed: sizes of files that all tables share, by the server's statistics."""

import re
from functools import partial

import pytest

from capacity_sync.adapters.engines.mysql.privileges import EVERYTHING
from capacity_sync.adapters.engines.mysql.server import server
from capacity_sync.adapters.engines.mysql.session import Identity
from capacity_sync.adapters.engines.mysql.sizes import Evidence, measure
from capacity_sync.adapters.engines.mysql.tablespaces import Placed
from capacity_sync.domain.capacity import CapacityRow, Unmeasured
from tests.engines.mysql.conftest import bases, on_disk, reader_of, reasons, serving, sizes
from tests.servers.mariadb import MariaDBServer
from tests.servers.mariadb_binaries import MYROCKS, require_myrocks

ROWS = "INSERT INTO t SELECT seq, REPEAT(MD5(seq), 3) FROM seq_1_to_50000"
FLUSH = "SET GLOBAL rocksdb_force_flush_memtable_now = 1"


@pytest.fixture(scope="module")
def myrocks(mariadb_server):
    """Starts a server with the plug-in."""
    if not isinstance(mariadb_server, MariaDBServer):
        pytest.skip("a server given by URL is not restarted with a plug-in")
    return partial(serving, f"--plugin-load-add={MYROCKS}", binaries=require_myrocks())


@pytest.fixture(scope="module")
def rocks(myrocks):
    with myrocks() as started:
        yield started


@pytest.fixture
def reader(login, rocks):
    return reader_of(rocks, login)


@pytest.fixture
def database(rocks):
    made = []

    def create(*statements):
        made.append(f"made_{len(made)}")
        rocks.execute(f"CREATE DATABASE {made[-1]}", f"USE {made[-1]}", *statements)
        return made[-1]

    yield create
    rocks.execute(*(f"DROP DATABASE {name}" for name in made))


TABLE = "CREATE TABLE t (id INT PRIMARY KEY, x VARCHAR(100)) ENGINE=ROCKSDB"


def test_a_size_near_the_files_is_an_estimate(database, reader, rocks):
    """Dossier M9: the files are shared by all tables and compressed."""
    name = database(TABLE, ROWS, FLUSH)
    files = sum(path.stat().st_size for path in (rocks.data_directory / "#rocksdb").glob("*.sst"))

    measured = reader.measured(name)
    assert bases(measured) == {name: "estimate"}
    assert 0.8 * files < sizes(measured)[name] <= files


def test_beside_innodb_both_are_counted(database, reader, rocks):
    alone = database(TABLE, ROWS, FLUSH)
    rows = sizes(reader.measured(alone))[alone]
    name = database(TABLE, ROWS, "CREATE TABLE i (id INT)", FLUSH)

    assert sizes(reader.measured(name))[name] == pytest.approx(rows + on_disk(rocks, name), rel=0.1)


@pytest.mark.parametrize("statements", [(TABLE, ROWS), (TABLE,), (TABLE, ROWS, "CREATE TABLE i (id INT)")],
                         ids=["in memory", "empty", "beside InnoDB"])  # fmt: skip
def test_what_is_not_in_a_file_yet_is_unmeasured_and_never_zero(database, reader, statements):
    """The server calls a table of 50,000 rows empty until it writes them from memory to a file."""
    name = database(*statements)

    measured = reader.measured(name)
    assert not sizes(measured)
    assert reasons(measured)[name].category.value == "unavailable"
    assert "rocksdb_force_flush_memtable_now" in (reasons(measured)[name].remedy or "")


@pytest.mark.parametrize(("bytes_", "kind"), [(0, Unmeasured), (1, CapacityRow)])
def test_zero_is_no_answer_of_it_also_where_the_plug_in_is_missing(bytes_, kind):
    tables, asked = {"shop": {"t": "ROCKSDB", "m": "MyISAM"}}, {("shop", "t"): bytes_, ("shop", "m"): 0}
    monitor = Identity(server("10.11.19-MariaDB", "Debian 12"), "'monitor'@'%'", EVERYTHING, False, False)

    assert isinstance(measure("shop", Evidence(tables, Placed(), statistics=asked), monitor), kind)


def test_the_remedy_is_one(database, reader, rocks):
    name = database(TABLE, ROWS)
    rocks.execute(re.search(r"\((.*)\)", reasons(reader.measured(name))[name].remedy)[1])

    assert sizes(reader.measured(name))[name] > 1_000_000


def test_without_the_plug_in_its_folder_is_no_database_and_its_tables_have_no_size(login, myrocks):
    """M21: `#rocksdb` is then shown as a database. DROP DATABASE of it would go for the files."""
    with myrocks() as rocks:
        rocks.execute("CREATE DATABASE shop", "USE shop", TABLE, ROWS, FLUSH)
        rocks.options = ()
        rocks.restart()
        reader = reader_of(rocks, login)

        listing = reader.listing()
        assert [row.name for row in listing if not row.is_system] == ["shop"]
        assert ["#rocksdb" in warning.message for warning in listing.warnings] == [True]
        assert reasons(reader.measured("shop")).keys() == {"shop"}
