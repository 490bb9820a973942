"""A listing that is not complete, and what the engine knows of the rest: hidden is not gone, and gone is not hidden."""
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from capacity_sync.domain.guard import Accept, Hold, Why
from capacity_sync.domain.inventory import Listing
from tests.domain.situations import (
    COMPLETE,
    UNKNOWN,
    VISIBLE_ONLY,
    holding,
    listing,
    nothing_accepted,
    settled,
    situations,
)

partial = st.sampled_from([VISIBLE_ONLY, UNKNOWN])
identities = st.sampled_from([None, "5:one", "6:two", "66:three", "ag:four"])
beginnings = st.frozensets(st.sampled_from(["5:", "6:", "66:", "ag:"]))
with_identities = situations(identity=identities, policy=holding, accepted=nothing_accepted)


def seen(*names, hidden, **by_identity):
    return evolve(listing(*names, completeness=VISIBLE_ONLY, **by_identity), hidden=hidden)


def known(**by_identity):
    return settled(**by_identity)


def test_what_is_not_hidden_is_gone_at_once():
    after = known(a="5:one", b="6:two", c="7:three").then(seen(a="5:one", c="7:three", hidden={"9:"}))

    assert after.decision == Accept({"b": Why.DROPPED})


def test_what_may_be_hidden_is_held():
    after = known(a="5:one", b="6:two", c="7:three").then(seen(a="5:one", c="7:three", hidden={"6:"}))

    assert isinstance(after.decision, Hold)
    assert after.decision.names == {"b"}


def test_of_two_absent_ones_each_is_judged_by_its_own_identity():
    after = known(a="5:one", b="6:two", c="7:three", d="8:four").then(
        seen(a="5:one", d="8:four", hidden={"6:"}))

    assert after.decision.names == {"b"}
    assert after.decision.gone == {"c": Why.DROPPED}


def test_the_beginning_is_that_of_the_whole_number():
    after = known(a="5:one", b="66:two", c="7:three").then(seen(a="5:one", c="7:three", hidden={"6:"}))

    assert after.decision == Accept({"b": Why.DROPPED})


def test_without_an_identity_nothing_is_proven():
    after = settled("a", "b", "c").then(seen("a", "c", hidden=set()))

    assert after.decision.names == {"b"}


def test_a_proof_is_no_reason_to_believe_that_most_are_gone():
    after = known(a="5:one", b="6:two").then(seen(hidden=set()))

    assert after.decision.names == {"a", "b"}
    assert after.then(days=1).decision == Accept({"a": Why.DROPPED, "b": Why.DROPPED})


@pytest.mark.parametrize("identity", [None, "", "5:one", "6:two"])
def test_a_complete_listing_is_complete_for_every_identity(identity):
    assert Listing(completeness=COMPLETE).is_complete_for(identity)
    assert not Listing(completeness=UNKNOWN).is_complete_for(identity)


@given(with_identities)
def test_nothing_known_of_the_rest_and_everything_possibly_hidden_are_the_same(situation):
    nothing = situation.then(evolve(situation.listing, completeness=VISIBLE_ONLY, hidden=None))
    everything = situation.then(evolve(situation.listing, completeness=VISIBLE_ONLY, hidden={""}))

    assert nothing.decision == everything.decision


@given(with_identities, partial)
def test_where_every_database_has_an_identity_nothing_hidden_is_as_good_as_complete(situation, completeness):
    if all(k.identity for k in situation.known):
        whole = situation.then(evolve(situation.listing, completeness=COMPLETE, witness=None))
        proven = situation.then(evolve(situation.listing, completeness=completeness, hidden=frozenset()))

        assert getattr(proven.decision, "gone", None) == whole.decision.gone
        assert getattr(proven.decision, "names", None) == getattr(whole.decision, "names", None)


@given(with_identities, partial, beginnings)
def test_more_knowledge_never_holds_more(situation, completeness, hidden):
    less = situation.then(evolve(situation.listing, completeness=completeness, hidden=hidden | {"5:", "6:"}))
    more = situation.then(evolve(situation.listing, completeness=completeness, hidden=hidden))

    assert getattr(more.decision, "names", frozenset()) <= getattr(less.decision, "names", frozenset())


@given(with_identities, partial, beginnings)
def test_what_may_be_hidden_is_never_dropped_by_its_absence_alone(situation, completeness, hidden):
    after = situation.then(evolve(situation.listing, completeness=completeness, hidden=hidden))
    may_be_hidden = {k.name for k in after.known if k.identity is None or k.identity.startswith(tuple(hidden))}

    assert Why.DROPPED not in {why for name, why in after.decision.gone.items() if name in may_be_hidden}
