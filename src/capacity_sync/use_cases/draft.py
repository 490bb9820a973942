"""A sync report while it is being written."""
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock

from attrs import define, evolve, field

from capacity_sync.domain.capacity import InstanceFacts, Measurements, Unmeasured
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import InventoryRow, Listing
from capacity_sync.domain.outcomes import CapacitySyncError, Category, Failure
from capacity_sync.domain.reconciliation import InventoryChange
from capacity_sync.domain.sync_report import (
    CapacityOutcome,
    Status,
    SyncReport,
    instance_status,
    inventory_outcome,
)
from capacity_sync.ports import Connection


class SyncCut(CapacitySyncError):
    """The sync was ended from outside: whoever still plays it writes nothing more."""


@define
class SyncDraft:
    """What is known so far of one instance's sync; `report` closes it, and so does, from another thread, `cut`.

    What the store was given and what is noted here change together, inside `writing`. `given_back`: who watches has
    given the lease back.
    """

    instance: Instance
    listing: Listing | None = None
    change: InventoryChange | None = None
    targets: tuple[str, ...] = ()
    impossible: tuple[Unmeasured, ...] = ()
    measured: Measurements | None = None
    capacity: CapacityOutcome | None = None
    error: Failure | None = None
    skipped: bool = False
    tried: list[Failure] = field(factory=list)
    warnings: list[Failure] = field(factory=list)
    duration_s: float = 0.0
    connection: Connection | None = None
    leased: bool = False
    given_back: bool = False
    _turn: Lock = field(factory=Lock, init=False, repr=False)
    is_cut: bool = field(default=False, init=False)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Nobody cuts inside. Raises: SyncCut: somebody has before."""
        with self._turn:
            if self.is_cut:
                raise SyncCut(f"{self.instance.name}: cut")
            yield

    def cut(self, failure: Failure, seconds: float) -> SyncReport | None:
        """What was written until now; *failure*, after *seconds*, is the reason why there is no more.

        None: it is just being written, ask again.
        """
        if not self._turn.acquire(blocking=False):
            return None
        self.is_cut = True
        self._turn.release()
        if self.capacity is not None:
            return evolve(self, duration_s=seconds).report()
        lost = (*(Unmeasured(name, failure) for name in self.targets), *self.impossible)
        capacity = CapacityOutcome(unmeasured=by_name(lost)) if self.targets else None
        return evolve(self, error=failure, duration_s=seconds, measured=None, capacity=capacity).report()

    def note_listing(self, listing: Listing, change: InventoryChange, *, sizes_follow: bool = False) -> None:
        self.listing, self.change = listing, change
        if sizes_follow:
            self.targets, self.impossible = measurable(listing, change)
        self.warnings.extend(listing.warnings)
        if listing.witness is not None:
            self.warnings.append(listing.witness)
        self.warnings.extend(_does_not_fit(name) for name in change.unstorable)

    def note_stale(self, targets: tuple[str, ...]) -> None:
        """Only *targets* are to be measured. None of them, and nothing new in the inventory: the sync is skipped."""
        self.skipped = bool(self.targets) and not targets and self.change is not None and self.change.is_nothing_new
        self.targets = targets

    def note_measured(self, measured: Measurements) -> None:
        self.measured = measured
        self.warnings.extend(measured.warnings)

    def skip(self, reason: Failure) -> None:
        self.skipped, self.error = True, reason

    def report(self) -> SyncReport:
        inventory = None if self.change is None else inventory_outcome(self.change)
        degraded = self.measured is not None and bool(self.measured.degraded)
        error, overcome = self._after_all_tries()
        status = Status.SKIPPED if self.skipped else instance_status(
            error, inventory, self.capacity, targets=len(self.targets), degraded=degraded)
        return SyncReport(
            name=self.instance.name, engine=self.instance.engine, status=status,
            server_version=None if self.listing is None else self.listing.server_version,
            error=error or (self._first_reason() if status is Status.FAILED else None),
            warnings=tuple(dict.fromkeys((*overcome, *self.warnings))),
            facts=InstanceFacts() if self.measured is None else self.measured.facts,
            inventory=inventory, capacity=self.capacity, duration_s=self.duration_s,
        )

    def _after_all_tries(self) -> tuple[Failure | None, list[Failure]]:
        """The error, which says how often it was met, and what another try has overcome."""
        error, tried = self.error, self.tried
        if error is not None and tried and error.category is tried[-1].category:
            return evolve(error, message=f"{error.message} (tried {len(tried) + 1} times)"), []
        return error, [evolve(one, message=f"tried again after: {one.message}") for one in tried]

    def _first_reason(self) -> Failure | None:
        return self.capacity.unmeasured[0].failure if self.capacity and self.capacity.unmeasured else None


def measurable(listing: Listing, change: InventoryChange) -> tuple[tuple[str, ...], tuple[Unmeasured, ...]]:
    """The targets of phase two (active, listed today, measurable), and the active ones that cannot have a size."""
    rows = listing.by_name()
    here: list[InventoryRow] = [rows[name] for name in change.active if name in rows and name not in change.held]
    impossible = tuple(Unmeasured(row.name, row.unmeasurable) for row in here if row.unmeasurable)
    return tuple(row.name for row in here if row.unmeasurable is None), impossible


def by_name(unmeasured: Iterable[Unmeasured]) -> tuple[Unmeasured, ...]:
    return tuple(sorted(unmeasured, key=lambda one: one.database_name))


def _does_not_fit(name: str) -> Failure:
    return Failure(Category.UNSUPPORTED, f"this name cannot be stored and is left out: {name!a}",
                   remedy="a name has at most 255 characters of valid Unicode, without NUL")
