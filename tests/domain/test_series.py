"""Which points of a history tell of the same thing."""
from datetime import date, timedelta
from itertools import pairwise

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.capacity import Basis
from capacity_sync.domain.series import Point, current, eras

DAY = date(2026, 3, 1)


def point(n, size=100, **marks):
    return Point(DAY + timedelta(n), size, **{"identity": "1", "method": "files", "basis": Basis.FILE} | marks)


points = st.lists(st.builds(point, st.integers(0, 9), st.integers(0, 5), identity=st.sampled_from([None, "1", "2"]),
                            method=st.sampled_from([None, "files", "view"])))


@pytest.mark.parametrize("other", [{"identity": "2"}, {"method": "view"}, {"basis": Basis.ESTIMATE}])
def test_only_the_newest_incarnation_and_the_newest_way_of_measuring_count(other):
    old, new = point(1, **other), point(2)

    assert current([old, new]) == (new,)
    assert eras([old, new]) == ((old,), (new,))
    assert not old.same_measure(new)


@pytest.mark.parametrize("field", ["identity", "method", "basis"])
def test_what_is_not_known_joins_what_comes_after_it(field):
    old, new = point(1, **{field: None}), point(2)

    assert current([old, new]) == (old, new)
    assert current([new, evolve(old, day=DAY + timedelta(3))])[0] == new
    assert eras([old, new]) == ((old, new),)


@pytest.mark.parametrize("field", ["identity", "method", "basis"])
def test_what_is_not_known_does_not_join_across_something_else(field):
    other = {"identity": "2", "method": "view", "basis": Basis.USED}[field]

    assert current([point(1, **{field: None}), point(2, **{field: other}), point(3)]) == (point(3),)


def test_a_name_that_is_given_back_joins_again():
    """Renamed away, another took its name, and both went back."""
    assert current([point(1), point(2, identity="2"), point(3)]) == (point(1), point(3))


def test_of_two_points_of_a_day_the_larger_counts():
    assert current([point(1, 7), point(1, 9), point(1, 8)]) == (point(1, 9),)


def test_nothing_is_nothing():
    assert (current([]), eras([])) == ((), ())


def test_a_size_is_not_negative():
    with pytest.raises(ValueError, match="must be"):
        point(1, -1)


@given(points, st.randoms())
def test_order_and_repetition_do_not_matter(history, random):
    shuffled = [*history, *history[:2]]
    random.shuffle(shuffled)

    assert current(shuffled) == current(history)
    assert eras(shuffled) == eras(history)


@given(points)
def test_what_is_current_is_one_per_day_of_one_kind_and_has_the_newest(history):
    found = current(history)

    assert [p.day for p in found] == sorted({p.day for p in found})
    assert all(one.same_measure(other) for one in found for other in found)
    assert {p.day for p in found[-1:]} == ({max(p.day for p in history)} if history else set())


@given(points)
def test_eras_have_every_point_once_and_no_growth_between_them(history):
    cut = eras(history)

    assert sorted(p for era in cut for p in map(repr, era)) == sorted(set(map(repr, history)))
    assert all(not one[-1].same_measure(other[0]) for one, other in pairwise(cut))
