"""Progress of a run on a terminal."""
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import final

from attrs import define, field
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TimeElapsedColumn
from rich.text import Text

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.sync_report import RunRecord, RunReport, SyncReport
from capacity_sync.entrypoints.cli.tables import STYLES
from capacity_sync.ports import SyncObserver
from capacity_sync.settings.findings import one_line

SHOWN = 3
"""Of the instances that are under way."""


@define
class Standing:
    """Two lines: how many ended in which way, and which have been under way for longest."""

    clock: Callable[[], float] = monotonic
    ended: Counter[str] = field(factory=Counter)
    running: dict[str, float] = field(factory=dict)

    def __rich__(self) -> Text:
        text = Text(no_wrap=True, overflow="ellipsis")
        for status, count in sorted(self.ended.items()):
            text.append(f"{count} {status}", STYLES.get(status, "")).append("  ")
        now, slowest = self.clock(), sorted(dict(self.running).items(), key=lambda entry: entry[1])[:SHOWN]
        running = ", ".join(f"{one_line(name)} {now - begun:.0f} s" for name, begun in slowest)
        return text.append(f"\nrunning {len(self.running)}: {running}" if running else "\n")


@final
@define
class ProgressObserver(SyncObserver):
    """A bar on stderr and what stands below it, gone when the run is."""

    bar: Progress
    task: TaskID
    standing: Standing

    @classmethod
    @contextmanager
    def on_stderr(cls) -> "Iterator[ProgressObserver]":
        with cls.on(Console(stderr=True)) as progress:
            yield progress

    @classmethod
    @contextmanager
    def on(cls, console: Console) -> "Iterator[ProgressObserver]":
        bar = Progress(SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console)
        progress = cls(bar, bar.add_task("", total=None), Standing())
        with Live(Group(bar, progress.standing), console=console, transient=True, refresh_per_second=4):
            yield progress

    def run_started(self, run: RunRecord, instances: Sequence[Instance]) -> None:
        self.bar.update(self.task, total=len(instances))

    def instance_started(self, instance: Instance) -> None:
        self.standing.running[instance.name] = self.standing.clock()

    def instance_finished(self, report: SyncReport) -> None:
        self.standing.running.pop(report.name, None)
        self.standing.ended[report.status.value] += 1
        self.bar.advance(self.task)

    def run_finished(self, report: RunReport) -> None:
        """The bar goes when the block ends."""
