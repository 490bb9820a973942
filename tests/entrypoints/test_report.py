"""`report`: what a person reads, the same figures for machines, and alerts."""
import csv
import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from capacity_sync import Container, Settings
from capacity_sync.adapters.charts import painter
from capacity_sync.domain.capacity import MIB
from capacity_sync.domain.forecast import Evidence, Full, Line, Lines, Refusal, Refused
from capacity_sync.domain.report import Report
from capacity_sync.domain.series import Point
from capacity_sync.entrypoints.cli.reporting import plotting
from capacity_sync.entrypoints.cli.reporting.growth import told
from capacity_sync.entrypoints.cli.reporting.sparkline import sparkline
from capacity_sync.use_cases.reporting import GrowthReporter
from tests.pictures.fleet import GIB, Story, fill

STORIES = (
    Story("orders", "shop", 210, 1.0, limit=400 * GIB, gaps=(range(21, 24),)),
    Story("orders", "audit", 40, 0.0),
    Story("billing", "\u8ba2\u5355", 10, 2.0, limit=99 * GIB),
)
TODAY = datetime.now(UTC).date()
"""The command reads the clock; nothing here depends on which day it is."""


@pytest.fixture
def told_desk(desk):
    desk.fleet("""
store: sqlite:///capacity.db
volumes: {san1: 500GiB, spare: 1TiB}
instances:
- {name: orders, engine: scripted, host: h, tags: {team: shop}, limit: 400GiB, volume: san1}
- {name: billing, engine: scripted, host: h, tags: {team: money}, volume: san1}
""")
    container = Container.from_settings(Settings.load("fleet.yaml"))
    container.storage()
    fill(container.unit_of_work, TODAY, STORIES, 35, "scripted")
    return desk


def rows(desk, *options):
    return desk("report", "--format", "json", *options).json


