"""Many syncs of one instance in a row, beside the guard's rule read aloud."""
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.guard import Accepted
from capacity_sync.testing import strategies
from tests.domain.situations import COMPLETE, DAY, Situation, listing

NAMES = "abcdef"
steps = st.lists(st.tuples(
    st.sampled_from([0, 1, 1, 2, 7]), st.sets(st.sampled_from(NAMES)), strategies.completeness,
    st.just(()) | st.sets(st.sampled_from(NAMES), max_size=2),
), max_size=8)


@given(steps)
def test_any_history_holds_and_lets_go_as_the_rule_says(history):
    """`since`: None for an active database that is not held. What is not in it is not active."""
    situation, since = Situation(), {}
    for days, listed, completeness, accepted in history:
        situation = situation.then(listing(*sorted(listed), completeness=completeness), days=days,
                                   accepted=Accepted(names=accepted))
        absent = since.keys() - listed
        doubtful = len(absent) == len(since) or (len(since) >= 5 and 2 * len(absent) > len(since))
        for name in absent:
            waited = timedelta() if since[name] is None else situation.day - since[name]
            if name in accepted or waited >= (timedelta(1) if completeness is COMPLETE else timedelta(7)) or (
                    completeness is COMPLETE and since[name] is None and not doubtful):
                del since[name]
            else:
                since[name] = since[name] or situation.day
        since |= dict.fromkeys(listed)

        assert {k.name: k.absent_since for k in situation.written.values() if k.is_active} == since
        assert set(situation.change.held) == {name for name, day in since.items() if day}


@given(steps)
def test_a_name_once_seen_is_never_forgotten(history):
    situation, first = Situation(), {}
    for days, listed, completeness, _ in history:
        situation = situation.then(listing(*sorted(listed), completeness=completeness), days=days)
        first = dict.fromkeys(listed, situation.day) | first

        assert {name: k.first_seen for name, k in situation.written.items()} == first
        assert min(first.values(), default=DAY) >= DAY
