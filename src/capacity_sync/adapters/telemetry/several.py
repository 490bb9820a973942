"""Several observers as one."""
from collections.abc import Callable, Sequence
from typing import final

from attrs import field, frozen

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.sync_report import RunRecord, RunReport, SyncReport
from capacity_sync.ports import SyncObserver


@final
@frozen
class SeveralObservers(SyncObserver):
    """Each is told, in their order, also after another failed; then the failures pass as one ExceptionGroup."""

    observers: tuple[SyncObserver, ...] = field(default=(), converter=tuple[SyncObserver, ...])

    def run_started(self, run: RunRecord, instances: Sequence[Instance]) -> None:
        self._tell(lambda observer: observer.run_started(run, instances))

    def instance_started(self, instance: Instance) -> None:
        self._tell(lambda observer: observer.instance_started(instance))

    def instance_finished(self, report: SyncReport) -> None:
        self._tell(lambda observer: observer.instance_finished(report))

    def run_finished(self, report: RunReport) -> None:
        self._tell(lambda observer: observer.run_finished(report))

    def _tell(self, call: Callable[[SyncObserver], None]) -> None:
        failures: list[Exception] = []
        for observer in self.observers:
            try:
                call(observer)
            except Exception as error:  # noqa: BLE001 - the others are told first; it is raised below
                failures.append(error)
        if len(failures) == 1:
            raise failures[0]
        if failures:
            raise ExceptionGroup("several observers failed", failures)