class TestGrowth:
    def test_the_table(self, told_desk):
        answer = told_desk("report", "--date", TODAY - timedelta(7))
        head, first, *_ = answer.out.splitlines()

        assert answer.code == 0
        assert head.split() == ["Instance", "Database", "Size", "Growth", "%", "Days", "Partial", "Trend,", "4",
                                "weeks", "Forecast"]
        assert first.startswith("billing   \u8ba2\u5355 ")
        assert "+14.0 GiB" in first
        assert "7/7" in first
        assert "against the week before: 3 of 3 databases" in answer.out

    def test_the_trend_has_a_dot_for_each_day_without_a_measurement(self, told_desk):
        shop = next(line for line in told_desk("report").out.splitlines() if " shop " in line)

        assert "\u00b7\u00b7\u00b7" in shop
        assert shop.count("\u00b7") == 3

    def test_machines_get_integers_and_null(self, told_desk):
        billing, shop, audit = rows(told_desk)

        assert (billing["instance"], billing["database_name"]) == ("billing", "\u8ba2\u5355")
        assert billing["engine"] == "scripted"
        assert billing["size_bytes"] == 78 * GIB
        assert billing["limit_bytes"] == 99 * GIB
        assert (billing["forecast"], billing["days_until_full"], billing["bytes_per_day"]) == ("full", 11, 2 * GIB)
        assert billing["full_on"] == (TODAY + timedelta(11)).isoformat()
        assert (audit["forecast"], audit["days_until_full"], audit["full_on"]) == ("never", None, None)
        assert (shop["forecast_points"], shop["forecast_days"]) == (32, 35)
        assert "told" not in shop

    def test_all_formats_tell_the_same(self, told_desk):
        whole = rows(told_desk)

        assert [json.loads(line) for line in told_desk("report", "--format", "ndjson").out.splitlines()] == whole
        table = list(csv.DictReader(io.StringIO(told_desk("report", "--format", "csv").out)))
        assert [row["change_bytes"] for row in table] == [str(row["change_bytes"]) for row in whole]
        assert table[2]["days_until_full"] == ""

    def test_a_missing_day_is_partial(self, told_desk):
        in_the_gap = TODAY - timedelta(34 - 21)
        found = {row["database_name"]: row for row in rows(told_desk, "--date", in_the_gap)}

        assert found["shop"]["is_partial"]
        assert found["shop"]["days_observed"] < found["shop"]["days_expected"] == 7
        assert not found["audit"]["is_partial"]
        assert "1 partial: some days or databases were not measured" in told_desk("report", "--date", in_the_gap).out

    @pytest.mark.parametrize(("options", "expected"), [
        (["--instance", "orders"], {"orders"}), (["--tag", "team=money"], {"billing"}), (["--engine", "sqlite"], set()),
        (["--top", "1"], {"billing"}), (["--tag", "team=none"], set()),
    ])
    def test_options_narrow_it(self, told_desk, options, expected):
        assert {row["instance"] for row in rows(told_desk, *options)} == expected

    def test_by_instance_against_the_limit_of_the_fleet_file(self, told_desk):
        billing, orders = rows(told_desk, "--by", "instance")

        assert (orders["instance"], orders["limit_bytes"], orders["forecast"]) == ("orders", 400 * GIB, "full")
        assert (orders["databases_measured"], orders["databases_expected"], orders["database_name"]) == (2, 2, None)
        assert billing["forecast"] == "no_limit"
        assert "no_limit, +2.0 GiB a day" in told_desk("report", "--by", "instance").out

    def test_by_engine_and_by_tag(self, told_desk):
        [engine] = rows(told_desk, "--by", "engine")
        tags = rows(told_desk, "--by", "tag")

        assert (engine["engine"], engine["instances_compared"], engine["instances"]) == ("scripted", 2, 2)
        assert [row["tag"] for row in tags] == ["team=money", "team=shop"]
        assert engine["change_bytes"] == sum(row["change_bytes"] for row in tags)
        assert told_desk("report", "--by", "tag").out.split()[:4] == ["Tag", "Size", "Growth", "%"]

    def test_by_volume_against_its_size(self, told_desk):
        [san] = rows(told_desk, "--by", "volume")

        assert (san["volume"], san["limit_bytes"], san["forecast"]) == ("san1", 500 * GIB, "full")
        assert (san["instance"], san["engine"], san["tag"]) == (None, None, None)
        assert (san["instances_compared"], san["instances"]) == (2, 2)
        table = told_desk("report", "--by", "volume")
        assert table.out.split()[:5] == ["Volume", "Size", "Growth", "%", "Days"]
        assert "1 of 1 volumes" in table.out
        [line] = csv.DictReader(io.StringIO(told_desk("report", "--by", "volume", "--format", "csv").out))
        assert (line["volume"], line["limit_bytes"]) == ("san1", str(500 * GIB))

    def test_without_volumes_it_says_where_they_are_given(self, told_desk):
        (told_desk.folder / "fleet.yaml").unlink()

        answer = told_desk("report", "--by", "volume")
        assert (answer.code, answer.out) == (0, "")
        assert answer.err.startswith("no instance lies on a volume; give them under volumes:")

    def test_the_store_alone_is_enough_and_knows_no_limit_of_an_instance(self, told_desk):
        (told_desk.folder / "fleet.yaml").unlink()

        assert [row["forecast"] for row in rows(told_desk, "--by", "instance")] == ["no_limit", "no_limit"]

    @pytest.mark.parametrize("kind", ["daily", "quarterly"])
    def test_what_was_not_aggregated_is_said(self, told_desk, kind):
        answer = told_desk("report", "--period", kind)

        assert (answer.code, answer.out) == (0, "")
        assert answer.err == f"nothing {kind} is aggregated; run `capacity-sync aggregate` after a sync\n"

    def test_a_first_period_has_nothing_to_compare_with(self, told_desk):
        first = "--period", "monthly", "--date", TODAY - timedelta(34)
        answer = told_desk("report", *first)
        lines = rows(told_desk, *first)

        assert (answer.code, answer.err) == (0, "")
        assert answer.out.count(" unknown (no month before)  ") == 3
        assert "\ngrowth unknown: 3, new, recreated or measured differently, listed last by size\n" in answer.out
        sizes = [row["size_bytes"] for row in lines]
        assert (len(sizes), sizes) == (3, sorted(sizes, reverse=True))
        assert {(row["change_bytes"], row["change_percent"], row["comparison"]) for row in lines} == {
            (None, None, "no_previous")}

    def test_what_cannot_be_compared_is_counted_and_comes_last(self, told_desk):
        container = Container.from_settings(Settings.load("fleet.yaml"))
        fill(container.unit_of_work, TODAY, [Story("orders", "born", 5, 1.0, since=34)], 35, "scripted")

        assert "growth unknown: 1, new," in told_desk("report").out
        assert [row["comparison"] for row in rows(told_desk)] == ["compared"] * 3 + ["no_previous"]
        assert len(rows(told_desk, "--top", "2")) == 2

    @pytest.mark.parametrize("options", [["--top", "3"], ["--alerts"], ["--plot", "x.svg"]])
    @pytest.mark.parametrize("day", ["0001-01-01", "1969-12-31", "9999-12-31"])
    def test_a_day_at_the_end_of_the_calendar_is_refused(self, told_desk, day, options):
        answer = told_desk("report", "--date", day, *options)

        assert (answer.code, answer.out) == (2, "")
        assert answer.err == "--date: expected a day from 1970-01-01 to 9998-12-31\n"

    @pytest.mark.parametrize("options", [["--top", "3"], ["--alerts"], ["--plot", "x.svg"], ["--by", "engine"]])
    @pytest.mark.parametrize("day", ["1970-01-01", "9998-12-31"])
    def test_nothing_is_known_of_days_that_may_be_asked_about(self, told_desk, day, options):
        assert told_desk("report", "--date", day, *options).code in (0, 6)

    def test_a_stranger_is_refused(self, told_desk):
        answer = told_desk("report", "--instance", "order")

        assert (answer.code, answer.err) == (2, '--instance: no "order"; did you mean "orders"?\n')


