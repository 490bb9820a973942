"""What the core needs from the process it runs in."""
from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from capacity_sync.domain.errand import Errand
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import EngineError, Failure
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.standing import Standing
from capacity_sync.domain.sync_report import RunRecord, RunReport, SyncReport

T = TypeVar("T")


class Clock(Protocol):
    @abstractmethod
    def stamp(self) -> Stamp:
        """The wall clock, read once per run, with its calendar day in the configured zone."""

    @abstractmethod
    def monotonic(self) -> float:
        """Seconds that never go back: for durations and deadlines only."""


class Retrying(Protocol):
    """Asks again, after a pause, when there is hope."""

    @abstractmethod
    def ask(self, question: Callable[[], T], *, retries: int, within: float, told: Callable[[EngineError], None]) -> T:
        """What *question* gives: asked again, at most *retries* times, after errors that are `worth_another_try`.

        No pause ends later than *within* seconds from now. *told* hears of each error that is followed by another
        try. Raises: whatever *question* raised last.
        """


class SyncObserver(Protocol):
    """Told what happens, for progress, logs and metrics. A failing observer costs no sync: it becomes a warning."""

    @abstractmethod
    def run_started(self, run: RunRecord, instances: Sequence[Instance]) -> None: ...
    @abstractmethod
    def instance_started(self, instance: Instance) -> None: ...
    @abstractmethod
    def instance_finished(self, report: SyncReport) -> None: ...
    @abstractmethod
    def run_finished(self, report: RunReport) -> None:
        """Of a run that came to its end; not of one that the store or an interrupt ended."""


class Dispatcher(Protocol):
    """Has errands run by workers, on whatever machine. One that a worker died over is given to another one, so an
    errand may be begun more than once."""

    @abstractmethod
    def send(self, errand: Errand, instance: Instance) -> None:
        """Leave *errand* for the workers of *instance*. Raises: DispatchFailed."""

    @abstractmethod
    def answers(self, run_id: str, names: Collection[str]) -> Mapping[str, SyncReport | Failure]:
        """Of those *names* whose errands are over, as far as that is known here: the report, or why there is none."""


class Exposition(Protocol):
    """How the fleet stands, as text for a system that comes and reads it."""

    @property
    @abstractmethod
    def content_type(self) -> str:
        """Of `text`, as HTTP names it."""

    @abstractmethod
    def text(self, standing: Standing) -> bytes:
        """One sample a line. Raises: Unsupported: a package is not installed; the remedy names it."""

    @abstractmethod
    def serve(self, host: str, port: int, standing: Callable[[], Standing]) -> None:
        """Answer every request with the text of a fresh *standing*, until interrupted.

        Raises: Unsupported, as `text`; OSError: the address cannot be had.
        """
