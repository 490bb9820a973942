"""Progress of a run on a terminal."""
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import final

from attrs import define
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.sync_report import RunRecord, RunReport, SyncReport
from capacity_sync.ports import SyncObserver
from capacity_sync.settings.findings import one_line


@final
@define
class ProgressObserver(SyncObserver):
    """A bar on stderr that is gone when the run is."""

    bar: Progress
    task: TaskID

    @classmethod
    @contextmanager
    def on_stderr(cls) -> "Iterator[ProgressObserver]":
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(),
                   TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            yield cls(bar, bar.add_task("", total=None))

    def run_started(self, run: RunRecord, instances: Sequence[Instance]) -> None:
        self.bar.update(self.task, total=len(instances))

    def instance_started(self, instance: Instance) -> None:
        self.bar.update(self.task, description=one_line(instance.name))

    def instance_finished(self, report: SyncReport) -> None:
        self.bar.advance(self.task)

    def run_finished(self, report: RunReport) -> None:
        """The bar goes when the block ends."""