class TestAlerts:
    def test_one_line_per_finding_and_exit_code_6(self, told_desk):
        told_desk.fleet((told_desk.folder / "fleet.yaml").read_text() + "alerts: {growth: {percent: 5, bytes: 5GiB}}\n")
        answer = told_desk("report", "--alerts")

        assert answer.code == 6
        assert [line.split()[1:4] for line in answer.out.splitlines()[1:]] == [
            ["growth", "billing", "\u8ba2\u5355"], ["nearly_full", "billing", "\u8ba2\u5355"]]
        assert "+6.0 GiB (+8 %) in 3 days, now 78.0 GiB" in answer.out
        assert "78.8 % of 99.0 GiB used, full in 11 days" in answer.out

    def test_for_machines(self, told_desk):
        [full] = told_desk("report", "--alerts", "--format", "json").json

        assert full["rule"] == "nearly_full"
        assert (full["instance"], full["database_name"], full["day"]) == ("billing", "\u8ba2\u5355", TODAY.isoformat())
        assert (full["size_bytes"], full["limit_bytes"], full["days_until_full"]) == (78 * GIB, 99 * GIB, 11)
        assert (full["hours"], full["change_bytes"]) == (None, None)

    def test_a_volume_that_is_nearly_full(self, told_desk):
        text = (told_desk.folder / "fleet.yaml").read_text().replace("500GiB", "360GiB")
        told_desk.fleet(text + "alerts: {nearly_full: {days: 1}}\n")
        answer = told_desk("report", "--alerts", "--format", "json")

        assert answer.code == 6
        [full] = answer.json
        assert (full["volume"], full["instance"], full["database_name"]) == ("san1", None, None)
        assert (full["rule"], full["limit_bytes"]) == ("nearly_full", 360 * GIB)
        head, line = told_desk("report", "--alerts").out.splitlines()
        assert head.split() == ["Day", "Rule", "Instance", "Database", "Volume", "Finding"]
        assert line.split()[1:7] == ["nearly_full", "-", "-", "san1", "100.6", "%"]

    def test_nothing_found_is_0(self, told_desk):
        answer = told_desk("report", "--alerts", "--instance", "orders")

        assert (answer.code, answer.out) == (0, "")
        assert answer.err == "nothing grew quickly, is nearly full or was not measured\n"

    def test_what_was_not_measured_for_long_is_stale(self, told_desk):
        found = told_desk("report", "--alerts", "--date", TODAY - timedelta(11), "--format", "json").json

        assert [(row["rule"], row["database_name"], row["hours"]) for row in found] == [("stale", "shop", 93)]
        assert "not measured for 93 hours" in told_desk("report", "--alerts", "--date", TODAY - timedelta(11)).out

    def test_the_code_stands_in_the_help(self, desk):
        assert "report --alerts found something" in desk("--help").out
        assert "Exit code 6" in " ".join(desk("report", "--help").out.split())

    def test_alerts_are_not_drawn(self, told_desk):
        answer = told_desk("report", "--alerts", "--plot", "x.svg")

        assert answer.code == 2
        assert "--alerts and --plot do not go together" in answer.err


