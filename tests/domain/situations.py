"""One sync as the domain sees it: what is known and what is listed; the guard decides, `reconcile` concludes."""
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

import pytest
from attrs import Factory, evolve, field, frozen
from hypothesis import strategies as st

from capacity_sync.domain.guard import Accepted, GuardMode, GuardPolicy, decide
from capacity_sync.domain.inventory import Completeness, InventoryRow, KnownDatabase, Listing
from capacity_sync.domain.reconciliation import reconcile
from capacity_sync.domain.stamp import Stamp
from capacity_sync.testing import strategies

DAY = date(2026, 3, 1)
COMPLETE, VISIBLE_ONLY, UNKNOWN = Completeness
TEN = [f"db{n}" for n in range(10)]
incomplete = pytest.mark.parametrize("completeness", [VISIBLE_ONLY, UNKNOWN])


def listing(*names, completeness=COMPLETE, **identities):
    """The databases of *names*, without identity, and those of *identities* by name."""
    rows = [*map(InventoryRow, names), *(InventoryRow(name, identity) for name, identity in identities.items())]
    return Listing(rows, completeness)


def stamp(day):
    return Stamp(datetime.combine(day, time(3), UTC), day)


@frozen
class Situation:
    known: tuple = field(default=(), converter=tuple)
    listing: Listing = Factory(Listing)
    day: date = DAY
    policy: GuardPolicy = GuardPolicy()
    accepted: Accepted = Factory(Accepted)
    hidden: frozenset = field(default=frozenset(), converter=frozenset)
    include_system: bool = False

    @cached_property
    def decision(self):
        return decide(self.known, self.listing, self.policy, self.day, self.accepted)

    @cached_property
    def change(self):
        return reconcile(self.known, self.listing, self.decision, stamp(self.day),
                         excluded=self.hidden.__contains__, include_system=self.include_system)

    @cached_property
    def written(self):
        """What is known afterwards, by name."""
        return {k.name: k for k in (*self.known, *self.change.after)}

    def then(self, listed=None, *, days=0, **changes):
        """The next sync: *days* later, of another listing or the same one."""
        return evolve(self, known=self.written.values(), listing=self.listing if listed is None else listed,
                      day=self.day + timedelta(days), **changes)


def settled(*names, **identities):
    """What is known after one complete listing of *names* and *identities*."""
    return Situation(listing=listing(*names, **identities))


def situations(name=strategies.colliding_names, identity=strategies.colliding_identities, **fixed):
    """Anything that can meet: held, deleted, hidden, renamed, recreated; `fixed` gives strategies of its own."""
    rows = st.builds(InventoryRow, name, identity, st.sampled_from([False] * 5 + [True]))
    return st.builds(Situation, **{
        "known": strategies.inventories(strategies.known_databases(name, identity, st.just(DAY))),
        "listing": strategies.listings(rows, max_size=5),
        "policy": strategies.policies,
        "accepted": strategies.accepted(name),
        "hidden": st.frozensets(name, max_size=1),
        "include_system": st.booleans(),
    } | fixed)


holding = st.just(GuardPolicy())
trusting = st.just(GuardPolicy(GuardMode.TRUST))
nothing_accepted = st.just(Accepted())
nothing_hidden = st.just(frozenset())


def known(name, identity=None, **more):
    """A database seen yesterday."""
    return KnownDatabase(name, DAY - timedelta(30), DAY - timedelta(1), identity=identity, **more)


def events(change, *kinds):
    """(kind, name, detail) of the events, of *kinds* if given."""
    return [(e.kind.value, e.database_name, e.detail) for e in change.events if not kinds or e.kind.value in kinds]
