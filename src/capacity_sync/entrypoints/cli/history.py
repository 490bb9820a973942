"""`capacity-sync runs`."""
from collections.abc import Mapping, Sequence
from typing import Any

from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.domain.reconciliation import LifecycleEvent
from capacity_sync.domain.sync_report import InstanceRun, RunRecord
from capacity_sync.entrypoints.cli.presentation import event, instance_run, run_record
from capacity_sync.entrypoints.cli.printing import Column, Sheet, as_json, as_ndjson, minute, write
from capacity_sync.entrypoints.cli.session import Session
from capacity_sync.entrypoints.cli.sync_sheet import changes
from capacity_sync.use_cases.browsing import StoreBrowser

Happened = Mapping[str, Sequence[LifecycleEvent]]
LOOKED_THROUGH = 10_000
RUNS = (
    Column("run_id", "Run"), Column("status", "Status"), Column("started_at", "Started (UTC)", minute),
    Column("finished_at", "Finished (UTC)", minute), Column("collected_date", "Day"), Column("error", "Error"),
)
INSTANCES = (
    Column("name", "Instance"), Column("engine", "Engine"), Column("status", "Status"),
    Column("active", "Databases", right=True), Column("saved", "Saved", right=True),
    Column("unmeasured", "Unmeasured", right=True), Column("held", "Held", right=True),
    Column("duration_s", "Seconds", right=True), Column("changes", "Changes", only_table=True),
    *map(Column, ("created", "refreshed", "reactivated", "deactivated", "recreated", "renamed")),
    Column("error_category", "Error"), *map(Column, ("error_code", "error_message", "error_remedy")),
)


def show_runs(session: Session, limit: int, form: str) -> None:
    found = session.reading().browser().runs(limit)
    Sheet(RUNS, [run_record(one) for one in found]).print(form)
    if not found:
        session.say("no runs")


def show_run(session: Session, run_id: str, form: str) -> None:
    browser = session.reading().browser()
    record = _found(browser, run_id)
    happened = browser.happened(record.run_id)
    document = run_record(record) | {"instances": [
        instance_run(one) | {"events": [event(what) for what in happened.get(one.name, ())]}
        for one in record.instances]}
    if form in ("json", "ndjson"):
        write(as_json(document) if form == "json" else as_ndjson(document["instances"]))
    else:
        Sheet(INSTANCES, [_row(one) for one in record.instances]).print(form, lambda: _below(record, happened))


def _found(browser: StoreBrowser, run_id: str) -> RunRecord:
    """The run of that ID, or the only one whose ID begins so.

    Raises: ConfigurationRefused: there is none, or more than one.
    """
    ids = [one.run_id for one in browser.runs(LOOKED_THROUGH) if run_id and one.run_id.startswith(run_id)]
    record = browser.run(run_id) or (browser.run(ids[0]) if len(ids) == 1 else None)
    if record is None:
        why = f"{len(ids)} runs begin so; write more of it" if ids else "no such run; `capacity-sync runs` lists them"
        raise ConfigurationRefused(f'run "{run_id}": {why}')
    return record


def _row(run: InstanceRun) -> dict[str, Any]:
    error = run.error
    counts = {**run.counts, "held": len(run.held), "unmeasured": len(run.unmeasured)} if run.counts else {}
    return {
        "name": run.name, "engine": run.engine, "status": run.status.value, "duration_s": round(run.duration_s, 3),
        **counts, "changes": changes(counts),
        "error_category": error.category.value if error else None, "error_code": error.code if error else None,
        "error_message": error.message if error else None, "error_remedy": error.remedy if error else None,
    }


def _below(record: RunRecord, happened: Happened) -> None:
    from capacity_sync.entrypoints.cli.advice import history

    history(record, happened)
