"""SQLite files as they occur: which are databases, how long they are, and what stays unknown."""
import os
import shutil
import sqlite3
from contextlib import closing

import pytest

from capacity_sync.adapters.engines.sqlite.adapter import SQLiteAdapter
from capacity_sync.domain.capacity import Basis
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category, PermissionMissing, ServerUnavailable


def database(path, rows=0, wal=False, page_size=4096):
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA page_size = {page_size}")
        if wal:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (x)")
        connection.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * rows)
        connection.commit()
    return path


def read(path):
    adapter = SQLiteAdapter()
    connection = adapter.connect(Instance("files", "sqlite", path=str(path)), None)
    listing = adapter.fetch_inventory(connection)
    return listing, adapter.fetch_capacity(connection, [row.name for row in listing])


def sizes(path):
    return {row.database_name: row.size_bytes for row in read(path)[1]}


def reasons(path):
    return {lost.database_name: lost.failure.category for lost in read(path)[1].unmeasured}


def test_a_database_is_known_by_its_header_whatever_its_suffix_and_sized_by_its_length(tmp_path):
    for name, rows in (("a.db", 10), ("sub/deep/b", 300), ("c.txt", 0)):
        database(tmp_path / name, rows)
    (tmp_path / "note.txt").write_text("SQLite format 2")
    (tmp_path / "empty.txt").touch()

    assert sizes(tmp_path) == {n: (tmp_path / n).stat().st_size for n in ("a.db", "sub/deep/b", "c.txt")}


@pytest.mark.parametrize("page_size", [512, 4096, 65536])
def test_every_page_size_is_understood(tmp_path, page_size):
    database(tmp_path / "a.db", 500, page_size=page_size)

    assert sizes(tmp_path) == {"a.db": (tmp_path / "a.db").stat().st_size}


def test_the_write_ahead_log_is_log_and_not_size(tmp_path):
    path = database(tmp_path / "a.db", 10, wal=True)
    with closing(sqlite3.connect(path)) as writer:
        writer.execute("INSERT INTO t VALUES (zeroblob(100000))")
        writer.commit()
        listing, measured = read(tmp_path)

        assert [row.name for row in listing] == ["a.db"]
        assert measured[0].log_bytes == (tmp_path / "a.db-wal").stat().st_size > 100_000
        assert measured[0].size_bytes == path.stat().st_size < 100_000


def test_without_a_write_ahead_log_the_log_has_no_bytes(tmp_path):
    database(tmp_path / "a.db")
    row = read(tmp_path)[1][0]

    assert (row.log_bytes, row.basis, row.method) == (0, Basis.FILE, "st_size")


def test_a_locked_database_is_measured_and_left_locked(tmp_path):
    path = database(tmp_path / "a.db", 10)
    with closing(sqlite3.connect(path, isolation_level=None)) as owner:
        owner.execute("BEGIN EXCLUSIVE")
        assert sizes(tmp_path) == {"a.db": path.stat().st_size}
        owner.execute("COMMIT")


def test_symbolic_links_are_not_followed(tmp_path):
    database(tmp_path / "outside" / "a.db")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link.db").symlink_to(tmp_path / "outside" / "a.db")
    (tmp_path / "root" / "folder").symlink_to(tmp_path / "outside")
    database(tmp_path / "root" / "real.db")

    assert list(sizes(tmp_path / "root")) == ["real.db"]


def test_a_root_that_is_a_link_is_followed(tmp_path):
    database(tmp_path / "real" / "a.db")
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert list(sizes(tmp_path / "link")) == ["a.db"]


@pytest.mark.parametrize(("pattern", "expected"), [
    ("*.db", ["a.db"]),
    ("**/*.db", ["a.db", "shop/b.db", "shop/x/c.db"]),
    ("*/b.db", ["shop/b.db"]),
    ("shop/**", ["b.db", "x/c.db"]),
    ("sh?p/[a-c].db", ["shop/b.db"]),
    ("**/x/*", ["shop/x/c.db"]),
    ("shop/b.db", ["b.db"]),
    ("nothing*", []),
])
def test_a_glob_names_databases_from_its_first_wildcard_on(tmp_path, pattern, expected):
    for name in ("a.db", "shop/b.db", "shop/x/c.db", "other/d.data"):
        database(tmp_path / name)

    assert sorted(sizes(tmp_path / pattern)) == expected


