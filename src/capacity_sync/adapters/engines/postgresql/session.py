"""One connection, opened and asked under deadlines of our own: once connected, libpq waits for ever.

psycopg2's asynchronous mode hands the waiting to us, https://www.psycopg.org/docs/advanced.html#asynchronous-support:
a dead network or a stopped server costs seconds, and Ctrl-C works in the middle of a statement.
"""
from collections.abc import Mapping
from selectors import EVENT_READ, EVENT_WRITE, DefaultSelector
from time import monotonic
from typing import TYPE_CHECKING, Any, final

from attrs import define, field

from capacity_sync.adapters.engines.base import hang_up, sql
from capacity_sync.domain.outcomes import TimedOut
from capacity_sync.ports import Connection, Severable

if TYPE_CHECKING:
    from psycopg2.extensions import connection

GRACE = 2.0
"""Seconds beyond the server's own statement timeout after which we stop waiting for its word."""


@final
@define
class Session(Connection, Severable):
    """An open connection. `limit`: seconds the server allows a statement; `deadline`: of the monotonic clock.

    `pooled`: a pooler stands between; settings then live in a transaction around each statement.
    """

    raw: "connection"
    limit: float
    deadline: float
    pooled: bool = field(default=False)

    @property
    def alive(self) -> bool:
        return self.raw.closed == 0

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, never negative."""
        return max(0.0, self.deadline - monotonic())

    @property
    def server_version(self) -> str | None:
        """`15.18`: without what packagers add."""
        said = self.raw.info.parameter_status("server_version")
        return said.split()[0] if said else None

    @property
    def major(self) -> int:
        return self.raw.server_version // 10_000

    def close(self) -> None:
        self.raw.close()

    def sever(self) -> None:
        if self.alive:
            hang_up(self.raw.fileno())

    def take_names_as_they_are(self) -> None:
        """Turn conversion off where there would be one: it garbles the names of other databases, or refuses them."""
        if not self.pooled and self.raw.info.parameter_status("server_encoding") != "UTF8":
            self._run(sql(__package__, "encoding"), {})

    def shorten(self, seconds: float) -> None:
        """Allow a statement at most *seconds* from now on."""
        self.limit = seconds
        if not self.pooled:
            self._run(sql(__package__, "limit"), {"statement_timeout": milliseconds(seconds)})

    def fetch(self, name: str, **parameters: object) -> list[tuple[Any, ...]]:
        """The rows of `<name>.sql`.

        Raises: TimedOut: no answer came; the connection is closed. psycopg2.Error: as the driver says.
        """
        statement = sql(__package__, name)
        if not self.pooled:
            return self._run(statement, parameters)
        self._run(sql(__package__, "begin"), {"statement_timeout": milliseconds(self.limit)})
        try:
            return self._run(statement, parameters)
        finally:
            if self.alive:
                self._run(sql(__package__, "end"), {})

    def _run(self, statement: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        patience = min(self.limit + GRACE, self.remaining)
        try:
            with self.raw.cursor() as cursor:
                cursor.execute(statement, parameters or None)
                wait(self.raw, monotonic() + patience)
                return cursor.fetchall() if cursor.description else []
        except TimeoutError as error:
            raise TimedOut(f"no answer within {patience:.3g} s", remedy="look at the network and the server") from error
        finally:
            if self.raw.isexecuting():
                self.raw.close()


def wait(raw: "connection", until: float) -> None:
    """Drive libpq until it is done. Raises: TimeoutError: *until*, of the monotonic clock, came first."""
    from psycopg2.extensions import POLL_OK, POLL_READ

    while (state := raw.poll()) != POLL_OK:
        with DefaultSelector() as selector:
            selector.register(raw, EVENT_READ if state == POLL_READ else EVENT_WRITE)
            if not selector.select(max(0.0, until - monotonic())):
                raise TimeoutError


def milliseconds(seconds: float) -> int:
    """At least one: zero would mean no limit."""
    return max(1, round(seconds * 1000))
