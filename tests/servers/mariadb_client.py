"""Asking a MySQL-family server as root: one of ours, or one that was given by URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import unquote, urlsplit

import pymysql
import pytest
from attrs import frozen


class MariaDBClient:
    """What can be asked of any server."""

    host: str
    port: int
    root: str
    password: str

    @contextmanager
    def connect(self, **keywords: Any) -> Iterator["pymysql.connections.Connection[Any]"]:
        """Root's connection in autocommit; *keywords* are PyMySQL's, `user` and `password` among them."""
        chosen = {"user": self.root, "password": self.password, "ssl_disabled": True, "read_timeout": 60, **keywords}
        with pymysql.connect(host=self.host, port=self.port, autocommit=True, charset="utf8mb4", **chosen) as opened:
            yield opened

    def execute(self, *statements: str, **keywords: Any) -> list[tuple[Any, ...]]:
        """Run *statements* as root; the rows of the last one, if it gives any."""
        with self.connect(**keywords) as opened, opened.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return list(cursor.fetchall())


@frozen
class GivenMariaDB(MariaDBClient):
    """A server that runs already, for `pytest --mysql-url`. What needs files or a log out of reach is skipped."""

    host: str
    port: int
    root: str
    password: str

    @classmethod
    def at(cls, url: str) -> "GivenMariaDB":
        """The server of `mysql://ROOT:PASSWORD@HOST:PORT`."""
        parts = urlsplit(url)
        return cls(parts.hostname or "127.0.0.1", parts.port or 3306, unquote(parts.username or "root"),
                   unquote(parts.password or ""))

    @property
    def version(self) -> str:
        ((said,),) = self.execute("SELECT VERSION()")
        return str(said).partition("-")[0]

    @property
    def data_directory(self) -> Path:
        ((said,),) = self.execute("SELECT @@datadir")
        if not (Path(said) / "mysql").is_dir():
            _elsewhere("data folder")
        return Path(said)

    def hold(self, path: Path) -> Path:
        _elsewhere(f"folder {path}")

    def folder(self, name: str) -> Path:
        _elsewhere(f"folder {name}")

    def log(self) -> str:
        _elsewhere("log")


def _elsewhere(what: str) -> NoReturn:
    pytest.skip(f"the {what} of the given MySQL server cannot be reached from here")
