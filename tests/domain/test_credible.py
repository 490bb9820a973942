"""What is credible of a trend whose days hang together."""
import random
from datetime import timedelta
from fractions import Fraction
from itertools import accumulate
from statistics import mean, median

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.credible import middle_bound, persistence, slopes_bound
from capacity_sync.domain.forecast import Full, forecast
from capacity_sync.domain.series import Point
from tests.benchmarks.forecast_coverage import DAY, KINDS, Case, as_if_independent, verdict

BY_NAME = {kind.name: kind for kind in KINDS}


def cases(name, times, days=30):
    dice = random.Random(f"{name} {days}")
    return [Case.of(BY_NAME[name], days, dice) for _ in range(times)]


class TestCoverage:
    """Small samples of the table in decision 45, the same ones every time."""

    @pytest.mark.parametrize("name", BY_NAME)
    def test_most_intervals_hold_the_slope_and_the_date(self, name):
        verdicts = [verdict(case) for case in cases(name, 60)]

        dated = [one for one in verdicts if one.date is not None]
        assert mean(one.slope for one in verdicts) > 0.7
        assert mean(one.date for one in dated) > 0.85

    @pytest.mark.parametrize("name", ["AR(1), 0.8", "AR(1), 0.95", "cumulated"])
    def test_as_if_the_days_were_independent_they_would_not(self, name):
        assert mean(as_if_independent(case).slope for case in cases(name, 60)) < 0.65

    @pytest.mark.parametrize("days", [15, 30, 60])
    def test_of_independent_days_the_interval_is_hardly_wider(self, days):
        ratios = [verdict(case).width / as_if_independent(case).width for case in cases("independent", 60, days)]

        assert min(ratios) == 1
        assert median(ratios) < 1.05
        assert mean(ratios) < 1.3

    @pytest.mark.parametrize("name", ["AR(1), 0.8", "cumulated"])
    @pytest.mark.parametrize("place", [0, 20])
    def test_one_outlier_does_not_make_it_sure(self, name, place):
        sound = cases(name, 60, 45)
        wrong = [evolve(one, points=[*one.points[:place], evolve(one.points[place], bytes=0), *one.points[place + 1:]])
                 for one in sound]

        assert mean(verdict(one).slope for one in wrong) > 0.7
        assert median(verdict(one).width / verdict(two).width for one, two in zip(wrong, sound, strict=True)) > 0.8


class TestPersistence:
    @pytest.mark.parametrize("values", [[5] * 9, [1, 2] * 20, [1, 2, 3, 2] * 9, []])
    def test_none(self, values):
        assert persistence(values) == 0

    def test_a_long_wave_is_a_random_walk_for_all_that_anyone_knows(self):
        assert persistence([abs(n - 20) for n in range(40)]) == 1

    @given(st.lists(st.integers(-99, 99), max_size=30))
    def test_only_the_order_counts(self, values):
        found = persistence(values)

        assert 0 <= found <= 1
        assert found == persistence([Fraction(value**3, 7) + 5 for value in values])

    def test_one_outlier_is_one_rank(self):
        """The known autocorrelations would be almost nothing beside its square."""
        for case in cases("AR(1), 0.8", 20, 60):
            values = [point.bytes - 10**6 * n for n, point in enumerate(case.points)]

            assert persistence([*values[:30], 10**13, *values[31:]]) > persistence(values) / 2


class TestBounds:
    def test_of_independent_days_they_are_those_of_the_books(self):
        """Sen's: Gilbert 1987, Statistical Methods, 16.5; of the median: the 40th of 100."""
        assert slopes_bound(10, 0) == 10
        assert middle_bound(100, 0) == 39

    def test_of_days_that_keep_a_half_they_are_those_of_about_a_third_of_the_days(self):
        """(1 - 0.5) / (1 + 0.5), of signs a little more: reaches of 658 * 1.7 and 19.6 * 1.5 places."""
        assert (slopes_bound(100, 0.5), middle_bound(100, 0.5)) == (1915, 34)

    def test_of_a_random_walk_a_few_points_are_bounded_by_their_extremes(self):
        assert (slopes_bound(10, 1), middle_bound(10, 1)) == (0, 0)
        assert slopes_bound(30, 1) == 7

    @given(st.integers(7, 60), st.floats(0, 1), st.floats(0, 1))
    def test_they_are_further_apart_the_more_persists(self, count, one, other):
        less, more = sorted([one, other])

        assert slopes_bound(count, more) <= slopes_bound(count, less)
        assert middle_bound(count, more) <= middle_bound(count, less)

    @pytest.mark.parametrize(("changes", "slowest"), [
        ([100, 110, 121, 133, 146, 161, 177, 195, 214], 100), ([*range(180, 40, -20), 20, 0], 0),
        ([101] * 4 + [99] * 4, 99),
    ])
    def test_what_bends_goes_on_as_it_did_on_its_least_day_or_faster(self, changes, slowest):
        points = [Point(DAY + timedelta(n), size) for n, size in enumerate(accumulate(changes, initial=1_000))]
        answer = forecast(points, 5_000, points[-1].day)

        assert isinstance(answer, Full)
        assert answer.lines.slowest.per_day == slowest
        assert (answer.latest is None) == (slowest == 0)
        assert 0 < answer.earliest <= answer.days
