"""What a person should look at, and what is none of it."""
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.alerts import AlertPolicy, Finding, Rule, Watched, findings
from capacity_sync.domain.capacity import Basis
from capacity_sync.domain.series import Point

DAY = date(2026, 3, 31)
NOW = datetime(2026, 3, 31, 4, tzinfo=UTC)
POLICY = AlertPolicy(growth_bytes=20)


def sizes(*values, **marks):
    """The last of them is of DAY."""
    days = range(len(values) - 1, -1, -1)
    return [Point(DAY - timedelta(n), size, **marks) for n, size in zip(days, values, strict=True) if size is not None]


def found(points=(), policy=POLICY, **more):
    return findings([Watched("orders", "shop", points, **more)], policy, DAY, NOW)


def rules(*args, **kwargs):
    return [finding.rule for finding in found(*args, **kwargs)]


class TestGrowth:
    def test_percent_and_bytes_within_the_days(self):
        assert found(sizes(100, 110, 120, 130)) == [
            Finding("orders", "shop", Rule.GROWTH, DAY, 130, change_bytes=30, change_percent=Decimal("30.00"), days=3)]

    @pytest.mark.parametrize("points", [
        sizes(100, 129), sizes(60, 79), sizes(100, 100, 110, 120, 129), sizes(50, 100, 110, 110, 110), sizes(200, 100),
        (), sizes(100, 200, None, None, None, None), sizes(130),
    ], ids=["too few percent", "too few bytes", "less in the days", "grown before them", "shrunk", "nothing", "old",
            "alone"])
    def test_less_is_none(self, points):
        assert found(points) == []

    def test_a_day_that_was_not_measured_is_no_shrinkage(self):
        assert rules(sizes(100, None, None, 110)) == []
        assert found(sizes(100, None, None, 140))[0].change_bytes == 40

    def test_what_grew_again_grew(self):
        assert found(sizes(500, 100, 200))[0].change_bytes == 100

    def test_from_nothing_has_no_percentage(self):
        assert [(f.change_bytes, f.change_percent) for f in found(sizes(0, 20))] == [(20, None)]

    @pytest.mark.parametrize("other", [{"identity": "1"}, {"method": "view"}, {"basis": Basis.ESTIMATE}])
    def test_nothing_grows_into_another_incarnation_or_another_way_of_measuring(self, other):
        marks = {"identity": "2", "method": "files", "basis": Basis.FILE}
        one, two = sizes(100, 900, **marks)

        assert found([one, two]) != []
        assert found([evolve(one, **other), two]) == []

    def test_a_total_does_not_say_what_grew(self):
        assert findings([Watched("orders", None, sizes(100, 900))], POLICY, DAY, NOW) == []

    @given(st.lists(st.integers(0, 200), min_size=1, max_size=6), st.integers(1, 100), st.integers(1, 100))
    def test_a_stricter_policy_finds_no_more(self, values, percent, least):
        strict, loose = (AlertPolicy(growth_percent=percent + n, growth_bytes=least + n) for n in (1, 0))

        assert set(rules(sizes(*values), strict)) <= set(rules(sizes(*values), loose))


class TestNearlyFull:
    @pytest.mark.parametrize(("size", "expected"), [(89, []), (90, [Rule.NEARLY_FULL]), (100, [Rule.NEARLY_FULL])])
    def test_the_share_of_the_limit(self, size, expected):
        assert rules(sizes(size), limit=100) == expected

    def test_the_days_until_it_is_full(self):
        growing = sizes(*range(100, 200, 10))

        assert rules(growing, limit=340) == []
        assert found(growing, limit=330) == [Finding(
            "orders", "shop", Rule.NEARLY_FULL, DAY, size_bytes=190, limit_bytes=330, days_until_full=14)]

    def test_the_share_tells_the_days_too_if_they_are_known(self):
        assert [(f.days_until_full, f.size_bytes) for f in found(sizes(*[95] * 9), limit=100)] == [(None, 95)]
        assert found(sizes(*range(91, 100)), limit=100)[0].days_until_full == 1

    def test_without_a_limit_nothing_is_full(self):
        assert rules(sizes(100)) == []
        assert rules([], limit=100) == []

    def test_a_small_share_is_exact(self):
        assert rules(sizes(7), AlertPolicy(full_share=0.07), limit=100) == [Rule.NEARLY_FULL]


class TestStale:
    @pytest.mark.parametrize(("hours", "expected"), [(35, []), (36, [Rule.STALE])])
    def test_not_measured_for_hours(self, hours, expected):
        assert rules(measured_at=NOW - timedelta(hours=hours)) == expected

    def test_never_measured_counts_from_when_it_was_known(self):
        since = NOW - timedelta(hours=50, minutes=59)

        assert found(known_since=since) == [Finding("orders", "shop", Rule.STALE, DAY, hours=50)]
        assert rules(known_since=since, measured_at=NOW) == []

    def test_the_last_measurement_is_told(self):
        at = NOW - timedelta(days=3)

        assert found(measured_at=at, known_since=at - timedelta(9))[0].measured_at == at

    def test_without_either_it_is_not_looked_at(self):
        assert rules(sizes(1)) == []


def test_one_line_per_instance_database_rule_and_day():
    shop = Watched("orders", "shop", sizes(100, 200), 210, NOW - timedelta(9))
    twice = [evolve(shop, instance="billing"), shop, shop, evolve(shop, database=None)]

    assert [(f.instance, f.database, f.rule.value) for f in findings(twice, POLICY, DAY, NOW)] == [
        (instance, database, rule) for instance, database in (("billing", "shop"), ("orders", None), ("orders", "shop"))
        for rule in ("growth", "nearly_full", "stale") if database or rule != "growth"]


def test_volumes_are_told_apart_and_come_last():
    volumes = [Watched(None, None, sizes(9), 10, volume=name) for name in ("b", "a", "b")]
    found = findings([*volumes, Watched("orders", None, sizes(9), 10)], POLICY, DAY, NOW)

    assert [(f.volume, f.instance, f.database) for f in found] == [
        (None, "orders", None), ("a", None, None), ("b", None, None)]
    assert len({f.key for f in found}) == 3


def test_a_volume_that_has_an_instances_name_is_another_thing():
    one, two = findings([Watched(None, None, sizes(9), 10, volume="orders"), Watched("orders", None, sizes(9), 10)],
                        POLICY, DAY, NOW)

    assert (one.volume, two.volume) == (None, "orders")
    assert one.key != two.key


def test_the_defaults():
    assert AlertPolicy() == AlertPolicy(30, 20 * 1024**3, 3, 0.9, 14, 36)
    assert AlertPolicy().within(DAY) == date(2026, 3, 28)


@pytest.mark.parametrize("wrong", [{"growth_percent": 0}, {"growth_bytes": 0}, {"growth_days": 0}, {"full_share": 0},
                                   {"full_share": 1.1}, {"full_days": 0}, {"stale_hours": 0}])
def test_a_policy_that_means_nothing_cannot_be_made(wrong):
    with pytest.raises(ValueError, match="must be"):
        AlertPolicy(**wrong)
