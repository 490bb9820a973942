"""Pictures of growth: what is in them, and that nothing in a name breaks them."""
import logging
import subprocess
import sys
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.adapters.charts import fonts, painter
from capacity_sync.adapters.charts.fonts import families
from capacity_sync.adapters.charts.panel import COLOURS, gaps
from capacity_sync.adapters.charts.scale import UNITS, scale_of
from capacity_sync.domain.chart import Chart, Panel
from capacity_sync.domain.forecast import forecast
from capacity_sync.domain.outcomes import Unsupported
from capacity_sync.domain.series import Point

matplotlib = pytest.importorskip("matplotlib")

DAY = date(2026, 3, 31)
GIB = 1024**3
NAMES = ("orders / shop", "billing / \u8ba2\u5355\u6570\u636e\u5e93", "apps / \U0001f4e6 parcels", "a $x_1$ \\frac{b}",
         "<&\">", "\u0627\u0644\u0637\u0644\u0628\u0627\u062a", "100 %", "^{", "$")


def points(sizes, **marks):
    """The last of them is of DAY; None is a day without a measurement."""
    days = (DAY - timedelta(n) for n in range(len(sizes) - 1, -1, -1))
    return [Point(day, size * GIB, **marks) for day, size in zip(days, sizes, strict=True) if size is not None]


def panel(label="orders / shop", history=None, limit=None):
    history = points(range(10, 40)) if history is None else history
    return Panel(label, history, forecast(history, limit, DAY), limit)


def chart(*panels):
    return Chart("Growth by database", "all of them", DAY, panels)


def drawn(*panels):
    """The axes of the panels, as they would be printed."""
    with matplotlib.rc_context(painter._style([fonts.MAIN])):
        return painter._figure(chart(*panels)).axes


def lines(axes, colour):
    return [line for line in axes.lines if line.get_color() == colour]


def texts(axes):
    return [text.get_text() for text in axes.texts]


