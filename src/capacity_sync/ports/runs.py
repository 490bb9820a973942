"""What the core needs to remember its runs."""
from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from capacity_sync.domain.history import LastOutcome
from capacity_sync.domain.sync_report import InstanceRun, RunRecord, Status


class RunRepository(Protocol):
    """The tables `capacity_sync_runs` and `capacity_sync_run_instances`."""

    @abstractmethod
    def start(self, run: RunRecord) -> None:
        """Write *run* down as running, with its instances: those that are `running` are awaited. Twice is once."""

    @abstractmethod
    def add(self, run_id: str, instance: InstanceRun) -> None:
        """Append one instance's outcome; a second one of its name replaces the first."""

    @abstractmethod
    def finish(self, run_id: str, status: Status, finished_at: datetime, error: str | None = None) -> None:
        """Close the run. What is awaited then is forgotten."""

    @abstractmethod
    def awaited(self, run_id: str) -> Collection[str] | None:
        """The names whose outcome is awaited; None: there is no such run.

        Until this transaction ends, others that ask the same of the run wait.
        """

    @abstractmethod
    def running(self) -> Collection[str]:
        """The ids of the runs that nobody has closed."""

    @abstractmethod
    def recent(self, limit: int) -> Sequence[RunRecord]:
        """The last runs, newest first, without their instances."""

    @abstractmethod
    def durations(self, runs: int) -> Mapping[str, float]:
        """Seconds that each instance took in the newest of the last *runs* runs that it was in, by name. Awaited
        outcomes are none, here and in `last_outcomes`."""

    @abstractmethod
    def find(self, run_id: str) -> RunRecord | None:
        """One run with its instances, sorted by name."""

    @abstractmethod
    def last_outcomes(self) -> Sequence[LastOutcome]:
        """Of each active instance that was ever synced, sorted by name."""
