"""One panel: what was measured, what was not, where something else began, and where it leads."""
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from attrs import frozen

from capacity_sync.adapters.charts.scale import Scale, scale_of
from capacity_sync.domain.chart import Chart, Panel
from capacity_sync.domain.forecast import Full, Line, Refusal
from capacity_sync.domain.series import Point, eras

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SOON = 30
"""Days until full that are worth a colour."""
LEAST_AHEAD = 21
"""Days of forecast that are drawn at least; else a third of the history."""
ONE_DAY = timedelta(days=1)


@frozen
class _Colours:
    """Told apart by people who see no red or green, and in grey."""

    measured: str = "#1b5fa7"
    before: str = "#9db7d3"
    ahead: str = "#d9730d"
    limit: str = "#b42318"
    gap: str = "#ececec"
    frame: str = "#b5b5b5"
    quiet: str = "#666666"
    text: str = "#1f1f1f"


COLOURS = _Colours()


def draw(axes: "Axes", panel: Panel, chart: Chart) -> None:
    ahead = days_ahead(chart)
    scale = scale_of(_in_view(panel, ahead))
    axes.set_xlim(*_reach(chart, ahead))
    axes.set_ylim(*scale.bounds)
    _titles(axes, panel)
    _shade(axes, panel.points)
    _history(axes, panel.points, scale)
    _ahead(axes, panel, scale, ahead)
    _limit(axes, panel, scale)
    _ticks(axes, scale)


