"""When a limit is reached: what moves the date, what does not, and when there is none."""
from datetime import date, timedelta
from fractions import Fraction

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st

from capacity_sync.domain.capacity import Basis
from capacity_sync.domain.forecast import Evidence, Full, Line, Refusal, Refused, forecast, lines_through, on
from capacity_sync.domain.series import Point

DAY = date(2026, 3, 1)
GIB = 1024**3


def points(sizes, start=DAY, **marks):
    """One per day; None is a gap."""
    return [Point(start + timedelta(n), size, **marks) for n, size in enumerate(sizes) if size is not None]


def asked(history, limit):
    return forecast(history, limit, history[-1].day)


def refused(history, limit=10**15):
    answer = asked(history, limit)
    return answer.why if isinstance(answer, Refused) else answer


growing = st.builds(
    lambda start, slope, sway: [start + slope * n + s for n, s in enumerate(sway)],
    st.integers(10_000, 10**9), st.integers(100, 10**6), st.lists(st.integers(-200, 200), min_size=8, max_size=40))
"""Sizes that grow and sway a little."""


class TestTheDate:
    def test_ten_a_day_up_to_the_limit(self):
        answer = asked(points(range(100, 200, 10)), 1_000)

        assert (answer.days, answer.earliest, answer.latest, answer.limit) == (81, 81, 81, 1_000)
        assert answer.evidence == Evidence(10, 10, DAY + timedelta(9))
        assert answer.lines.likely == Line(Fraction(190), Fraction(10))

    def test_a_part_of_a_day_is_a_day(self):
        assert asked(points(range(100, 200, 10)), 1_001).days == 82

    def test_it_is_seen_from_the_day_that_is_asked_about(self):
        history = points(range(100, 200, 10))

        assert forecast(history, 1_000, DAY + timedelta(9 + 80)).days == 1
        assert forecast(history, 1_000, DAY + timedelta(9 + 500)).days == 0

    def test_what_is_full_is_full_whatever_the_history(self):
        answer = asked(points([5, 900]), 900)

        assert (answer.days, answer.earliest, answer.latest, answer.evidence.points) == (0, 0, 0, 2)
        assert refused(points([5, 899]), 900) is Refusal.INSUFFICIENT_DATA

    def test_sizes_that_sway_widen_the_interval(self):
        steady = points(range(100, 400, 10))
        swaying = [evolve(p, bytes=p.bytes + (7 * n * n) % 23) for n, p in enumerate(steady)]
        answer = asked(swaying, 10_000)

        assert answer.earliest < answer.days < answer.latest
        assert answer.latest - answer.earliest < 200

    def test_growth_that_may_be_none_has_no_latest_day(self):
        answer = asked(points([100, 130, 90, 120, 101, 140, 95, 125, 104]), 10_000)

        assert isinstance(answer, Full)
        assert answer.latest is None

    @given(growing, st.integers(1, 10**9))
    def test_the_interval_holds_the_date(self, sizes, room):
        answer = asked(points(sizes), max(sizes) + room)

        assume(isinstance(answer, Full))
        assert 0 <= answer.earliest <= answer.days
        assert answer.latest is None or answer.days <= answer.latest

    @given(growing, st.integers(1, 10**9), st.integers(2, 1_000))
    def test_the_unit_does_not_matter(self, sizes, room, scale):
        answer = asked(points(sizes), max(sizes) + room)
        scaled = asked(points([size * scale for size in sizes]), (max(sizes) + room) * scale)

        assert _date(scaled) == _date(answer)

    @given(growing, st.integers(1, 10**9), st.integers(0, 10**9))
    def test_what_was_always_there_does_not_matter(self, sizes, room, more):
        answer = asked(points(sizes), max(sizes) + room)

        assert _date(asked(points([size + more for size in sizes]), max(sizes) + room + more)) == _date(answer)

    @given(growing, st.integers(1, 10**9), st.integers(-5_000, 5_000))
    def test_when_it_was_does_not_matter(self, sizes, room, later):
        answer = asked(points(sizes), max(sizes) + room)

        assert _date(asked(points(sizes, DAY + timedelta(later)), max(sizes) + room)) == _date(answer)

    @given(growing, st.lists(st.integers(1, 10**9), min_size=2, max_size=2))
    def test_a_higher_limit_is_reached_no_sooner(self, sizes, rooms):
        low, high = (asked(points(sizes), max(sizes) + room) for room in sorted(rooms))

        assume(isinstance(low, Full))
        assert (low.days, low.earliest) <= (high.days, high.earliest)
        assert low.earliest <= high.earliest
        assert low.latest is None or high.latest is None or low.latest <= high.latest

    @given(growing, st.integers(1, 10**9), st.randoms())
    def test_the_order_of_the_points_does_not_matter(self, sizes, room, random):
        history = points(sizes)
        shuffled = random.sample(history, len(history))

        assert forecast(shuffled, max(sizes) + room, history[-1].day) == asked(history, max(sizes) + room)

    @given(st.integers(100, 10**9), st.integers(1, 10**6), st.sets(st.integers(1, 38), max_size=30),
           st.integers(1, 10**9))
    def test_gaps_do_not_matter(self, start, slope, missing, room):
        whole = points([start + slope * n for n in range(40)])
        limit = whole[-1].bytes + room
        holed = [p for n, p in enumerate(whole) if n not in missing]

        assert _date(asked(holed, limit)) == _date(asked(whole, limit))

    @given(growing, st.integers(0, 39), st.floats(0, 1), st.integers(1, 10**9))
    def test_one_outlier_moves_it_by_no_more_than_the_interval(self, sizes, place, height, room):
        limit = max(sizes) + room
        wrong = [*sizes]
        wrong[place % len(sizes)] = int((limit - 1) * height)
        answer, moved = asked(points(sizes), limit), asked(points(wrong), limit)

        assume(isinstance(answer, Full) and isinstance(moved, Full))
        assert answer.earliest <= moved.days
        assert answer.latest is None or moved.days <= answer.latest

    @given(st.integers(1_000, 10**6), st.integers(1, 1_000), st.integers(0, 29), st.integers(0, 10**9))
    def test_one_outlier_does_not_move_a_steady_growth_at_all(self, start, slope, place, wrong):
        sizes = [start + slope * n for n in range(30)]
        limit = 10**10
        history = points([*sizes[:place], wrong, *sizes[place + 1:]])

        assert asked(history, limit).days == asked(points(sizes), limit).days

    def test_of_very_many_points_some_stand_for_all(self):
        history = points(range(10_000, 21_000, 10))

        assert asked(history, 50_000).days == (50_000 - 20_990) // 10
        assert asked(history, 50_000).evidence.points == 1_100


    def test_those_that_stand_for_all_are_counted_from_the_newest_back(self):
        sizes = [10 * n if n % 3 == 1 else 10**9 for n in range(1_100)]

        assert sizes[-1] == 10_990
        assert lines_through(points(sizes)).likely == Line(Fraction(10_990), Fraction(10))

    @pytest.mark.parametrize(("last", "bound"), [(10_000, "earliest"), (0, "latest")])
    def test_the_interval_starts_at_the_last_size_too_if_that_is_off_the_line(self, last, bound):
        steady = list(range(1_000, 1_300, 10))
        answer = asked(points([*steady, last]), 20_000)

        assert answer.days == 1_870
        assert {"earliest": answer.earliest, "latest": answer.latest} == {
            "earliest": 1_870, "latest": 1_870} | {bound: (20_000 - last) // 10}

    def test_long_after_the_last_point_everything_may_have_happened(self):
        answer = forecast(points([100, 110, 121, 130, 139, 150, 160, 170]), 300, DAY + timedelta(400))

        assert (answer.days, answer.earliest, answer.latest) == (0, 0, 0)


class TestRefusals:
    @pytest.mark.parametrize("days", [0, 1, 6])
    def test_a_week_is_the_least(self, days):
        assert forecast(points(range(100, 100 + days)), 900, DAY) == Refused(
            Refusal.INSUFFICIENT_DATA, Evidence(days, days, DAY + timedelta(days - 1) if days else None))
        assert isinstance(asked(points(range(100, 107)), 900), Full)

    def test_few_points_over_many_days_are_not_enough(self):
        assert refused(points([1, 2, None, None, 3, None, 4, 5, None, 6])) is Refusal.INSUFFICIENT_DATA

    @given(st.integers(0, 10**15), st.integers(7, 60))
    def test_what_is_constant_never_fills(self, size, days):
        assert refused(points([size] * days), size + 1) is Refusal.NEVER

    @given(st.integers(0, 10**6), st.integers(7, 60), st.integers(0, 59), st.integers(0, 10**9))
    def test_nor_does_it_with_one_outlier(self, size, days, place, wrong):
        sizes = [size] * days
        sizes[place % days] = wrong

        assert refused(points(sizes), 10**10) is Refusal.NEVER

    def test_what_shrinks_never_fills(self):
        assert refused(points(range(1_000, 100, -30))) is Refusal.NEVER

    def test_without_a_limit_there_is_still_a_trend(self):
        answer = asked(points(range(100, 200, 10)), None)

        assert (answer.why, answer.lines.likely.per_day) == (Refusal.NO_LIMIT, 10)

    def test_not_growing_comes_before_having_no_limit(self):
        assert refused(points([5] * 10), None) is Refusal.NEVER

    @given(st.integers(3, 20), st.integers(3, 20), st.integers(10**6, 10**9), st.sampled_from([1, -1]),
           st.integers(0, 50))
    def test_a_jump_that_dominates_is_no_growth(self, before, after, jump, way, slope):
        assume(before + after >= 7)
        start = 10**10
        sizes = [start + slope * n + (way * jump if n >= before else 0) for n in range(before + after)]

        assert refused(points(sizes), 10**12) is Refusal.STEP_CHANGE

    def test_a_jump_counts_once_two_points_agree(self):
        steady = list(range(1_000, 1_200, 10))

        assert isinstance(asked(points([*steady, 9_000]), 50_000), Full)
        assert refused(points([*steady, 9_000, 9_010]), 50_000) is Refusal.STEP_CHANGE

    def test_a_jump_smaller_than_all_other_growth_is_a_part_of_it(self):
        sizes = [1_000 + 10 * n + (100 if n > 15 else 0) for n in range(31)]

        assert isinstance(asked(points(sizes), 50_000), Full)

    def test_a_load_every_week_is_growth(self):
        assert isinstance(asked(points([1_000 + 700 * (n // 7) for n in range(90)]), 50_000), Full)

    def test_what_sways_does_not_jump(self):
        assert refused(points([1_000 + (7 * n * n) % 23 for n in range(60)])) is not Refusal.STEP_CHANGE


class TestWhatCounts:
    @pytest.mark.parametrize("other", [{"identity": "1"}, {"method": "view"}, {"basis": Basis.ESTIMATE}])
    def test_the_newest_incarnation_and_the_newest_way_of_measuring(self, other):
        marks = {"identity": "2", "method": "files", "basis": Basis.FILE}
        old = points([10 * GIB] * 30, DAY - timedelta(30), **marks | other)
        new = points(range(100, 200, 10), **marks)

        assert asked([*old, *new], 1_000) == asked(new, 1_000)

    def test_a_rename_joins(self):
        """The reader gives the rows of both names; the identity says that they are one."""
        assert asked(points(range(100, 200, 10), identity="7"), 1_000).evidence.points == 10


def test_a_line_is_never_below_zero():
    assert (Line(Fraction(5), Fraction(-2)).at(1), Line(Fraction(5), Fraction(-2)).at(9)) == (3, 0)


def test_a_line_that_does_not_grow_reaches_what_it_has():
    flat = Line(Fraction(5), Fraction(0))

    assert (flat.days_until(5), flat.days_until(6)) == (0, None)


def test_the_calendar_ends():
    assert on(DAY, 31) == date(2026, 4, 1)
    assert on(DAY, None) is None
    assert on(DAY, 10**9) is None
    assert on(date.max, 0) == date.max


@given(growing)
def test_the_trend_is_that_of_an_obvious_reference(sizes):
    slopes = sorted(Fraction(b - a, n - m) for m, a in enumerate(sizes) for n, b in enumerate(sizes) if n > m)
    middle = (slopes[(len(slopes) - 1) // 2] + slopes[len(slopes) // 2]) / 2

    trend = lines_through(points(sizes))
    assert trend.likely.per_day == middle
    assert slopes[0] <= trend.slowest.per_day <= middle <= trend.fastest.per_day <= slopes[-1]
    assert trend.slowest.level <= trend.likely.level <= trend.fastest.level


def _date(answer):
    return (answer.days, answer.earliest, answer.latest) if isinstance(answer, Full) else answer.why