class TestPlot:
    def test_it_is_drawn_beside_the_report(self, told_desk):
        answer = told_desk("report", "--plot", "growth.svg", "--format", "json")

        assert (answer.code, answer.err) == (0, "drew growth.svg\n")
        assert len(answer.json) == 3
        text = (told_desk.folder / "growth.svg").read_text(encoding="utf-8")
        assert "billing / \u8ba2\u5355" in text
        assert "Growth by database" in text

    def test_a_volume_has_the_line_of_its_limit(self, told_desk):
        told_desk("report", "--by", "volume", "--plot", "growth.svg")

        text = (told_desk.folder / "growth.svg").read_text(encoding="utf-8")
        assert "Growth by volume" in text
        assert "san1" in text
        assert "limit 500" in text

    def test_it_looks_further_back_than_a_forecast(self, told_desk, monkeypatch):
        seen = []
        monkeypatch.setattr(GrowthReporter, "report", lambda _, question: seen.append(question) or Report(None, TODAY))
        told_desk("report", "--plot", "growth.svg")
        told_desk("report")

        assert [question.history_days for question in seen] == [400, 90]

    @pytest.mark.parametrize("file", ["growth.pdf", "growth", "svg"])
    def test_a_file_of_no_such_kind_is_refused_before_anything_is_read(self, told_desk, file):
        answer = told_desk("report", "--plot", file)

        assert (answer.code, answer.out) == (2, "")
        assert answer.err == f"--plot {file}: the name must end in .svg or .png\n"

    def test_so_is_drawing_without_the_library(self, told_desk, monkeypatch):
        monkeypatch.setattr(painter, "find_spec", lambda _: None)
        answer = told_desk("report", "--plot", "growth.svg")

        assert (answer.code, answer.out) == (2, "")
        assert "pip install 'capacity-sync[plot]'" in answer.err
        assert not (told_desk.folder / "growth.svg").exists()

    def test_a_file_that_cannot_be_written_is_told(self, told_desk):
        answer = told_desk("report", "--plot", "nowhere/growth.png")

        assert (answer.code, answer.err) == (2, "--plot nowhere/growth.png: no such file or directory\n")

    def test_nothing_is_not_drawn(self, told_desk):
        answer = told_desk("report", "--period", "quarterly", "--plot", "growth.svg")

        assert answer.code == 0
        assert answer.err.endswith("nothing to draw\n")
        assert not (told_desk.folder / "growth.svg").exists()

    def test_no_more_than_fit_on_a_picture(self, told_desk, monkeypatch):
        monkeypatch.setattr(plotting, "MOST_PANELS", 2)

        assert told_desk("report", "--plot", "growth.svg").err == "drew 2 of 3 lines: growth.svg\n"


class TestSparkline:
    @pytest.fixture(autouse=True)
    def unicode_terminal(self, monkeypatch):
        monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))

    def points(self, *sizes):
        return [Point(TODAY - timedelta(n), size) for n, size in enumerate(reversed(sizes)) if size is not None]

    @pytest.mark.parametrize(("sizes", "expected"), [
        ((0, 1, 2, 3, 4, 5, 6, 7), "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"),
        ((7, None, 0), "\u2588\u00b7\u2581"),
        ((5, 5, 5), "\u2584\u2584\u2584"),
        ((10**18, 10**18 + 1), "\u2581\u2588"),
        ((), ""),
    ])
    def test_height_is_size_and_a_dot_is_a_gap(self, sizes, expected):
        assert sparkline(self.points(*sizes), TODAY) == expected.rjust(28, "\u00b7")

    def test_another_incarnation_is_not_drawn_on(self):
        old, new = (Point(TODAY - timedelta(n), 5, identity=str(n)) for n in (1, 0))

        assert sparkline([old, new], TODAY) == "\u2584".rjust(28, "\u00b7")

    def test_what_is_older_than_four_weeks_does_not_count(self):
        assert sparkline(self.points(*range(100)), TODAY)[0] == "\u2581"

    def test_a_terminal_without_blocks_gets_digits(self, monkeypatch):
        monkeypatch.setattr("sys.stdout", io.TextIOWrapper(io.BytesIO(), "ascii"))

        assert sparkline(self.points(0, None, 7), TODAY) == "1.8".rjust(28, ".")


@pytest.mark.parametrize(("answer", "text"), [
    (Full(9, 120, 90, 200, Evidence(9, 9, TODAY), None), "full in 120 days (90-200)"),
    (Full(9, 1, 1, None, Evidence(9, 9, TODAY), None), "full in 1 day (1-?)"),
    (Full(9, 5, 1, 5_000, Evidence(9, 9, TODAY), None), "full in 5 days (1-?)"),
    (Full(9, 4_000, 1, 5_000, Evidence(9, 9, TODAY), None), "full in more than 10 years"),
    (Full(9, 7, 7, 7, Evidence(9, 9, TODAY), None), "full in 7 days"),
    (Full(9, 0, 0, 0, Evidence(9, 9, TODAY), None), "full"),
    (Refused(Refusal.NEVER, Evidence(9, 9, TODAY)), "never"),
    (Refused(Refusal.STEP_CHANGE, Evidence(9, 9, TODAY)), "step_change"),
    (Refused(Refusal.INSUFFICIENT_DATA, Evidence(4, 9, TODAY)), "insufficient_data (4 days)"),
    (Refused(Refusal.NO_LIMIT, Evidence(9, 9, TODAY), Lines(*[Line(MIB, MIB)] * 3)), "no_limit, +1.0 MiB a day"),
])
def test_a_forecast_in_words(answer, text):
    assert told(answer) == text