def days_ahead(chart: Chart) -> int:
    first = min((p.day for panel in chart.panels for p in panel.points), default=chart.day)
    return max(LEAST_AHEAD, (chart.day - first).days // 3)


def _reach(chart: Chart, ahead: int) -> tuple[Any, Any]:
    """The same days in every panel: matplotlib takes dates where it types numbers."""
    first = min((p.day for panel in chart.panels for p in panel.points), default=chart.day - timedelta(30))
    return first - ONE_DAY, chart.day + timedelta(ahead)


def _in_view(panel: Panel, ahead: int) -> Iterator[float]:
    """What the axis has to hold: all points, the forecast up to the limit, and the limit if that is near."""
    most = max((p.bytes for p in panel.points), default=0)
    yield from (float(p.bytes) for p in panel.points)
    if panel.forecast.lines:
        likely = panel.forecast.lines.likely.at(ahead)
        yield float(likely if panel.limit is None else min(likely, max(most, panel.limit)))
    if panel.limit is not None and panel.limit <= 1.6 * most:
        yield float(panel.limit)


def _titles(axes: "Axes", panel: Panel) -> None:
    axes.set_title(panel.label, loc="left", size=10, weight="bold", pad=7)
    urgent = isinstance(panel.forecast, Full) and panel.forecast.days <= SOON
    axes.set_title(_words(panel), loc="right", size=8.5, color=COLOURS.limit if urgent else COLOURS.quiet, pad=7)


def _words(panel: Panel) -> str:
    answer = panel.forecast
    if isinstance(answer, Full):
        latest = "?" if answer.latest is None else answer.latest
        between = "" if answer.earliest == answer.latest else f" ({answer.earliest}\u2013{latest})"
        return f"full in {answer.days} day{'' if answer.days == 1 else 's'}{between}" if answer.days else "full"
    return {Refusal.NEVER: "not growing", Refusal.INSUFFICIENT_DATA: "too few days to tell",
            Refusal.STEP_CHANGE: "a jump, no trend", Refusal.NO_LIMIT: "no limit known"}[answer.why]


def _shade(axes: "Axes", points: Iterable[Point]) -> None:
    for one, other in gaps(points):
        axes.axvspan(_x(one), _x(other), color=COLOURS.gap, linewidth=0, zorder=0)


def gaps(points: Iterable[Point]) -> list[tuple[date, date]]:
    """The measured days around each run of days that were not."""
    return [(one, other) for one, other in pairwise(sorted({p.day for p in points})) if other - one > ONE_DAY]


def _history(axes: "Axes", points: Iterable[Point], scale: Scale) -> None:
    """Each era for itself, older ones paler; a line never crosses a gap or the beginning of another era."""
    found = eras(points)
    for era in found:
        colour = COLOURS.measured if era is found[-1] else COLOURS.before
        for run in _runs(era):
            axes.plot([_x(p.day) for p in run], [scale.of(p.bytes) for p in run], color=colour, linewidth=1.7,
                      marker="o" if len(run) == 1 else "", markersize=2.5, solid_capstyle="round", zorder=3)
    for before, after in pairwise(found):
        axes.axvline(_x(after[0].day), color=COLOURS.quiet, linewidth=0.9, linestyle=(0, (1, 2)), zorder=2)
        why = "measured differently" if before[-1].identity == after[0].identity else "recreated"
        axes.annotate(why, (_x(after[0].day), 1), xycoords=("data", "axes fraction"), xytext=(3, -2), va="top",
                      textcoords="offset points", size=7.5, color=COLOURS.quiet)


def _runs(era: Sequence[Point]) -> Iterator[list[Point]]:
    run: list[Point] = []
    for point in era:
        if run and point.day - run[-1].day > ONE_DAY:
            yield run
            run = []
        run.append(point)
    yield run


def _ahead(axes: "Axes", panel: Panel, scale: Scale, ahead: int) -> None:
    """The likely line, and around it what is credible (95 %); from the last measured day on."""
    lines, last = panel.forecast.lines, panel.forecast.evidence.last_day
    if lines is None or last is None:
        return
    steps = range(ahead + 1)
    days = [_x(last + timedelta(n)) for n in steps]

    def along(line: Line) -> list[float]:
        return [scale.of(line.at(n)) for n in steps]

    axes.fill_between(days, along(lines.slowest), along(lines.fastest), color=COLOURS.ahead, alpha=0.22, linewidth=0)
    axes.plot(days, along(lines.likely), color=COLOURS.ahead, linewidth=1.5, linestyle=(0, (4, 2)), zorder=3)


def _limit(axes: "Axes", panel: Panel, scale: Scale) -> None:
    if panel.limit is None:
        return
    height = scale.of(panel.limit)
    text, above = f"limit {scale.told(panel.limit)}", height > scale.bounds[1]
    if not above:
        axes.axhline(height, color=COLOURS.limit, linewidth=1.1, zorder=2)
    axes.annotate(f"{text} \u2191" if above else text, (0, 1 if above else height), size=7.5, color=COLOURS.limit,
                  xycoords=("axes fraction", "axes fraction" if above else "data"), xytext=(4, -3),
                  textcoords="offset points", va="top")


def _ticks(axes: "Axes", scale: Scale) -> None:
    from matplotlib import dates
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    untyped: Any = dates
    locator = untyped.AutoDateLocator(minticks=3, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(untyped.ConciseDateFormatter(
        locator, offset_formats=["", "%Y", "%Y", "%Y-%m-%d", "", ""]))
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda height, _: scale.tick(height)))
    axes.tick_params(length=2.5, labelsize=8)
    axes.grid(axis="y", color="#eeeeee", linewidth=0.8, zorder=0)
    axes.set_axisbelow(True)


def keys(panels: Iterable[Panel]) -> list[Any]:
    """What the legend explains: what is drawn, and no more."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    drawn = list(panels)
    found: list[Any] = [Line2D([], [], color=COLOURS.measured, linewidth=1.7, label="measured")]
    if any(len(eras(panel.points)) > 1 for panel in drawn):
        found.append(Line2D([], [], color=COLOURS.before, linewidth=1.7, label="before it was recreated or measured "
                                                                               "differently"))
    if any(gaps(panel.points) for panel in drawn):
        found.append(Patch(color=COLOURS.gap, label="not measured"))
    if any(panel.forecast.lines for panel in drawn):
        found.append(Line2D([], [], color=COLOURS.ahead, linewidth=1.5, linestyle=(0, (4, 2)), label="forecast"))
        found.append(Patch(color=COLOURS.ahead, alpha=0.22, linewidth=0, label="credible (95 %)"))
    if any(panel.limit is not None for panel in drawn):
        found.append(Line2D([], [], color=COLOURS.limit, linewidth=1.1, label="limit"))
    return found


def _x(day: date) -> Any:
    """Matplotlib takes dates wherever its types say numbers."""
    return day