class TestFiles:
    def test_names_of_any_script_stay_text_in_svg(self, tmp_path):
        file = tmp_path / "growth.svg"
        painter.MatplotlibPainter().paint(chart(*map(panel, NAMES)), str(file))

        found = {"".join(text.itertext()) for text in ElementTree.parse(file).iter("{http://www.w3.org/2000/svg}text")}
        assert found >= set(NAMES)

    @pytest.mark.parametrize("suffix", ["svg", "png", "PNG"])
    def test_a_font_that_lacks_glyphs_neither_stops_nor_warns(self, tmp_path, suffix, caplog, capfd):
        file = tmp_path / f"growth.{suffix}"
        with caplog.at_level(logging.INFO):
            painter.MatplotlibPainter().paint(chart(*map(panel, NAMES)), str(file))

        assert file.stat().st_size > 10_000
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
        assert capfd.readouterr().err == ""

    def test_the_same_chart_is_the_same_file(self, tmp_path):
        for name in ("one.svg", "two.svg"):
            painter.MatplotlibPainter().paint(chart(panel()), str(tmp_path / name))

        assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()

    def test_nothing_of_the_style_stays(self, tmp_path):
        before = dict(matplotlib.rcParams)
        painter.MatplotlibPainter().paint(chart(panel()), str(tmp_path / "x.png"))

        assert dict(matplotlib.rcParams) == before

    def test_a_folder_that_is_not_there(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            painter.MatplotlibPainter().paint(chart(panel()), str(tmp_path / "nowhere" / "x.svg"))

    def test_without_the_library_it_says_what_to_install(self, monkeypatch):
        monkeypatch.setattr(painter, "find_spec", lambda _: None)

        with pytest.raises(Unsupported, match=r"pip install 'capacity-sync\[plot\]'"):
            painter.MatplotlibPainter().ready()

    def test_the_library_is_loaded_to_draw_and_for_nothing_else(self):
        done = subprocess.run(
            [sys.executable, "-c", "import sys, capacity_sync.container, capacity_sync.entrypoints.cli.reporting\n"
                                   "print('matplotlib' in sys.modules)"], capture_output=True, text=True, check=True)
        assert done.stdout == "False\n"


class TestPanels:
    def test_no_line_crosses_a_day_that_was_not_measured(self):
        [axes] = drawn(panel(history=points([1, 2, 3, None, None, 6, 7, None, 9])))

        assert [len(line.get_xdata()) for line in lines(axes, COLOURS.measured)] == [3, 2, 1]
        assert [other - one for one, other in gaps(points([1, None, None, 4, 5]))] == [timedelta(3)]
        assert len(axes.patches) == 2

    @pytest.mark.parametrize(("marks", "word"), [({"identity": "1"}, "recreated"),
                                                 ({"method": "view"}, "measured differently")])
    def test_nor_the_beginning_of_something_else(self, marks, word):
        later = points(range(10, 20), identity="2", method="files")
        before = [Point(p.day - timedelta(10), p.bytes, **{"identity": "2", "method": "files"} | marks) for p in later]
        [axes] = drawn(panel(history=[*before, *later]))

        assert [len(line.get_xdata()) for line in lines(axes, COLOURS.before)] == [10]
        assert [len(line.get_xdata()) for line in lines(axes, COLOURS.measured)] == [10]
        assert word in texts(axes)

    def test_forecast_band_and_limit(self):
        [axes] = drawn(panel(limit=60 * GIB))

        [ahead] = lines(axes, COLOURS.ahead)
        assert list(ahead.get_ydata()[:3]) == [39, 40, 41]
        assert len(axes.collections) == 1
        assert [line.get_ydata()[0] for line in lines(axes, COLOURS.limit)] == [60]
        assert "limit 60 GiB" in texts(axes)
        assert axes.get_title("right") == "full in 21 days"

    def test_a_limit_far_above_is_told_and_does_not_flatten_the_rest(self):
        [axes] = drawn(panel(limit=9_000 * GIB))

        assert lines(axes, COLOURS.limit) == []
        assert "limit 8.8 TiB \u2191" in texts(axes)
        assert axes.get_ylim()[1] < 100

    @pytest.mark.parametrize(("sizes", "limit", "words"), [
        (range(10, 40), None, "no limit known"), ([5] * 20, 9, "not growing"), (range(3), 9, "too few days to tell"),
        ([5] * 10 + [500] * 10, 9_000, "a jump, no trend"), ([9] * 9, 9, "full"), ((), 9, "too few days to tell"),
        ([10, 13, 9, 12, 10, 14, 9, 13, 11], 40, "full in "),
    ])
    def test_the_answer_stands_beside_the_name(self, sizes, limit, words):
        [axes] = drawn(panel(history=points(sizes), limit=limit and limit * GIB))

        assert axes.get_title("right").startswith(words)

    def test_sizes_are_in_iec_units_and_all_panels_show_the_same_days(self):
        axes = drawn(panel(), panel(history=points([1, 2])))
        format_of = axes[0].yaxis.get_major_formatter()

        assert format_of(20, 0) == "20 GiB"
        assert axes[0].get_xlim() == axes[1].get_xlim()

    @pytest.mark.parametrize("count", [1, 5, 24])
    def test_many_panels_stay_apart(self, count):
        """No title or tick label of one panel lies over another panel; the legend is outside of all."""
        with matplotlib.rc_context(painter._style([fonts.MAIN])):
            figure = painter._figure(chart(*(panel(f"instance / database {n}") for n in range(count))))
            figure.draw_without_rendering()
            boxes = [axes.get_tightbbox() for axes in figure.axes[:count]]
            [legend] = figure.legends
            outside = legend.get_window_extent()

        assert not any(one.overlaps(other) for n, one in enumerate(boxes) for other in boxes[:n])
        assert not any(outside.overlaps(box) for box in boxes)
        assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 for box in boxes)

    def test_the_legend_explains_what_is_drawn_and_no_more(self):
        def legend(*panels):
            with matplotlib.rc_context(painter._style([fonts.MAIN])):
                return [text.get_text() for text in painter._figure(chart(*panels)).legends[0].get_texts()]

        assert legend(panel(history=points([1]))) == ["measured"]
        assert legend(panel(history=points([1, None, 2]), limit=GIB * 5)) == ["measured", "not measured", "limit"]
        assert legend(panel()) == ["measured", "forecast", "credible (95 %)"]


def test_the_first_font_of_each_kind_that_is_installed():
    assert families([]) == ["DejaVu Sans"]
    assert families(["Symbola", "SimHei", "Noto Sans CJK SC"]) == ["DejaVu Sans", "Noto Sans CJK SC", "Symbola"]


@given(st.lists(st.integers(0, 2**63 - 1), max_size=20))
def test_every_size_lies_on_the_axis(sizes):
    scale = scale_of(sizes)
    low, high = scale.bounds

    assert 0 <= low < high
    assert all(low <= scale.of(size) <= high for size in sizes)
    assert scale.unit in UNITS
    assert scale.of(max(sizes, default=0)) < 1024 or scale.unit == "EiB"
