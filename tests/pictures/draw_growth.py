"""Draws the picture of the README over the made-up fleet: `python -m tests.pictures.draw_growth [FILE]`."""
import sys
from datetime import date

from attrs import evolve

from capacity_sync.adapters.charts.painter import MatplotlibPainter
from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.domain.chart import chart_of
from capacity_sync.domain.report import Grouping
from capacity_sync.use_cases.reporting import GrowthReporter, Question
from tests.pictures.fleet import STORIES, fill

PICTURE = "architecture/growth.svg"
DAY = date(2026, 11, 24)
SHOWN = ("shop", "events", "\u8ba2\u5355\u6570\u636e\u5e93", "\U0001f4e6 parcels", "price $50_000", "archive")


def main(file=PICTURE):
    store = InMemoryUnitOfWork()
    fill(lambda: store, DAY, STORIES)
    report = GrowthReporter(lambda: store).report(Question(DAY, history_days=400))
    lines = {line.subject.database: line for line in report.lines}
    drawn = evolve(report, lines=[lines[name] for name in SHOWN], of=len(SHOWN))
    MatplotlibPainter().paint(chart_of(drawn, Grouping.DATABASE.value), file)


if __name__ == "__main__":
    main(*sys.argv[1:])
