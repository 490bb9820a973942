"""What stands on a picture."""
from datetime import date

import pytest

from capacity_sync.domain.chart import MOST_PANELS, Chart, Panel, chart_of, label
from capacity_sync.domain.forecast import Evidence, Refusal, Refused
from capacity_sync.domain.periods import Period, PeriodKind
from capacity_sync.domain.report import Coverage, Growth, Report, ReportLine, Subject
from capacity_sync.domain.series import Point

DAY = date(2026, 3, 29)
NONE = Refused(Refusal.NO_LIMIT, Evidence(1, 1, DAY))


def line(name, change=1):
    growth = Growth(1, 1, change, None, None, Coverage(), False)
    return ReportLine(Subject("orders", "scripted", name), growth, [Point(DAY, 1)], NONE, 9)


def test_a_panel_per_line_in_their_order():
    report = Report(Period.containing(PeriodKind.WEEKLY, DAY), DAY, [line("b"), line("a")], 7)

    assert chart_of(report, "database") == Chart(
        "Growth by database", "the fastest 2 of 7, weekly, 2026-03-23 to 2026-03-29", DAY,
        [Panel("orders / b", [Point(DAY, 1)], NONE, 9), Panel("orders / a", [Point(DAY, 1)], NONE, 9)])


def test_no_more_than_fit():
    chart = chart_of(Report(None, DAY, [line(str(n)) for n in range(30)], 99), "tag")

    assert (len(chart.panels), chart.note) == (MOST_PANELS, "the fastest 24 of 99")


def test_what_has_no_known_growth_is_not_called_fast():
    assert chart_of(Report(None, DAY, [line("a"), line("b", None)], 2), "tag").note == "2 of 2"


@pytest.mark.parametrize(("subject", "expected"), [
    (Subject("orders", "scripted", "shop"), "orders / shop"), (Subject("orders", "scripted"), "orders"),
    (Subject(engine="scripted"), "scripted"), (Subject(tag="team=shop"), "team=shop"), (Subject(), "without a tag"),
    (Subject(volume="/srv/data"), "/srv/data"),
    (Subject("a", None, "line\nbreak\udcff\u202e\u2028x y"), "a / linebreakx y"),
    (Subject("a", None, "\u8ba2\u5355 \U0001f4e6$"), "a / \u8ba2\u5355 \U0001f4e6$"),
    (Subject("a", None, "b" * 18 + "c" * 18), "a / " + "b" * 18 + "c" * 18),
    (Subject("a", None, "b" * 100 + "c" * 100), "a / " + "b" * 18 + "\u2026" + "c" * 17),
])
def test_a_label_is_one_short_line(subject, expected):
    assert label(subject) == expected
