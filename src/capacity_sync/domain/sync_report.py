"""What a sync says it did: per instance and per run. The fields are those of `sync --format json`."""
from collections.abc import Iterable
from datetime import date, datetime
from enum import Enum

from attrs import field, frozen

from capacity_sync.domain.capacity import CapacityRow, InstanceFacts, Unmeasured
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Failure
from capacity_sync.domain.reconciliation import InventoryChange


class Status(Enum):
    """`running` and `interrupted` occur in run records only."""

    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    HELD = "held"
    SKIPPED = "skipped"
    RUNNING = "running"
    INTERRUPTED = "interrupted"


@frozen
class InventoryOutcome:
    """Phase one. Names are sorted; `active_databases` as they stand after its commit, held ones included."""

    created: int
    refreshed: int
    reactivated: int
    deactivated: int
    recreated: int
    renamed: int
    held: tuple[str, ...]
    active_databases: tuple[str, ...]
    filtered_databases: tuple[str, ...]
    completeness: Completeness


def inventory_outcome(change: InventoryChange) -> InventoryOutcome:
    return InventoryOutcome(
        created=len(change.created), refreshed=len(change.refreshed), reactivated=len(change.reactivated),
        deactivated=len(change.deactivated), recreated=len(change.recreated), renamed=len(change.renamed),
        held=change.held, active_databases=change.active, filtered_databases=change.filtered,
        completeness=change.completeness,
    )


@frozen
class CapacityOutcome:
    """Phase two. Every target stands in `databases` or in `unmeasured`; both are sorted by name.

    `total_bytes`: the day's total as stored, None when no database of the day has a size.
    """

    saved: int = 0
    total_bytes: int | None = None
    databases: tuple[CapacityRow, ...] = ()
    unmeasured: tuple[Unmeasured, ...] = ()


@frozen
class SyncReport:
    """One instance. `inventory` is None when phase one failed, `capacity` when phase two never began."""

    name: str
    engine: str
    status: Status
    server_version: str | None = None
    error: Failure | None = None
    warnings: tuple[Failure, ...] = field(default=(), converter=tuple[Failure, ...])
    facts: InstanceFacts = InstanceFacts()
    inventory: InventoryOutcome | None = None
    capacity: CapacityOutcome | None = None
    duration_s: float = 0.0


@frozen
class RunReport:
    """One run over the fleet; instances in the order they were asked for."""

    run_id: str
    status: Status
    started_at: datetime
    finished_at: datetime
    collected_date: date
    instances: tuple[SyncReport, ...] = field(default=(), converter=tuple[SyncReport, ...])


def instance_status(error: Failure | None, inventory: InventoryOutcome | None, capacity: CapacityOutcome | None, *,
                    targets: int, degraded: bool) -> Status:
    """The first that applies: failed, held, partial, completed. `targets`: how many databases were to be measured."""
    if inventory is None and capacity is None:
        return Status.FAILED
    if targets and (capacity is None or not capacity.databases):
        return Status.FAILED
    if inventory is not None and inventory.held:
        return Status.HELD
    lacking = error is not None or degraded or (capacity is not None and capacity.unmeasured)
    return Status.PARTIAL if lacking else Status.COMPLETED


def run_status(statuses: Iterable[Status]) -> Status:
    """Every instance failed: failed; else any held: held; else any failed or partial: partial; skipped ones do not
    count."""
    counted = [s for s in statuses if s is not Status.SKIPPED]
    if counted and all(s is Status.FAILED for s in counted):
        return Status.FAILED
    if Status.HELD in counted:
        return Status.HELD
    return Status.PARTIAL if {Status.FAILED, Status.PARTIAL} & set(counted) else Status.COMPLETED


@frozen
class InstanceRun:
    """One instance in the run history: the report's outcome without its lists of sizes."""

    name: str
    engine: str
    status: Status
    error: Failure | None
    warnings: tuple[Failure, ...]
    unmeasured: tuple[Unmeasured, ...]
    held: tuple[str, ...]
    counts: dict[str, int]
    duration_s: float


def _by_name(instances: Iterable[InstanceRun]) -> tuple[InstanceRun, ...]:
    return tuple(sorted(instances, key=lambda instance: instance.name))


@frozen
class RunRecord:
    """One run in the history. `finished_at` is None while it runs; instances, which end in any order, by name."""

    run_id: str
    status: Status
    started_at: datetime
    collected_date: date
    finished_at: datetime | None = None
    error: str | None = None
    instances: tuple[InstanceRun, ...] = field(default=(), converter=_by_name)


def instance_run(report: SyncReport) -> InstanceRun:
    """*report* as the history keeps it."""
    inventory, capacity = report.inventory, report.capacity
    counts = {"active": len(inventory.active_databases)} if inventory else {}
    for kind in ("created", "refreshed", "reactivated", "deactivated", "recreated", "renamed"):
        if inventory:
            counts[kind] = getattr(inventory, kind)
    if capacity:
        counts |= {"saved": capacity.saved, "unmeasured": len(capacity.unmeasured)}
    return InstanceRun(
        report.name, report.engine, report.status, report.error, report.warnings,
        capacity.unmeasured if capacity else (), inventory.held if inventory else (), counts, report.duration_s,
    )
