"""README's section Growth shows what the commands print, over the made-up fleet of its picture."""
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from capacity_sync.adapters.stores.memory import InMemoryUnitOfWork
from capacity_sync.domain.alerts import AlertPolicy
from capacity_sync.domain.report import Grouping
from capacity_sync.domain.stamp import Stamp
from capacity_sync.entrypoints.cli.reporting.alerts import alert_sheet
from capacity_sync.entrypoints.cli.reporting.growth import growth_sheet, print_summary
from capacity_sync.use_cases.alerting import AlertReader, Watch
from capacity_sync.use_cases.reporting import GrowthReporter, Question
from tests.pictures import draw_growth
from tests.pictures.fleet import fill

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GROWTH = re.split(r"^## ", README.partition("\n## Growth\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
DAY = draw_growth.DAY


@pytest.fixture(scope="module")
def store():
    work = InMemoryUnitOfWork()
    fill(lambda: work, DAY)
    return lambda: work


def shown(command):
    """What the README says that *command* prints."""
    return GROWTH.partition(f"$ capacity-sync {command}\n")[2].partition("```")[0]


def test_the_report(store, capsys):
    report = GrowthReporter(store).report(Question(DAY, day=date(2026, 11, 22), top=5))
    growth_sheet(report, Grouping.DATABASE).print("table", lambda: print_summary(report, Grouping.DATABASE))

    assert capsys.readouterr().out == shown("report --date 2026-11-22 --top 5")


def test_the_alerts(store, capsys):
    now = Stamp(datetime(2026, 11, 24, 5, tzinfo=UTC), DAY)
    alert_sheet(AlertReader(store).findings(Watch(now, DAY))).print("table")

    assert capsys.readouterr().out == shown("report --alerts")


def test_the_defaults_of_the_alerts_in_the_configuration():
    policy = AlertPolicy()

    assert f"growth: {{percent: {policy.growth_percent}, bytes: 20GiB, days: {policy.growth_days}}}" in README
    assert policy.growth_bytes == 20 * 1024**3
    assert f"nearly_full: {{share: {policy.full_share}, days: {policy.full_days}}}" in README
    assert f"stale: {{hours: {policy.stale_hours}}}" in README


def test_the_picture_is_drawn_by_its_script(tmp_path):
    """Versions of the library differ in details: the words have to be the same."""
    draw_growth.main(str(tmp_path / "growth.svg"))

    def words(file):
        return set(re.findall(r"<text[^>]*>([^<]*)", file.read_text(encoding="utf-8")))

    assert "![" in GROWTH
    assert draw_growth.PICTURE in GROWTH
    assert words(tmp_path / "growth.svg") == words(ROOT / draw_growth.PICTURE)
