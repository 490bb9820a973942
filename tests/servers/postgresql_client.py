"""Asking a PostgreSQL server as its superuser: one of ours, or one that was given by URL."""

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import unquote, urlsplit

import pytest
from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from psycopg2.extensions import connection


class PostgreSQLClient:
    """What can be asked of any server."""

    host: str
    port: int
    superuser: str
    password: str

    @contextmanager
    def connect(self, database: str = "postgres", **keywords: Any) -> "Iterator[connection]":
        """A superuser's connection in autocommit; *keywords* are libpq's, `user` and `password` among them."""
        import psycopg2

        chosen = {"user": self.superuser, "password": self.password, **keywords}
        with closing(psycopg2.connect(host=self.host, port=self.port, dbname=database, **chosen)) as opened:
            opened.autocommit = True
            yield opened

    def execute(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement as superuser; its rows, if it gives any."""
        with self.connect(database) as opened, opened.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    @property
    def version(self) -> str:
        """As the server says it: `15.18`."""
        ((said,),) = self.execute("SHOW server_version")
        return str(said).split()[0]

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])


@frozen
class GivenPostgreSQL(PostgreSQLClient):
    """A server that runs already, for `pytest --postgresql-url`. What needs files or a log out of reach is skipped."""

    host: str
    port: int
    superuser: str
    password: str

    @classmethod
    def at(cls, url: str) -> "GivenPostgreSQL":
        """The server of `postgresql://SUPERUSER:PASSWORD@HOST:PORT`."""
        parts = urlsplit(url)
        user, password = unquote(parts.username or "postgres"), unquote(parts.password or "")
        return cls(parts.hostname or "127.0.0.1", parts.port or 5432, user, password)

    @property
    def data_directory(self) -> Path:
        ((said,),) = self.execute("SHOW data_directory")
        if not (Path(said) / "base").is_dir():
            _elsewhere("files")
        return Path(said)

    def folder(self, name: str) -> Path:
        _elsewhere(f"folder {name}")

    def log(self) -> str:
        _elsewhere("log")


def _elsewhere(what: str) -> NoReturn:
    pytest.skip(f"the {what} of the given PostgreSQL server cannot be reached from here")
