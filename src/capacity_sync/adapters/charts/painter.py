"""Charts by matplotlib, which is loaded when the first one is drawn: no display, no state between two of them."""
import math
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, final

from attrs import frozen

from capacity_sync.adapters.charts.fonts import families, glyphs_may_lack
from capacity_sync.adapters.charts.panel import COLOURS, draw, keys
from capacity_sync.domain.chart import Chart
from capacity_sync.domain.outcomes import Unsupported
from capacity_sync.ports import ChartPainter

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL = (4.6, 2.5)
"""Inches of one panel."""
HEAD, FOOT = 0.75, 0.5
DOTS = 150
"""Per inch."""


@final
@frozen
class MatplotlibPainter(ChartPainter):
    def ready(self) -> None:
        if find_spec("matplotlib") is None:
            raise Unsupported("--plot draws with matplotlib, which is not installed; "
                              "pip install 'capacity-sync[plot]'", remedy="pip install 'capacity-sync[plot]'")

    def paint(self, chart: Chart, file: str) -> None:
        self.ready()
        import matplotlib
        from matplotlib import font_manager

        style = _style(families(font_manager.fontManager.get_font_names()))
        with matplotlib.rc_context(style), glyphs_may_lack():
            figure = _figure(chart)
            undated = {"Date": None} if file.lower().endswith(".svg") else None
            figure.savefig(file, dpi=DOTS, metadata=undated)


def _style(fonts: list[str]) -> Any:
    """Text stays text in SVG: the reader's own fonts draw it, and it can be searched."""
    return {"font.family": fonts, "font.size": 8.5, "svg.fonttype": "none", "svg.hashsalt": "capacity-sync",
            "axes.edgecolor": COLOURS.frame, "axes.spines.top": False, "axes.spines.right": False,
            "xtick.color": COLOURS.quiet, "ytick.color": COLOURS.quiet, "text.color": COLOURS.text,
            "text.parse_math": False}


def _figure(chart: Chart) -> "Figure":
    """As many columns as are needed for panels that are no taller than wide."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    count = len(chart.panels)
    columns = min(3, max(1, math.ceil(math.sqrt(count)))) if count != 1 else 1
    lines = max(1, math.ceil(count / columns))
    scale = 2 if count <= 1 else 1
    width, height = PANEL[0] * columns * scale, PANEL[1] * lines * scale + HEAD + FOOT
    figure = Figure(figsize=(width, height))
    FigureCanvasAgg(figure)
    _head(figure, chart, width, height)
    grid = figure.subplots(lines, columns, squeeze=False)
    figure.subplots_adjust(left=0.62 / width, right=1 - 0.35 / width, top=1 - (HEAD + 0.3) / height,
                           bottom=(FOOT + 0.32) / height, wspace=0.85 / PANEL[0], hspace=0.72 / (PANEL[1] - 0.72))
    for n, axes in enumerate(grid.flat):
        if n < count:
            draw(axes, chart.panels[n], chart)
        else:
            axes.set_axis_off()
    return figure


def _head(figure: "Figure", chart: Chart, width: float, height: float) -> None:
    """What it is, above; what the marks mean, below, outside of all panels."""
    left = 0.2 / width
    figure.text(left, 1 - 0.18 / height, chart.title, size=15, weight="bold", va="top")
    figure.text(left, 1 - 0.48 / height, chart.note, size=9.5, color=COLOURS.quiet, va="top")
    figure.legend(handles=keys(chart.panels), loc="lower left", bbox_to_anchor=(left, 0.08 / height), ncols=6,
                  frameon=False, borderaxespad=0, columnspacing=1.6, handlelength=1.8)
