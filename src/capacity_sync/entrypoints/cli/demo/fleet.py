"""The databases of the demo: real files, filled by `fill.sql`."""
from collections.abc import Mapping
from contextlib import closing
from importlib.resources import files
from pathlib import Path

from capacity_sync.domain.outcomes import ConfigurationRefused

FLEET = """\
store: sqlite:///capacity.db
instances:
  - {name: shop, engine: sqlite, path: shop}
"""
FIRST: Mapping[str, int] = {"archive.db": 60, "customers.db": 150, "orders.db": 400, "team/sessions.db": 20}
"""Rows of a KiB each, by file."""
GROWN: Mapping[str, int] = {"orders.db": 900, "team/sessions.db": 5}
ADDED: Mapping[str, int] = {"reports.db": 80}
DROPPED = ("archive.db",)


def first_day(home: Path) -> Path:
    """Make the databases and their fleet file below *home*; the fleet file.

    Raises: ConfigurationRefused: a demo lies there already, or nothing can be written.
    """
    config = home / "fleet.yaml"
    try:
        home.mkdir(parents=True, exist_ok=True)
        with config.open("x", encoding="utf-8") as file:
            file.write(FLEET)
        for name, rows in FIRST.items():
            _fill(home / "shop" / name, rows)
    except OSError as error:
        raise ConfigurationRefused(f"{error.filename}: {error.strerror}; name another folder with --folder") from error
    return config


def second_day(home: Path) -> None:
    """Let some grow, add one, drop one."""
    for name, rows in {**GROWN, **ADDED}.items():
        _fill(home / "shop" / name, rows)
    for name in DROPPED:
        (home / "shop" / name).unlink()


def _fill(path: Path, rows: int) -> None:
    import sqlite3

    path.parent.mkdir(parents=True, exist_ok=True)
    script = files(__package__).joinpath("fill.sql").read_text(encoding="utf-8")
    make, fill = script.split(";\n", 1)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(make)
        connection.execute(fill, {"rows": rows})
