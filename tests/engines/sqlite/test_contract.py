"""The published engine contract over SQLite files."""
import sqlite3
from contextlib import closing

import pytest

from capacity_sync.adapters.engines.sqlite.adapter import SQLiteAdapter
from capacity_sync.domain.instance import Instance
from capacity_sync.testing.engine_contract import *  # noqa: F403 - the tests
from capacity_sync.testing.engine_contract import EngineCase


@pytest.fixture
def engine_case(tmp_path):
    def create(name):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            connection.execute("CREATE TABLE t (x)")

    return EngineCase(SQLiteAdapter(), Instance("files", "sqlite", path=str(tmp_path)), create,
                      drop=lambda name: (tmp_path / name).unlink(),
                      unreachable=Instance("nowhere", "sqlite", path=str(tmp_path / "nowhere")))
