"""The old scheduled task: every active instance, one result dict."""
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import Any, final

from attrs import evolve, frozen

from capacity_sync.container import Container
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import EngineError, StoreRefused, as_engine_error
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import SyncReport
from capacity_sync.entrypoints.hosts import Adoption
from capacity_sync.entrypoints.legacy.rows import Row
from capacity_sync.entrypoints.legacy.verdicts import told, what_failed
from capacity_sync.entrypoints.site import current_site
from capacity_sync.ports import Clock


@final
@frozen
class _InZone(Clock):
    """The same clock, whose days are those of *zone*."""

    clock: Clock
    zone: tzinfo

    def stamp(self) -> Stamp:
        return Stamp.of(self.clock.stamp().at, self.zone)

    def monotonic(self) -> float:
        return self.clock.monotonic()


def collect_all_instances_database_sizes(*, container: Container | None = None,
                                         instances: Iterable[Any] | None = None) -> Row:
    """Sync all active instances, one run; a failing one is in `errors` and stops no other.

    They are those of the Flask extension's `CAPACITY_SYNC_INSTANCES`, else of the settings. Raises:
    ConfigurationRefused: neither has any; StoreFailed, StoreRefused: the store cannot be used.
    """
    given = current_site().given() if instances is None else instances
    container = container or current_site().container
    active = [one for one in given if getattr(one, "is_active", True)]
    errors: list[str] = []
    reports = list(_synced(container, list(_adapted(container, active, errors)), errors))
    failed = [(report, what_failed(report)) for report in reports]
    errors.extend(told(report.name, failure) for report, failure in failed if failure)
    return {
        "status": "partial_success" if errors else "success", "total_instances": len(active),
        "processed_instances": sum(failure is None for _, failure in failed),
        "total_records": sum(report.capacity.saved for report in reports if report.capacity), "errors": errors,
    }


def _adapted(container: Container, given: Sequence[Any], errors: list[str]) -> Iterator[Instance]:
    adoption = Adoption(container.engines(), container.config.instance_defaults())
    for one in given:
        try:
            with as_engine_error():
                yield adoption.legacy_instance(one)
        except EngineError as error:
            errors.append(told(str(getattr(one, "name", one)), error.failure))


def _synced(container: Container, instances: Sequence[Instance], errors: list[str]) -> Sequence[SyncReport]:
    """The reports of *instances*; those that an adopted store does not have go to *errors*."""
    fleet, config = container.fleet(), container.config
    limits = {"workers": config.workers(), "per_host": config.per_host(), "budget": config.budget()}
    fleet = evolve(fleet, clock=_InZone(fleet.clock, container.config.legacy_timezone()))
    try:
        return fleet.run(instances, **limits).instances if instances else ()
    except StoreRefused as error:
        known = set(container.browser().instances())
        matched = [one for one in instances if one.name in known]
        if len(matched) == len(instances):
            raise
        errors.extend(f"{one.name}: {error}" for one in instances if one.name not in known)
        return fleet.run(matched, **limits).instances if matched else ()
