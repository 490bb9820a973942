"""The guard: when the absence of databases from a listing is believed, and when it waits for a decision.

Stateless: all it must remember between runs is a stored date, `KnownDatabase.absent_since`.
"""
from collections.abc import Iterable, Mapping
from datetime import date
from enum import Enum

from attrs import field, frozen, validators

from capacity_sync.domain.inventory import Completeness, KnownDatabase, Listing, renames


def _frozen_names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


class GuardMode(Enum):
    """`trust` believes every listing, as the legacy service did."""

    HOLD = "hold"
    TRUST = "trust"


@frozen
class GuardPolicy:
    """When an absence is held. `max_lost` is a share of the active databases, from `min_active` of them on."""

    mode: GuardMode = GuardMode.HOLD
    min_active: int = field(default=5, validator=validators.ge(1))
    max_lost: float = field(default=0.5, validator=[validators.ge(0), validators.le(1)])
    visible_only_days: int = field(default=7, validator=validators.ge(1))


@frozen
class Accepted:
    """The absences a user lets through: all of an instance, or the named ones."""

    everything: bool = False
    names: frozenset[str] = field(default=frozenset(), converter=_frozen_names)

    def __contains__(self, name: str) -> bool:
        return self.everything or name in self.names


class Why(Enum):
    """Why a database was deactivated. The values are the `detail` of its event."""

    DROPPED = "dropped"
    FILTERED = "filtered"
    SYSTEM = "system"
    RENAMED = "renamed"
    ACCEPTED = "accepted"
    SEVEN_DAYS = "seven days"


@frozen
class Accept:
    """Every absence is believed; `gone` says why, by name."""

    gone: Mapping[str, Why] = field(factory=dict)


@frozen
class Hold:
    """`names` stay active and wait for a decision; `reason` is one sentence. `gone` as in `Accept`."""

    names: frozenset[str]
    reason: str
    gone: Mapping[str, Why] = field(factory=dict)


def decide(previous: Iterable[KnownDatabase], listing: Listing, policy: GuardPolicy, today: date,
           accepted: Accepted) -> Accept | Hold:
    """Judge the active databases of *previous* that the raw *listing* lacks.

    A database whose identity is listed under another name was renamed: that is no absence.
    """
    observed = listing.by_name()
    active = [k for k in previous if k.is_active]
    renamed = renames(active, observed)
    absent = [k for k in active if k.name not in observed and k.name not in renamed]
    if policy.mode is GuardMode.TRUST:
        return Accept({k.name: Why.DROPPED for k in absent})
    doubtful = _too_many(len(absent), len(active), policy)
    verdicts = {k.name: Why.ACCEPTED if k.name in accepted else _release(k, listing, policy, today, doubtful)
                for k in absent}
    gone = {name: why for name, why in verdicts.items() if why is not None}
    held = frozenset(verdicts) - frozenset(gone)
    return Hold(held, _reason(len(absent), len(active), listing), gone) if held else Accept(gone)


def _too_many(absent: int, active: int, policy: GuardPolicy) -> bool:
    return absent == active or (active >= policy.min_active and absent > policy.max_lost * active)


def _release(known: KnownDatabase, listing: Listing, policy: GuardPolicy, today: date, doubtful: bool) -> Why | None:
    """Why the absence of *known* is believed today; None when it is held."""
    since = known.absent_since
    if not listing.is_complete_for(known.identity):
        waited = since is not None and (today - since).days >= policy.visible_only_days
        return Why.SEVEN_DAYS if waited else None
    if since is None:
        return None if doubtful else Why.DROPPED
    return Why.DROPPED if since < today else None


def _reason(absent: int, active: int, listing: Listing) -> str:
    if listing.completeness is Completeness.COMPLETE:
        return f"{absent} of {active} active databases are missing from a listing that says it is complete"
    return f"{absent} of {active} active databases are missing from a listing that may hide some"
