"""What a terminal shows while a run is under way."""
import io

import pytest
from rich.console import Console

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.sync_report import RunRecord, Status, SyncReport
from capacity_sync.entrypoints.cli.progress import ProgressObserver
from tests.use_cases.world import HandClock

NAMES = ["slow", "quick", "middle", "last", "dead"]


@pytest.fixture
def console():
    return Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)


def screen(console, progress):
    """What stands below the bar now."""
    lines = console.render_lines(progress.standing, pad=False)
    return ["".join(segment.text for segment in line).rstrip() for line in lines]


def instance(name):
    return Instance(name, "scripted")


def test_outcomes_are_counted_and_those_that_run_for_longest_are_named(console):
    now = [0.0]
    with ProgressObserver.on(console) as progress:
        progress.standing.clock = lambda: now[0]
        stamp = HandClock().stamp()
        progress.run_started(RunRecord("r", Status.RUNNING, stamp.at, stamp.day), list(map(instance, NAMES)))
        for seconds, name in enumerate(NAMES):
            now[0] = seconds * 10.0
            progress.instance_started(instance(name))
        for name, status in (("quick", Status.COMPLETED), ("dead", Status.FAILED)):
            progress.instance_finished(SyncReport(name, "scripted", status))
        now[0] = 60.4
        shown = screen(console, progress)

        assert shown == ["1 completed  1 failed", "running 3: slow 60 s, middle 40 s, last 30 s"]
        assert (progress.bar.tasks[0].completed, progress.bar.tasks[0].total) == (2, 5)


def test_no_more_than_three_are_named_and_names_play_no_tricks(console):
    with ProgressObserver.on(console) as progress:
        progress.standing.clock = lambda: 0.0
        for name in ("[bold]x", "two\nlines", "c", "d", "e"):
            progress.instance_started(instance(name))
        lines = screen(console, progress)

    assert len(lines) == 2
    assert lines[1].startswith("running 5: [bold]x 0 s, two")
    assert lines[1].endswith("c 0 s")


def test_nothing_is_left_when_the_run_is_over(console):
    with ProgressObserver.on(console) as progress:
        progress.instance_finished(SyncReport("a", "scripted", Status.COMPLETED))
    drawn = console.file.getvalue()

    assert "1 completed" in drawn
    assert drawn.endswith("\x1b[2K")
