"""Databases of every kind, on one server, against `ls`: exact wherever the basis says so. `-s` shows the table."""

import pytest

from capacity_sync.adapters.engines.mysql.filename_codec import encode
from tests.engines.mysql.conftest import REMOTE_ENGINES, quoted, reader_of, reasons, serving
from tests.engines.mysql.test_names import LIKE_OTHERS, ODD

ROWS = "INSERT INTO t SELECT seq, REPEAT('x', 200) FROM seq_1_to_4000"
TEXTS = "CREATE TABLE t (id INT NOT NULL, x VARCHAR(200) NOT NULL)"
KINDS = {
    "plain": [TEXTS, ROWS],
    "deleted": [TEXTS, ROWS, "DELETE FROM t WHERE id % 4"],
    "partitions": [f"{TEXTS} PARTITION BY HASH (id) PARTITIONS 7", ROWS],
    "full text": ["CREATE TABLE t (id INT PRIMARY KEY, x TEXT, FULLTEXT (x))", ROWS],
    "compressed": ["CREATE TABLE t (id INT PRIMARY KEY, x TEXT) ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=4", ROWS],
    "page compressed": ["CREATE TABLE t (id INT PRIMARY KEY, x TEXT) PAGE_COMPRESSED=1", ROWS],
    "versioned": ["CREATE TABLE t (id INT, x TEXT) WITH SYSTEM VERSIONING", ROWS, "UPDATE t SET x = 'y'"],
    "sequence": ["CREATE SEQUENCE s"],
    "elsewhere": ["CREATE TABLE t (id INT, x TEXT) DATA DIRECTORY='{elsewhere}'", ROWS],
    "myisam": [f"{TEXTS} ENGINE=MyISAM", ROWS],
    "aria": [f"{TEXTS} ENGINE=Aria", ROWS],
    "archive": [f"{TEXTS} ENGINE=ARCHIVE", ROWS],
    "mixed": [f"{TEXTS} ENGINE=MyISAM", ROWS, "CREATE TABLE i (id INT)", "CREATE TABLE b (id INT) ENGINE=MEMORY"],
    "memory": [f"{TEXTS} ENGINE=MEMORY", ROWS],
    "views": ["CREATE VIEW v AS SELECT 1"],
    "empty": [],
}
STORED = (".ibd", ".MYD", ".MYI", ".MAD", ".MAI", ".ARZ")


@pytest.fixture
def filled():
    with serving(*REMOTE_ENGINES) as server:
        elsewhere = server.folder("elsewhere")
        for name in (*LIKE_OTHERS, *ODD):
            server.execute(f"CREATE DATABASE {quoted(name)}", f"CREATE TABLE {quoted(name)}.t (id INT)")
        for name, statements in KINDS.items():
            made = [statement.replace("{elsewhere}", str(elsewhere)) for statement in statements]
            server.execute(f"CREATE DATABASE {quoted(name)}", f"USE {quoted(name)}", *made)
        server.execute("SET GLOBAL innodb_file_per_table = OFF", "CREATE DATABASE shared", "USE shared", TEXTS, ROWS)
        server.restart()
        yield server


def by_ls(server, name):
    folders = [server.data_directory / encode(name), *(server.data_directory.parent / "elsewhere").glob(encode(name))]
    files = [path for folder in folders for path in folder.rglob("*") if path.suffix in STORED]
    return sum(path.stat().st_size for path in files)


def test_every_size_of_basis_file_is_exact_and_the_rest_is_near(filled, login):
    measured = reader_of(filled, login).measured()
    assert not reasons(measured)
    assert len(measured) == len(LIKE_OTHERS) + len(ODD) + len(KINDS) + 1 > 50

    wrong = []
    for row in measured:
        there = by_ls(filled, row.database_name)
        print(f"{row.basis.value:9}{row.size_bytes:>12}{row.size_bytes - there:>+10}  {row.database_name!r}")  # noqa: T201 - the table
        if row.size_bytes != there and row.basis.value == "file":
            wrong.append((row, there))
    assert not wrong
    estimates = {row.database_name for row in measured if row.basis.value == "estimate"}
    assert estimates == {"myisam", "aria", "archive", "mixed", "shared"}
