"""`capacity-sync sync`."""
import os
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from capacity_sync.container import Container, LogFormat, Purpose
from capacity_sync.domain.sync_report import RunReport, Status
from capacity_sync.entrypoints.cli.dispatching import dispatched
from capacity_sync.entrypoints.cli.presentation import run_report
from capacity_sync.entrypoints.cli.printing import as_json, as_ndjson, write
from capacity_sync.entrypoints.cli.selecting import accepted_changes, tag_pairs
from capacity_sync.entrypoints.cli.session import Session
from capacity_sync.entrypoints.cli.sync_order import Order
from capacity_sync.entrypoints.cli.sync_sheet import sync_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from capacity_sync.domain.guard import Accepted
    from capacity_sync.domain.instance import Instance

EXIT_CODES = {Status.COMPLETED: 0, Status.PARTIAL: 3, Status.FAILED: 4, Status.HELD: 5,
              Status.INTERRUPTED: 130}


def synchronize(session: Session, order: Order, form: str) -> int:
    """Run, print, and say by the exit code how it went."""
    settings = session.settings()
    instances = settings.selected(order.names, tag_pairs(order.tags), secrets=order.dispatch is None)
    container = session.container(settings, Purpose.PLAN if order.dry_run else Purpose.SYNC)
    accepted = _accepted(container, order, instances)
    with _observed(session, container):
        if order.dispatch is None:
            report = container.fleet().run(instances, accepted=accepted, dry_run=order.dry_run,
                                           whole_fleet=order.whole_fleet, workers=order.workers or settings.workers,
                                           per_host=settings.per_host, budget=order.budget or settings.budget,
                                           stale_after=order.stale_after)
        else:
            report = dispatched(settings, container, order, instances, accepted, session.say)
    print_report(report, form, command=session.command, dry_run=order.dry_run)
    return EXIT_CODES[report.status]


def _accepted(container: Container, order: Order, instances: "Sequence[Instance]") -> "Mapping[str, Accepted]":
    if not order.accepted:
        return {}
    rows = container.browser().databases(instances=[one.name for one in instances])
    known = {one.name: [row.database for row in rows if row.instance == one.name] for one in instances}
    return accepted_changes(order.accepted, list(known), known)


@contextmanager
def _observed(session: Session, container: Container) -> "Iterator[None]":
    """The run inside is logged, or shown as progress, or neither; and traced if the environment is set up for that."""
    tracing = [container.tracing()] if _is_traced() else []
    if session.logs:
        journal = container.journal(LogFormat(session.log_format or "text"))
        container.observer.override(container.several([journal, *tracing]))
        yield
    elif session.shows_progress:
        from capacity_sync.entrypoints.cli.progress import ProgressObserver

        with ProgressObserver.on_stderr() as progress:
            container.observer.override(container.several([progress, *tracing]))
            yield
    else:
        container.observer.override(container.several(tracing))
        yield


def _is_traced() -> bool:
    """Whether OpenTelemetry is installed and one of its own variables, or its launcher, says where to send to."""
    return any(name.startswith("OTEL_") for name in os.environ) and find_spec("opentelemetry") is not None


def print_report(report: RunReport, form: str, *, command: str, dry_run: bool) -> None:
    """The whole report as JSON; an instance per line as NDJSON; its counts as CSV; these and what to do as a table."""
    document = run_report(report)
    if form == "json":
        write(as_json(document))
    elif form == "ndjson":
        run = {key: document[key] for key in ("run_id", "collected_date")}
        write(as_ndjson([run | one for one in document["instances"]]))
    else:
        sync_sheet(report).print(form, lambda: _advise(report, command, dry_run))


def _advise(report: RunReport, command: str, dry_run: bool) -> None:
    from capacity_sync.entrypoints.cli.advice import print_advice

    print_advice(report, command=command, dry_run=dry_run)
