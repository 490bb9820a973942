"""Threads that write to one SQLite file take turns here: SQLite lets them sleep and try, and some never get theirs."""
from threading import Lock
from typing import Any

from sqlalchemy import NullPool
from sqlalchemy.pool import ConnectionPoolEntry


class OneAtATime(NullPool):
    """Opens a connection for each transaction, when the one before is closed. Another process waits at the file."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._turn = Lock()

    def _do_get(self) -> ConnectionPoolEntry:
        self._turn.acquire()
        try:
            return super()._do_get()
        except BaseException:
            self._turn.release()
            raise

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        try:
            super()._do_return_conn(record)
        finally:
            self._turn.release()
