"""The tables `capacity_sync_runs` and `capacity_sync_run_instances`."""
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, final

from attrs import frozen
from sqlalchemy import ColumnElement, Row, Select, and_, case, delete, func, insert, select, true, update

from capacity_sync.adapters.stores.sql.statements import Statements
from capacity_sync.adapters.stores.sql.tables import capacity_sync_run_instances, capacity_sync_runs, instances
from capacity_sync.adapters.stores.sql.upsert import Upsert
from capacity_sync.domain.capacity import Unmeasured
from capacity_sync.domain.history import LastOutcome
from capacity_sync.domain.outcomes import Category, Failure
from capacity_sync.domain.sync_report import InstanceRun, RunRecord, Status
from capacity_sync.ports import RunRepository

RUN = Upsert(capacity_sync_runs, key=("run_id",),
             update=("status", "started_at", "finished_at", "collected_date", "error"))


def json_of(failure: Failure) -> dict[str, Any]:
    return {"category": failure.category.value, "message": failure.message, "code": failure.code,
            "remedy": failure.remedy, "retryable": failure.retryable}


def failure_of(stored: Mapping[str, Any]) -> Failure:
    return Failure(Category(stored["category"]), stored["message"], stored["code"], stored["remedy"],
                   retryable=stored["retryable"])


def row_of(run_id: str, instance: InstanceRun) -> dict[str, Any]:
    error = {} if instance.error is None else json_of(instance.error)
    return {
        "run_id": run_id, "instance_name": instance.name, "engine": instance.engine,
        "status": instance.status.value, "error_category": error.get("category"), "error_code": error.get("code"),
        "error_message": error.get("message"), "error_remedy": error.get("remedy"),
        "error_retryable": error.get("retryable"), "duration_s": instance.duration_s,
        "counts": instance.counts, "held": list(instance.held),
        "warnings": [json_of(warning) for warning in instance.warnings],
        "unmeasured": [{"database_name": u.database_name, "error": json_of(u.failure)} for u in instance.unmeasured],
    }


def instance_of(row: Row[Any]) -> InstanceRun:
    return InstanceRun(
        row.instance_name, row.engine, Status(row.status), error=_error_of(row),
        warnings=tuple(failure_of(stored) for stored in row.warnings),
        unmeasured=tuple(Unmeasured(u["database_name"], failure_of(u["error"])) for u in row.unmeasured),
        held=tuple(row.held), counts=row.counts, duration_s=row.duration_s,
    )


def _error_of(row: Row[Any]) -> Failure | None:
    if row.error_category is None:
        return None
    return Failure(Category(row.error_category), row.error_message, row.error_code, row.error_remedy,
                   retryable=row.error_retryable)


def record_of(row: Row[Any], instances: Iterable[InstanceRun] = ()) -> RunRecord:
    return RunRecord(row.run_id, Status(row.status), row.started_at, row.collected_date, row.finished_at, row.error,
                     instances)


@final
@frozen
class SqlRuns(RunRepository):
    store: Statements

    def start(self, run: RunRecord) -> None:
        self.store.upsert(RUN, [{
            "run_id": run.run_id, "status": run.status.value, "started_at": run.started_at,
            "finished_at": run.finished_at, "collected_date": run.collected_date, "error": run.error}])
        if run.instances:
            self.store.run(delete(capacity_sync_run_instances).where(_awaited(run.run_id)))
            self.store.run(insert(capacity_sync_run_instances), [row_of(run.run_id, one) for one in run.instances])

    def add(self, run_id: str, instance: InstanceRun) -> None:
        table = capacity_sync_run_instances
        self.store.run(delete(table).where(table.c.run_id == run_id, table.c.instance_name == instance.name))
        self.store.run(insert(table), [row_of(run_id, instance)])

    def finish(self, run_id: str, status: Status, finished_at: datetime, error: str | None = None) -> None:
        run = update(capacity_sync_runs).where(capacity_sync_runs.c.run_id == run_id)
        self.store.run(run.values(status=status.value, finished_at=finished_at, error=error))
        self.store.run(delete(capacity_sync_run_instances).where(_awaited(run_id)))

    def awaited(self, run_id: str) -> Collection[str] | None:
        runs = capacity_sync_runs
        if not self.store.rows(select(runs.c.run_id).where(runs.c.run_id == run_id).with_for_update()):
            return None
        names = select(capacity_sync_run_instances.c.instance_name).where(_awaited(run_id))
        return [row.instance_name for row in self.store.rows(names)]

    def running(self) -> Collection[str]:
        table = capacity_sync_runs
        open_runs = select(table.c.run_id).where(table.c.status == Status.RUNNING.value)
        return [row.run_id for row in self.store.rows(open_runs)]

    def recent(self, limit: int) -> Sequence[RunRecord]:
        table = capacity_sync_runs
        newest = select(table).order_by(table.c.started_at.desc(), table.c.run_id.desc())
        return [record_of(row) for row in self.store.rows(newest.limit(limit))]

    def durations(self, runs: int) -> Mapping[str, float]:
        table, lately = capacity_sync_run_instances, [run.run_id for run in reversed(self.recent(runs))]
        took = self.store.rows(select(table.c.run_id, table.c.instance_name, table.c.duration_s)
                               .where(table.c.run_id.in_(lately), table.c.status != Status.RUNNING.value))
        took = sorted(took, key=lambda row: lately.index(row.run_id))
        return {row.instance_name: row.duration_s for row in took}

    def find(self, run_id: str) -> RunRecord | None:
        found = self.store.rows(select(capacity_sync_runs).where(capacity_sync_runs.c.run_id == run_id))
        table = capacity_sync_run_instances
        instances = self.store.rows(select(table).where(table.c.run_id == run_id).order_by(table.c.id))
        return record_of(found[0], map(instance_of, instances)) if found else None

    def last_outcomes(self) -> Sequence[LastOutcome]:
        rows = self.store.rows(_last_outcomes())
        return sorted((LastOutcome(instance_of(row), row.started_at, row.completed_at) for row in rows),
                      key=lambda last: last.outcome.name)


def _awaited(run_id: str) -> ColumnElement[bool]:
    table = capacity_sync_run_instances
    return and_(table.c.run_id == run_id, table.c.status == Status.RUNNING.value)


def _last_outcomes() -> Select[Any]:
    one, run = capacity_sync_run_instances, capacity_sync_runs
    completed = case((one.c.status == Status.COMPLETED.value, run.c.started_at))
    place = func.row_number().over(partition_by=one.c.instance_name,
                                   order_by=(run.c.started_at.desc(), run.c.run_id.desc(), one.c.id.desc()))
    last = select(one.c.id, run.c.started_at, place.label("place"),
                  func.max(completed).over(partition_by=one.c.instance_name).label("completed_at"),
                  ).join_from(one, run).where(one.c.status != Status.RUNNING.value).subquery("last")
    active = instances.c.is_active == true()
    return select(one, last.c.started_at, last.c.completed_at).join_from(last, one, one.c.id == last.c.id).join(
        instances, instances.c.name == one.c.instance_name).where(last.c.place == 1, active)
