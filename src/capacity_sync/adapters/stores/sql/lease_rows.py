"""Leases as rows, for a database without locks of its own to take."""
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, final
from uuid import uuid4

from attrs import asdict, field, frozen
from sqlalchemy import URL, Connection, Integer, Row, cast, delete, func, insert, or_, select

from capacity_sync.adapters.stores.sql.holders import Holder, is_gone, this_process
from capacity_sync.adapters.stores.sql.refusals import refusing
from capacity_sync.adapters.stores.sql.tables import capacity_sync_leases
from capacity_sync.ports import Leases

NOW = cast(func.strftime("%s", "now"), Integer)
"""The database's clock, in seconds."""


@final
@frozen
class RowLeases(Leases):
    """Each call is one transaction that begins with the write lock. A row counts until it expires or its holder is
    seen to be gone; `mark` is what tells our rows from those that others made since."""

    _url: URL
    _begin: Callable[[], AbstractContextManager[Connection]]
    mark: str = field(factory=lambda: uuid4().hex, init=False)

    def take(self, what: str, seconds: float) -> bool:
        table = capacity_sync_leases
        with refusing(self._url), self._begin() as connection:
            found = connection.execute(select(table, NOW.label("now")).where(table.c.what == what)).first()
            if found is not None and _counts(found):
                return False
            connection.execute(delete(table).where(or_(table.c.what == what, table.c.expires_at <= NOW)))
            connection.execute(insert(table).values(
                what=what, mark=self.mark, expires_at=NOW + int(seconds), **asdict(this_process())))
            return True

    def release(self, what: str) -> None:
        table = capacity_sync_leases
        with refusing(self._url), self._begin() as connection:
            connection.execute(delete(table).where(table.c.what == what, table.c.mark == self.mark))


def _counts(row: Row[Any]) -> bool:
    return row.expires_at > row.now and not is_gone(Holder(row.place, row.pid, row.born))
