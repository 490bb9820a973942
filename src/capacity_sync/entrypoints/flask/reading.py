"""What the blueprint reads: lists and summaries."""
from collections.abc import Callable, Mapping

from flask import current_app, request
from flask.typing import ResponseReturnValue

from capacity_sync.domain.periods import PeriodKind
from capacity_sync.entrypoints.flask.aggregates import database_aggregate_document, instance_aggregate_document
from capacity_sync.entrypoints.flask.answering import (
    databases_document,
    page_document,
    size_document,
    summary_document,
    total_document,
)
from capacity_sync.entrypoints.flask.asking import NAMING, PAGING, Asked, Parameters, asked, choosing
from capacity_sync.entrypoints.site import EXTENSION, Site
from capacity_sync.use_cases.history import HistoryReader


def site() -> Site:
    """Of the app that handles the request."""
    found = current_app.extensions.get(EXTENSION)
    if not isinstance(found, Site):
        raise RuntimeError("the app has no CapacitySync: call CapacitySync(app) or init_app(app)")
    return found


def _asked(*more: Parameters) -> Asked:
    known = dict(choosing(site().container.engines().names()))
    for parameters in more:
        known |= parameters
    return asked(request.args, known)


def _databases(history: HistoryReader) -> ResponseReturnValue:
    wanted = _asked(NAMING, PAGING)
    if wanted.kind is PeriodKind.DAILY:
        return page_document(history.sizes(wanted.choice, wanted.cut), wanted, size_document)
    found = history.database_aggregates(wanted.kind, wanted.choice, wanted.cut)
    return page_document(found, wanted, database_aggregate_document)


def _databases_summary(history: HistoryReader) -> ResponseReturnValue:
    """Of the measured days, whatever the period: so a database is counted once."""
    return databases_document(history.size_summary(_asked(NAMING).choice))


def _instances(history: HistoryReader) -> ResponseReturnValue:
    wanted = _asked(PAGING)
    if wanted.kind is PeriodKind.DAILY:
        return page_document(history.totals(wanted.choice, wanted.cut), wanted, total_document)
    found = history.instance_aggregates(wanted.kind, wanted.choice, wanted.cut)
    return page_document(found, wanted, instance_aggregate_document)


def _instances_summary(history: HistoryReader) -> ResponseReturnValue:
    return summary_document(history.total_summary(_asked().choice))


READS: Mapping[str, Callable[[HistoryReader], ResponseReturnValue]] = {
    "/capacity/databases": _databases, "/capacity/databases/summary": _databases_summary,
    "/capacity/instances": _instances, "/capacity/instances/summary": _instances_summary,
}
