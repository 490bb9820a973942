"""Dossier P14: a database of very many files, each of which the server has to look at."""
import os
import time

import pytest

from capacity_sync.adapters.engines.base import sql
from capacity_sync.adapters.engines.postgresql import adapter
from tests.engines.postgresql.conftest import reader_of, sizes

LINKS = 10_000
"""To one file, where file systems allow 65,000."""


@pytest.mark.parametrize("files", [8_000, pytest.param(80_000, marks=pytest.mark.measured)])
def test_every_one_of_very_many_files_counts(database, postgresql_server, files, capsys):
    """The files are one with many names: `stat` sees no difference."""
    reader, name, beside = reader_of(postgresql_server, "least"), database(), database()
    before = sizes(reader.measured(name, beside))
    ((oid,),) = postgresql_server.execute(f"SELECT oid FROM pg_database WHERE datname = '{name}'")
    folder = postgresql_server.data_directory / "base" / str(oid)
    for first in range(0, files, LINKS):
        (folder / f"t_{first}").write_bytes(b"12345678")
        for n in range(first + 1, min(files, first + LINKS)):
            os.link(folder / f"t_{first}", folder / f"t_{n}")

    begun = time.perf_counter()
    after = sizes(reader.measured(name, beside))
    took = f"{files} files measured in {(time.perf_counter() - begun) * 1000:.0f} ms"

    assert after == {name: before[name] + 8 * files, beside: before[beside]}, took
    if files == 80_000:
        with capsys.disabled():
            print(f"\n{took}")  # noqa: T201 - the figure is for whoever runs it by hand


def test_a_size_is_asked_for_once():
    """In two places of the text PostgreSQL computes it twice: 500 databases then take 300 ms instead of 170."""
    assert sql(adapter.__package__, "capacity").count("pg_database_size(") == 1
