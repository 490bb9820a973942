"""Results as the plain values of `--format json`: names, order and units are those of the interface."""
from typing import Any

from capacity_sync.domain.capacity import CapacityRow, Unmeasured
from capacity_sync.domain.diagnosis import InstanceCheck
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.domain.reconciliation import LifecycleEvent
from capacity_sync.domain.sync_report import (
    CapacityOutcome,
    InstanceRun,
    InventoryOutcome,
    RunRecord,
    RunReport,
    SyncReport,
)

Json = dict[str, Any]
NOT_REACHED = {Category.NETWORK, Category.TIMEOUT, Category.UNAVAILABLE}
UNDECIDED = {Category.AUTHENTICATION, Category.UNSUPPORTED, Category.INTERNAL}
"""Failures that may come before or after the server answers."""


def failure(found: Failure) -> Json:
    return {"category": found.category.value, "message": found.message, "code": found.code, "remedy": found.remedy,
            "retryable": found.retryable}


def _maybe(found: Failure | None) -> Json | None:
    return None if found is None else failure(found)


def run_report(report: RunReport) -> Json:
    return {
        "run_id": report.run_id, "status": report.status.value, "started_at": report.started_at.isoformat(),
        "finished_at": report.finished_at.isoformat(), "collected_date": report.collected_date.isoformat(),
        "instances": [sync_report(one) for one in report.instances],
    }


def sync_report(report: SyncReport) -> Json:
    return {
        "name": report.name, "engine": report.engine, "server_version": report.server_version,
        "status": report.status.value, "error": _maybe(report.error),
        "warnings": [failure(warning) for warning in report.warnings],
        "facts": {"overhead_bytes": report.facts.overhead_bytes, "log_bytes": report.facts.log_bytes},
        "duration_s": round(report.duration_s, 3),
        "inventory": None if report.inventory is None else inventory_outcome(report.inventory),
        "capacity": None if report.capacity is None else capacity_outcome(report.capacity),
    }


def inventory_outcome(outcome: InventoryOutcome) -> Json:
    return {
        "created": outcome.created, "refreshed": outcome.refreshed, "reactivated": outcome.reactivated,
        "deactivated": outcome.deactivated, "recreated": outcome.recreated, "renamed": outcome.renamed,
        "held": sorted(outcome.held), "active_databases": sorted(outcome.active_databases),
        "filtered_databases": sorted(outcome.filtered_databases), "completeness": outcome.completeness.value,
    }


def capacity_outcome(outcome: CapacityOutcome) -> Json:
    return {
        "saved": outcome.saved, "total_bytes": outcome.total_bytes,
        "databases": [capacity_row(row) for row in sorted(outcome.databases, key=lambda r: r.database_name)],
        "unmeasured": [unmeasured(one) for one in sorted(outcome.unmeasured, key=lambda u: u.database_name)],
    }


def capacity_row(row: CapacityRow) -> Json:
    return {"database_name": row.database_name, "size_bytes": row.size_bytes, "data_bytes": row.data_bytes,
            "log_bytes": row.log_bytes, "max_bytes": row.max_bytes, "method": row.method, "basis": row.basis.value}


def unmeasured(one: Unmeasured) -> Json:
    return {"database_name": one.database_name, "error": failure(one.failure)}


def instance_check(check: InstanceCheck) -> Json:
    """`reachable` and `login` are null where the failure does not tell."""
    category, diagnosis = check.error.category if check.error else None, check.diagnosis
    return {
        "name": check.name, "engine": check.engine, "healthy": check.healthy,
        "reachable": category not in NOT_REACHED if category not in UNDECIDED else None,
        "login": _login(category), "error": _maybe(check.error),
        "server_version": diagnosis.server_version if diagnosis else None,
        "completeness": diagnosis.completeness.value if diagnosis else None,
        "missing": [failure(one) for one in diagnosis.missing] if diagnosis else [],
    }


def _login(category: Category | None) -> bool | None:
    if category is None:
        return True
    return False if category is Category.AUTHENTICATION else None


def run_record(record: RunRecord) -> Json:
    return {
        "run_id": record.run_id, "status": record.status.value, "started_at": record.started_at.isoformat(),
        "finished_at": record.finished_at.isoformat() if record.finished_at else None,
        "collected_date": record.collected_date.isoformat(), "error": record.error,
    }


def event(happened: LifecycleEvent) -> Json:
    return {"database_name": happened.database_name, "event": happened.kind.value, "detail": happened.detail}


def instance_run(run: InstanceRun) -> Json:
    return {
        "name": run.name, "engine": run.engine, "status": run.status.value, "error": _maybe(run.error),
        "warnings": [failure(warning) for warning in run.warnings],
        "unmeasured": [unmeasured(one) for one in run.unmeasured], "held": sorted(run.held),
        "counts": dict(run.counts), "duration_s": round(run.duration_s, 3),
    }
