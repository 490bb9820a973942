"""A hard deadline for drivers that have none: each connection lives in a child process, which can be killed.

It also separates what a driver keeps per process (pymssql: time limits and the last error). The child gets a
channel of its own and does not import the user's main module again, as multiprocessing's would.
"""
import time
from collections.abc import Sequence
from typing import cast, final

from attrs import define, frozen

from capacity_sync.adapters.engines.worker import GAVE_UP, Worker
from capacity_sync.domain.capacity import Measurements
from capacity_sync.domain.diagnosis import Diagnosis
from capacity_sync.domain.instance import EngineTraits, Instance
from capacity_sync.domain.inventory import Listing
from capacity_sync.domain.outcomes import InternalFailure, TimedOut, error_for
from capacity_sync.ports import Connection, EngineAdapter, Severable

MARGIN_SECONDS = 1.0
"""How much longer than `timeouts.connect` a driver gets to report its own time-out in its own words."""


@final
@define
class IsolatedConnection(Connection, Severable):
    """A connection that lives in *worker*. `ends`: when everything must be over, on the monotonic clock."""

    worker: Worker
    ends: float

    def close(self) -> None:
        self.worker.stop()

    def sever(self) -> None:
        self.worker.process.kill()

    def ask(self, method: str, *arguments: object, seconds: float = float("inf")) -> object:
        """The answer of the adapter's *method* in the child.

        Raises: EngineError: what it raised there; TimedOut: no answer in time, and the child was killed.
        """
        seconds = min(seconds, self.ends - time.monotonic())
        answer = self.worker.call(method, arguments, seconds)
        if answer is GAVE_UP:
            raise TimedOut(f"no answer to {method} within {max(seconds, 0):.1f} s; the connection was given up",
                           remedy="see what the server is doing, or raise `connect_timeout` or `deadline`")
        if answer.died is not None:
            raise InternalFailure(f"the driver's process ended during {method}: {answer.died}", retryable=True)
        if answer.failure is not None:
            raise error_for(answer.failure)
        return answer.value


@final
@frozen
class IsolatedAdapter(EngineAdapter):
    """*inner*, with each of its connections in a process of its own and under the instance's deadline."""

    inner: EngineAdapter

    @property
    def traits(self) -> EngineTraits:
        return self.inner.traits

    def connect(self, instance: Instance, password: str | None) -> Connection:
        connection = IsolatedConnection(Worker.started(), time.monotonic() + instance.timeouts.deadline)
        try:
            connection.ask("start", self.inner)
            connection.ask("connect", instance, password, seconds=instance.timeouts.connect + MARGIN_SECONDS)
        except BaseException:
            connection.close()
            raise
        return connection

    def fetch_inventory(self, connection: Connection) -> Listing:
        return cast("Listing", _isolated(connection).ask("fetch_inventory"))

    def fetch_capacity(self, connection: Connection, inventory: Sequence[str]) -> Measurements:
        if not inventory:
            return Measurements()
        return cast("Measurements", _isolated(connection).ask("fetch_capacity", list(inventory)))

    def diagnose(self, connection: Connection) -> Diagnosis:
        return cast("Diagnosis", _isolated(connection).ask("diagnose"))

    def grants(self, user: str) -> Sequence[str]:
        return self.inner.grants(user)


def _isolated(connection: Connection) -> IsolatedConnection:
    return cast("IsolatedConnection", connection)
