"""What an instance contains: as its engine lists it, and as the store knows it."""
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import overload

from attrs import converters, field, frozen

from capacity_sync.domain.bounds import maybe_text, text
from capacity_sync.domain.outcomes import Failure

NAME_LIMIT = 255
"""Characters that the legacy column `database_name` holds."""

_not_storable = re.compile("[\0\ud800-\udfff]")
valid_identity = maybe_text(128)


def same_incarnation(one: str | None, other: str | None) -> bool:
    """Whether two identities of one name may belong to one database: None is not known and contradicts nothing."""
    return one is None or other is None or one == other


@frozen
class InventoryRow:
    """One database as its engine lists it; the name exactly as the server gives it.

    `identity` tells incarnations of one name apart, in at most 128 characters (None: the engine has nothing to
    tell). `state` is the engine's own word, at most 32. `unmeasurable`: why no size can exist, for a database
    that is no target at all.
    """

    name: str = field(validator=text())
    identity: str | None = field(default=None, validator=valid_identity)
    is_system: bool = False
    state: str | None = field(default=None, validator=maybe_text(32))
    unmeasurable: Failure | None = None


class Completeness(Enum):
    """Whether a database missing from a listing is gone."""

    COMPLETE = "complete"
    VISIBLE_ONLY = "visible_only"
    UNKNOWN = "unknown"


def _frozen_names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


@frozen
class Listing(Sequence[InventoryRow]):
    """The databases of one instance, and how far the absence of a name can be believed.

    `witness` says what hides databases, with the statement that would show them; None when complete. `hidden`, in a
    listing that is not complete: the engine knows by other means what exists, and these are the beginnings of the
    identities that may be of it; a database with any other identity is gone. None: the engine knows nothing more.
    """

    rows: tuple[InventoryRow, ...] = field(default=(), converter=tuple[InventoryRow, ...])
    completeness: Completeness = Completeness.COMPLETE
    witness: Failure | None = None
    server_version: str | None = None
    warnings: tuple[Failure, ...] = field(default=(), converter=tuple[Failure, ...])
    hidden: frozenset[str] | None = field(default=None, converter=converters.optional(_frozen_names))

    @overload
    def __getitem__(self, index: int) -> InventoryRow: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[InventoryRow]: ...
    def __getitem__(self, index: int | slice) -> InventoryRow | Sequence[InventoryRow]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)

    def is_complete_for(self, identity: str | None) -> bool:
        """Whether a database of *identity*, were there one, would be listed."""
        if self.completeness is Completeness.COMPLETE:
            return True
        if self.hidden is None or identity is None:
            return False
        return not identity.startswith(tuple(self.hidden))

    def by_name(self) -> dict[str, InventoryRow]:
        """One row per name, sorted; which of several rows of a name is taken does not depend on their order."""
        return {row.name: row for row in sorted(self.rows, key=_rank)}


def _rank(row: InventoryRow) -> tuple[str, bool, str, str, str]:
    return row.name, row.is_system, row.identity or "", row.state or "", repr(row.unmeasurable)


@frozen
class KnownDatabase:
    """One database as the store knows it. `absent_since`: held since that collected_date."""

    name: str
    first_seen: date
    last_seen: date
    is_active: bool = True
    deleted_at: datetime | None = None
    identity: str | None = None
    absent_since: date | None = None
    state: str | None = None


def storable(name: str) -> bool:
    """Whether every store can hold *name*: its length, and text that is valid Unicode without NUL."""
    return len(name) <= NAME_LIMIT and _not_storable.search(name) is None


def renames(active: Iterable[KnownDatabase], observed: Mapping[str, InventoryRow]) -> dict[str, str]:
    """Old name -> name under which the same identity is *observed* now, for databases that were renamed."""
    under: dict[str, str] = {}
    for row in observed.values():
        if row.identity is not None:
            under.setdefault(row.identity, row.name)
    return {k.name: under[k.identity] for k in active if k.identity in under and not _stayed(k, observed)}


def _stayed(known: KnownDatabase, observed: Mapping[str, InventoryRow]) -> bool:
    here = observed.get(known.name)
    return here is not None and same_incarnation(here.identity, known.identity)
