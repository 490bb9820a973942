"""What a user lets through."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.guard import Accepted, Why
from capacity_sync.domain.inventory import Completeness
from tests.domain.situations import (
    TEN,
    events,
    holding,
    incomplete,
    listing,
    settled,
    situations,
)


@given(situations(policy=holding))
def test_what_is_accepted_and_absent_goes_through_as_accepted(situation):
    change = situation.change
    active = {k.name for k in situation.known if k.is_active}
    absent = active - {row.name for row in situation.listing} - situation.hidden
    renamed = {name for name, why in change.deactivated.items() if why is Why.RENAMED}
    through = {name for name in absent - renamed if name in situation.accepted}

    assert not through & set(change.held)
    assert through == {name for name, why in change.deactivated.items() if why is Why.ACCEPTED}


@given(st.sets(st.sampled_from(TEN)))
def test_accepting_lets_exactly_the_named_ones_through(names):
    change = settled(*TEN).then(listing()).then(accepted=Accepted(names=names)).change

    assert change.deactivated == dict.fromkeys(names, Why.ACCEPTED)
    assert set(change.held) == set(TEN) - names
    assert events(change) == sorted(
        ((kind, name, detail) for name in names for kind, detail in (("accepted", None), ("deactivated", "accepted"))),
        key=lambda event: event[1])


@pytest.mark.parametrize("completeness", Completeness)
def test_accepting_an_instance_lets_everything_through(completeness):
    change = settled("a", "b").then(listing(completeness=completeness), accepted=Accepted(everything=True)).change

    assert (change.held, change.deactivated) == ((), {"a": Why.ACCEPTED, "b": Why.ACCEPTED})


@incomplete
def test_accepting_names_ends_the_wait_for_a_complete_listing(completeness):
    hidden = settled("a", "b", "c").then(listing("a", completeness=completeness), accepted=Accepted(names=["b", "a"]))

    assert (hidden.change.held, hidden.change.deactivated) == (("c",), {"b": Why.ACCEPTED})
    assert hidden.change.active == ("a", "c")
