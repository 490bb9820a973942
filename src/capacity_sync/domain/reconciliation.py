"""From what was known and what is listed to what changes. Pure; writing it down is the InventoryManager's."""
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import Enum

from attrs import evolve, field, frozen

from capacity_sync.domain.guard import Accept, Hold, Why
from capacity_sync.domain.inventory import (
    Completeness,
    InventoryRow,
    KnownDatabase,
    Listing,
    renames,
    same_incarnation,
    storable,
)
from capacity_sync.domain.stamp import Stamp


class EventKind(Enum):
    """What happens in the life of a database."""

    CREATED = "created"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    RECREATED = "recreated"
    RENAMED = "renamed"
    HELD = "held"
    ACCEPTED = "accepted"


@frozen
class LifecycleEvent:
    """`detail`: why it was deactivated or held; for `renamed` (told of the new name) the old name."""

    database_name: str
    kind: EventKind
    detail: str | None = None


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))


def _in_order(events: Iterable[LifecycleEvent]) -> tuple[LifecycleEvent, ...]:
    return tuple(sorted(events, key=lambda e: (e.database_name, e.kind.value)))


@frozen
class InventoryChange:
    """What one listing changes. All names sorted by code point; `after` holds the rows to write."""

    completeness: Completeness
    created: tuple[str, ...] = field(default=(), converter=_sorted)
    refreshed: tuple[str, ...] = field(default=(), converter=_sorted)
    reactivated: tuple[str, ...] = field(default=(), converter=_sorted)
    recreated: tuple[str, ...] = field(default=(), converter=_sorted)
    filtered: tuple[str, ...] = field(default=(), converter=_sorted)
    system: tuple[str, ...] = field(default=(), converter=_sorted)
    unstorable: tuple[str, ...] = field(default=(), converter=_sorted)
    held: tuple[str, ...] = field(default=(), converter=_sorted)
    deactivated: Mapping[str, Why] = field(factory=dict)
    renamed: Mapping[str, str] = field(factory=dict)
    active: tuple[str, ...] = field(default=(), converter=_sorted)
    after: tuple[KnownDatabase, ...] = field(default=(), converter=tuple[KnownDatabase, ...])
    events: tuple[LifecycleEvent, ...] = field(default=(), converter=_in_order)

    @property
    def is_nothing_new(self) -> bool:
        """Whether it only says again what was known, and nothing waits for a decision."""
        return not (self.events or self.held)


def reconcile(known: Iterable[KnownDatabase], listing: Listing, decision: Accept | Hold, stamp: Stamp, *,
              excluded: Callable[[str], bool], include_system: bool) -> InventoryChange:
    """Match *listing* against *known* by exact name.

    Order: unstorable names are set aside, system rows and filtered names left out (and deactivated at once if
    active), renames found by identity, the guard's *decision* applied to what is absent.
    """
    observed = listing.by_name()
    before = {k.name: k for k in known}
    sorts = {name: _sort(row, before.get(name), excluded, include_system) for name, row in observed.items()}
    admitted = {name: observed[name] for name, sort in sorts.items() if sort in _ADMITTED}
    active = [k for k in before.values() if k.is_active]
    moves = renames(active, observed)
    renamed = {new: old for old, new in moves.items() if new in admitted}
    leaving = {k.name: why for k in active if k.name not in admitted
               and (why := _leaves(k.name, moves, sorts, decision, excluded)) is not None}
    seen = [_seen(row, before.get(name), stamp) for name, row in admitted.items()]
    gone = [evolve(before[name], is_active=False, deleted_at=stamp.at, absent_since=None) for name in leaving]
    held = [evolve(k, absent_since=k.absent_since or stamp.day) for k in active
            if k.name not in admitted and k.name not in leaving]
    fresh = [k.name for k in held if before[k.name].absent_since is None]
    return InventoryChange(
        completeness=listing.completeness,
        **{sort: [name for name, s in sorts.items() if s == sort] for sort in _SORTS},
        held=(k.name for k in held), deactivated=leaving, renamed=renamed,
        active=(k.name for k in (*seen, *held)), after=(*seen, *gone, *held),
        events=_events(sorts, leaving, renamed, decision, fresh),
    )


_ADMITTED = ("created", "refreshed", "reactivated", "recreated")
_SORTS = (*_ADMITTED, "filtered", "system", "unstorable")


def _sort(row: InventoryRow, known: KnownDatabase | None, excluded: Callable[[str], bool], include_system: bool) -> str:
    """Where an observed name ends up: exactly one of `_SORTS`."""
    if not storable(row.name):
        return "unstorable"
    if row.is_system and not include_system:
        return "system"
    if excluded(row.name):
        return "filtered"
    if known is None:
        return "created"
    if not same_incarnation(row.identity, known.identity):
        return "recreated"
    return "refreshed" if known.is_active else "reactivated"


def _leaves(name: str, moves: Mapping[str, str], sorts: Mapping[str, str], decision: Accept | Hold,
            excluded: Callable[[str], bool]) -> Why | None:
    """Why the active database *name*, not admitted now, is deactivated; None when it is held."""
    if sorts.get(name) == "system":
        return Why.SYSTEM
    if name in moves and name not in sorts:
        return Why.RENAMED
    if excluded(name):
        return Why.FILTERED
    return decision.gone.get(name)


def _seen(row: InventoryRow, known: KnownDatabase | None, stamp: Stamp) -> KnownDatabase:
    first_seen = stamp.day if known is None else known.first_seen
    identity = row.identity or (known.identity if known else None)
    return KnownDatabase(row.name, first_seen, stamp.day, identity=identity, state=row.state)


def _events(sorts: Mapping[str, str], leaving: Mapping[str, Why], renamed: Mapping[str, str],
            decision: Accept | Hold, newly_held: Iterable[str]) -> Iterator[LifecycleEvent]:
    for name, sort in sorts.items():
        if sort in ("created", "reactivated", "recreated"):
            yield LifecycleEvent(name, EventKind(sort))
    for name, why in leaving.items():
        if why is Why.ACCEPTED:
            yield LifecycleEvent(name, EventKind.ACCEPTED)
        yield LifecycleEvent(name, EventKind.DEACTIVATED, why.value)
    for new, old in renamed.items():
        yield LifecycleEvent(new, EventKind.RENAMED, old)
    for name in newly_held:
        yield LifecycleEvent(name, EventKind.HELD, decision.reason if isinstance(decision, Hold) else None)