def test_a_file_shorter_than_its_header_says_is_unmeasured(tmp_path):
    path = database(tmp_path / "a.db", 300)
    os.truncate(path, path.stat().st_size - 4096)
    database(tmp_path / "b.db")
    shutil.copy(path, tmp_path / "c.db")
    os.truncate(tmp_path / "c.db", 50)

    assert list(sizes(tmp_path)) == ["b.db"]
    assert reasons(tmp_path) == {"a.db": Category.UNAVAILABLE, "c.db": Category.UNAVAILABLE}


@pytest.mark.parametrize("suffix", [".sqlite", ".sqlite3", ".db3"])
def test_a_file_that_claims_to_be_a_database_and_has_no_header_is_unmeasured(tmp_path, suffix):
    (tmp_path / f"encrypted{suffix}").write_bytes(b"\x13" * 5000)

    assert sizes(tmp_path) == {}
    assert reasons(tmp_path) == {f"encrypted{suffix}": Category.UNSUPPORTED}


def test_a_db_file_without_header_is_no_database(tmp_path):
    (tmp_path / "thumbs.db").write_bytes(b"\x13" * 5000)

    assert len(read(tmp_path)[0]) == 0


@pytest.mark.parametrize("suffix", [".sqlite", ".sqlite3", ".db3", ".db"])
def test_an_empty_database_file_has_size_zero(tmp_path, suffix):
    (tmp_path / f"new{suffix}").touch()

    assert sizes(tmp_path) == {f"new{suffix}": 0}


def test_a_name_that_is_not_unicode_is_shown_escaped(tmp_path):
    database(tmp_path / "good.db")
    os.rename(tmp_path / "good.db", os.fsencode(tmp_path) + b"/caf\xe9.db")

    assert list(sizes(tmp_path)) == ["caf\\xe9.db"]


def test_a_named_pipe_does_not_hang_the_reading(tmp_path):
    os.mkfifo(tmp_path / "pipe.sqlite3")
    database(tmp_path / "a.db")

    assert list(sizes(tmp_path)) == ["a.db"]


def test_a_missing_root_fails_the_instance(tmp_path):
    with pytest.raises(ServerUnavailable, match="No such file"):
        read(tmp_path / "nowhere")


def test_a_file_removed_between_the_phases_is_unmeasured(tmp_path):
    path = database(tmp_path / "a.db")
    adapter = SQLiteAdapter()
    connection = adapter.connect(Instance("files", "sqlite", path=str(tmp_path)), None)
    names = [row.name for row in adapter.fetch_inventory(connection)]
    path.unlink()
    lost = adapter.fetch_capacity(connection, names).unmeasured

    assert [(u.database_name, u.failure.category) for u in lost] == [("a.db", Category.UNKNOWN_DATABASE)]


@pytest.fixture
def denied(tmp_path, monkeypatch):
    """Reads as somebody who may not read everything: real permissions for a user, the same errors for root."""
    def deny(*paths):
        for path in paths:
            path.chmod(0)
        if os.geteuid() != 0:
            return
        real_open, real_scandir = os.open, os.scandir

        def refuse(real):
            def call(path, *args):
                if str(path) in {str(p) for p in paths}:
                    raise PermissionError(13, "Permission denied", str(path))
                return real(path, *args)
            return call

        monkeypatch.setattr("os.open", refuse(real_open))
        monkeypatch.setattr("os.scandir", refuse(real_scandir))

    yield deny
    for folder, _, _ in os.walk(tmp_path):
        os.chmod(folder, 0o700)


def test_an_unreadable_folder_makes_the_listing_visible_only(tmp_path, denied):
    database(tmp_path / "a.db")
    database(tmp_path / "secret" / "b.db")
    denied(tmp_path / "secret")
    listing, _ = read(tmp_path)

    assert listing.completeness is Completeness.VISIBLE_ONLY
    assert "secret" in listing.witness.message
    assert [row.name for row in listing] == ["a.db"]


def test_an_unreadable_file_that_claims_to_be_a_database_is_unmeasured(tmp_path, denied):
    denied(database(tmp_path / "a.sqlite"))
    listing, measured = read(tmp_path)

    assert listing.completeness is Completeness.COMPLETE
    assert measured.unmeasured[0].failure.category is Category.PERMISSION
    assert measured.unmeasured[0].failure.remedy


def test_an_unreadable_file_that_may_be_a_database_makes_the_listing_visible_only(tmp_path, denied):
    denied(database(tmp_path / "a.db"))
    listing, _ = read(tmp_path)

    assert (listing.completeness, len(listing)) == (Completeness.VISIBLE_ONLY, 0)


def test_an_unreadable_root_fails_the_instance(tmp_path, denied):
    database(tmp_path / "root" / "a.db")
    denied(tmp_path / "root")

    with pytest.raises(PermissionMissing):
        read(tmp_path / "root")
