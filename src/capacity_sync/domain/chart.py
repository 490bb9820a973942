"""A report as pictures: one panel per line, each with its own history, forecast and limit."""
import unicodedata
from datetime import date

from attrs import field, frozen

from capacity_sync.domain.forecast import Forecast
from capacity_sync.domain.report import Report, Subject
from capacity_sync.domain.series import Point

MOST_PANELS = 24
MOST_LETTERS = 36


@frozen
class Panel:
    """`label`: one short line. `points`: of every incarnation. `limit` in bytes."""

    label: str
    points: tuple[Point, ...] = field(converter=tuple[Point, ...])
    forecast: Forecast
    limit: int | None = None


@frozen
class Chart:
    """`note` says what is drawn; `day` is the one that it is seen from."""

    title: str
    note: str
    day: date
    panels: tuple[Panel, ...] = field(converter=tuple[Panel, ...])


def chart_of(report: Report, what: str) -> Chart:
    """The lines of *report*, which are about *what*, in their order; no more than fit on one picture."""
    drawn = report.lines[:MOST_PANELS]
    period = report.period
    fastest = "" if any(line.growth.change is None for line in drawn) else "the fastest "
    when = f", {period.kind.value}, {period.start} to {period.end}" if period else ""
    return Chart(
        f"Growth by {what}", f"{fastest}{len(drawn)} of {report.of}{when}", report.day,
        (Panel(label(line.subject), line.points, line.forecast, line.limit) for line in drawn))


def label(subject: Subject) -> str:
    """`instance / database`, what cannot be printed left out, the middle of what is too long too."""
    names = [name for name in (subject.instance, subject.database, subject.tag, subject.volume) if name]
    parts = names or [subject.engine or "without a tag"]
    return " / ".join(_short(_printable(part)) for part in parts)


def _printable(name: str) -> str:
    return "".join(c for c in name if c == " " or unicodedata.category(c)[0] not in "CZ")


def _short(name: str) -> str:
    if len(name) <= MOST_LETTERS:
        return name
    half = MOST_LETTERS // 2
    return f"{name[:half]}\u2026{name[1 - half:]}"
