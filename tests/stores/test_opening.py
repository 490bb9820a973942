"""Stores that cannot be opened: one line that names the store and the way out, and never a password."""
import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import check, ready_to_read, ready_to_sync, upgrade
from capacity_sync.domain.outcomes import StoreRefused

NOBODY = 65534


@pytest.fixture
def public_folder():
    """A folder that everybody may enter, down from the root."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


@contextmanager
def as_nobody():
    """Without the rights of root, who may read and write everything."""
    before = os.geteuid()
    os.seteuid(NOBODY if before == 0 else before)
    try:
        yield
    finally:
        os.seteuid(before)


def refusal(call, *args, **options):
    with pytest.raises(StoreRefused) as caught:
        call(*args, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_is_no_store(tmp_path):
    assert f"{tmp_path} is a folder" in refusal(open_store, f"sqlite:///{tmp_path}")


def test_a_missing_folder_is_named_and_not_created(tmp_path):
    assert f"the folder {tmp_path}/a/b is not there" in refusal(open_store, f"sqlite:///{tmp_path}/a/b/capacity.db")
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir, " * 1000)

    text = refusal(ready_to_sync, open_store(f"sqlite:///{letter}"))

    assert text.startswith(f"store sqlite:///{letter}: file is not a database; ")
    assert letter.read_text() == "Dear Sir, " * 1000


@pytest.mark.parametrize("url", ["capacity.db", "/srv/capacity.db", "", "sqlite", "sqlite:/x.db", "://"])
def test_a_text_that_is_no_url_is_answered_with_one_that_is(url):
    text = refusal(open_store, url)

    assert text.startswith(f"store {url}: not a URL; ")
    assert "sqlite:///capacity.db" in text


@pytest.mark.parametrize("url", ["oracle://u:s3cret@h/x", "postgres://u:s3cret@h/x", "redis://:s3cret@h",
                                 "mongodb+srv://h/"])
def test_a_store_of_an_unknown_kind_is_answered_with_the_known_ones(url):
    text = refusal(open_store, url)

    assert "one of sqlite://, postgresql://, mysql://, mariadb://" in text
    assert "s3cret" not in text


@pytest.mark.parametrize("url", ["postgresql:/u:s3cret@h/x", "mysql//u:s3cret@h", "mysql://u:s3c@ret@h:port/x"])
def test_a_url_with_a_slip_keeps_its_password_to_itself(url):
    text = refusal(open_store, url)

    assert "s3c" not in text
    assert "ret@h" not in text


@pytest.mark.parametrize(("kind", "driver", "extra"), [
    ("postgresql", "psycopg2", "postgresql"), ("mysql", "pymysql", "mysql"), ("mariadb", "pymysql", "mysql")])
def test_a_missing_driver_is_answered_with_what_to_install(monkeypatch, kind, driver, extra):
    monkeypatch.setitem(sys.modules, driver, None)

    text = refusal(open_store, f"{kind}://u:s3cret@h/x")

    assert f"pip install 'capacity-sync[{extra}]', and begin the URL with {kind}://" in text
    assert "s3cret" not in text


def test_an_unknown_driver_is_named():
    assert "postgresql.quill" in refusal(open_store, "postgresql+quill://u:s3cret@h/x")


def test_options_of_a_sqlite_url_are_refused(tmp_path):
    assert "no options" in refusal(open_store, f"sqlite:///{tmp_path}/x.db?mode=ro")


@pytest.mark.parametrize("url", ["postgresql://monitor:s3cret@127.0.0.1:1/x",
                                 "postgresql://monitor:s3cret@127.0.0.1:1/x?colour=red&password=s3cret"])
def test_a_server_that_is_not_there_is_one_line_without_the_password(url):
    text = refusal(check, open_store(url))

    assert text.startswith("store ")
    assert "monitor:***@127.0.0.1:1/x: " in text
    assert "s3cret" not in text
    assert "--store" in text


@pytest.mark.parametrize("prepare", [ready_to_sync, ready_to_read, upgrade])
def test_a_file_that_may_not_be_read_is_refused(public_folder, prepare):
    store = _made(public_folder, mode=0o000)

    with as_nobody():
        text = refusal(prepare, store)

    assert text.startswith(f"store {store.url}: unable to open database file; ")


@pytest.mark.parametrize("mode", [0o444, 0o666], ids=["file", "folder"])
def test_a_store_that_may_only_be_read_can_be_read_and_not_synced(public_folder, mode):
    store = _made(public_folder, mode)

    with as_nobody():
        ready_to_read(store)
        text = refusal(ready_to_sync, store)

    assert text.startswith(f"store {store.url}: attempt to write a readonly database; ")


def test_a_folder_that_may_not_be_written_gets_no_store(public_folder):
    store = _made(public_folder, mode=0o444)
    (public_folder / "capacity.db").unlink()

    with as_nobody():
        text = refusal(ready_to_sync, store)

    assert text.startswith(f"store {store.url}: unable to open database file")


def _made(folder, mode):
    """A store that exists, in a file with *mode*. Made before the rights go: imports need them."""
    store = open_store(f"sqlite:///{folder}/capacity.db")
    ready_to_sync(store)
    (folder / "capacity.db").chmod(mode)
    return store
