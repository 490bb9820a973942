"""Up to where everything is aggregated."""
from datetime import UTC, date, datetime, timedelta

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.calculation import LONGEST_RUN, Mark, Touch, fingerprint, mark_of

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
ONE = Touch(1, date(2026, 2, 28), NOW - timedelta(hours=1), 50)
TWO = Touch(2, date(2026, 2, 28), NOW - timedelta(hours=2), 50)
touches = st.lists(st.builds(Touch, st.integers(1, 3), st.dates(date(2026, 1, 1), date(2026, 1, 3)),
                             st.datetimes(timezones=st.just(UTC)), st.integers(1, 3)), unique=True)


def test_the_mark_is_the_last_stamp():
    assert mark_of([ONE, TWO], NOW, None) == Mark(ONE.at, fingerprint([ONE, TWO]), fingerprint([]))
    assert mark_of([ONE, TWO], NOW, None).since == ONE.at - LONGEST_RUN


def test_nothing_found_leaves_the_mark_where_it_was():
    assert mark_of([], NOW, Mark(ONE.at, "print", "print")).at == ONE.at
    assert mark_of([], NOW, None).at == NOW


def test_a_stamp_from_the_future_does_not_move_the_mark_beyond_now():
    tomorrow = evolve(ONE, at=NOW + timedelta(days=1))

    assert mark_of([TWO, tomorrow], NOW, None) == Mark(TWO.at, fingerprint([TWO]), fingerprint([tomorrow]))


def test_a_mark_never_goes_back():
    assert mark_of([TWO], NOW, Mark(ONE.at, "print", "print")).at == ONE.at


def test_only_stamps_that_a_run_may_still_commit_count():
    old = evolve(TWO, at=ONE.at - LONGEST_RUN)

    assert mark_of([ONE, old], NOW, None).fingerprint == fingerprint([ONE])


def test_news_are_what_came_after_the_mark():
    mark, new = mark_of([TWO], NOW, None), evolve(ONE, day=ONE.day + timedelta(days=1))

    assert mark.news([TWO]) == []
    assert mark.news([new, TWO]) == [new]


def test_all_around_the_mark_is_news_when_one_came_late():
    mark = mark_of([ONE], NOW, None)

    assert mark.news([TWO, ONE]) == [ONE, TWO]
    assert mark.news([]) == []


def test_a_stamp_from_the_future_is_news_once():
    tomorrow = evolve(ONE, at=NOW + timedelta(days=1))
    mark = mark_of([TWO, tomorrow], NOW, None)

    assert mark.news([TWO, tomorrow]) == []
    assert mark.news([TWO, tomorrow, evolve(tomorrow, instance_id=2)]) == [tomorrow, evolve(tomorrow, instance_id=2)]


@given(touches, st.randoms())
def test_a_fingerprint_knows_no_order_and_sees_every_change(found, random):
    shuffled = list(found)
    random.shuffle(shuffled)

    assert fingerprint(shuffled) == fingerprint(found)
    for n, touch in enumerate(found):
        assert fingerprint([*found[:n], *found[n + 1:]]) != fingerprint(found)
        assert fingerprint([*found[:n], evolve(touch, rows=touch.rows + 9), *found[n + 1:]]) != fingerprint(found)
