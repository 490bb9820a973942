"""The API of the old application, as a blueprint. `POST .../aggregations/current` is not part of it."""
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from attrs import frozen
from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from capacity_sync.domain.outcomes import (
    Category,
    ConfigurationRefused,
    EngineError,
    Failure,
    StoreFailed,
    StoreRefused,
)
from capacity_sync.domain.sync_report import Status
from capacity_sync.entrypoints.cli.presentation import run_report
from capacity_sync.entrypoints.flask import problems
from capacity_sync.entrypoints.flask.answering import (
    databases_document,
    page_document,
    size_document,
    summary_document,
    total_document,
)
from capacity_sync.entrypoints.flask.asking import (
    LAST_ID,
    NAMING,
    PAGING,
    Asked,
    Parameters,
    Wrong,
    asked,
    choosing,
    whole,
)
from capacity_sync.entrypoints.flask.document import openapi
from capacity_sync.entrypoints.flask.policy import Action, Policy, reads_only
from capacity_sync.entrypoints.site import EXTENSION, Site
from capacity_sync.use_cases.history import HistoryReader

NAME = "capacity_sync"
DOCUMENT = "/capacity/openapi.json"
SYNC = "/instances/<instance_id>/actions/sync-capacity"
CUSTOM_HEADER = "X-Requested-With"
METHODS = frozenset({"DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"})
View = Callable[..., ResponseReturnValue]


def capacity_blueprint(*, url_prefix: str = "/api/v1", authorise: Policy = reads_only,
                       host_protects: bool = False) -> Blueprint:
    """The API below *url_prefix*, for apps that have the extension.

    *authorise* decides every action; without it only reads are allowed. A write must come as JSON and with a header
    `X-Requested-With`, which no foreign page can send unasked; *host_protects*: the app guards against request
    forgery by itself, and the header is not asked for.
    """
    routes, api = Blueprint(NAME, __name__, url_prefix=url_prefix), _Api(authorise, host_protects)
    for rule, view in READS.items():
        _route(routes, rule, "GET", api.reading(view), view.__name__.removeprefix("_"))
    _route(routes, DOCUMENT, "GET", _document, "openapi")
    _route(routes, SYNC, "POST", api.sync, "sync_capacity")
    _handle_errors(routes)
    return routes


@frozen
class _Api:
    """The views of one blueprint, behind its policy."""

    authorise: Policy
    host_protects: bool

    def reading(self, view: Callable[[HistoryReader], ResponseReturnValue]) -> View:
        def answered() -> ResponseReturnValue:
            self._allow(Action("read"))
            return view(_site().container.history())
        return answered

    def sync(self, instance_id: str) -> ResponseReturnValue:
        number = _instance_id(instance_id)
        self._allow(Action("sync-capacity", number))
        _check_write(self.host_protects)
        return _synced(_site(), number)

    def _allow(self, action: Action) -> None:
        if not self.authorise(action):
            raise problems.Refused(HTTPStatus.FORBIDDEN, "this application does not allow it")


def _route(routes: Blueprint, rule: str, method: str, view: View, endpoint: str) -> None:
    """Methods beside *method* are answered too: a problem that names the right one."""
    others = METHODS - {method}
    allow = {"Allow": ", ".join(sorted({method, "OPTIONS"} | ({"HEAD"} if method == "GET" else set())))}

    def other(**_: str) -> Response:
        if request.method == "OPTIONS":
            return Response(status=HTTPStatus.NO_CONTENT, headers=allow)
        return problems.problem(HTTPStatus.METHOD_NOT_ALLOWED, f"only {method} is answered here", headers=allow)

    routes.add_url_rule(rule, endpoint, view, methods=[method], provide_automatic_options=False)
    routes.add_url_rule(rule, f"{endpoint}_other", other, methods=others, provide_automatic_options=False)


def _handle_errors(routes: Blueprint) -> None:
    routes.register_error_handler(problems.Refused, problems.refused)
    routes.register_error_handler(HTTPException, problems.http_error)
    routes.register_error_handler(ConfigurationRefused, problems.misconfigured)
    routes.register_error_handler(StoreFailed, problems.store_error)
    routes.register_error_handler(StoreRefused, problems.store_error)
    routes.register_error_handler(EngineError, problems.engine_error)


def _site() -> Site:
    site = current_app.extensions.get(EXTENSION)
    if not isinstance(site, Site):
        raise RuntimeError("the app has no CapacitySync: call CapacitySync(app) or init_app(app)")
    return site


def _document() -> ResponseReturnValue:
    """Of the blueprint as it is mounted here, by this request's own address."""
    return openapi(request.script_root + request.path.removesuffix(DOCUMENT), _site().container.engines().names())


def _asked(*more: Parameters) -> Asked:
    known = dict(choosing(_site().container.engines().names()))
    for parameters in more:
        known |= parameters
    return asked(request.args, known)


def _databases(history: HistoryReader) -> ResponseReturnValue:
    wanted = _asked(NAMING, PAGING)
    return page_document(history.sizes(wanted.choice, wanted.cut), wanted, size_document)


def _databases_summary(history: HistoryReader) -> ResponseReturnValue:
    return databases_document(history.size_summary(_asked(NAMING).choice))


def _instances(history: HistoryReader) -> ResponseReturnValue:
    wanted = _asked(PAGING)
    return page_document(history.totals(wanted.choice, wanted.cut), wanted, total_document)


def _instances_summary(history: HistoryReader) -> ResponseReturnValue:
    return summary_document(history.total_summary(_asked().choice))


READS: Mapping[str, Callable[[HistoryReader], ResponseReturnValue]] = {
    "/capacity/databases": _databases, "/capacity/databases/summary": _databases_summary,
    "/capacity/instances": _instances, "/capacity/instances/summary": _instances_summary,
}


def _instance_id(text: str) -> int:
    try:
        return whole(text, LAST_ID)
    except Wrong as error:
        raise problems.invalid([{"parameter": "instance_id", "detail": str(error)}]) from error


def _check_write(host_protects: bool) -> None:
    """Raises: Refused: not JSON, or perhaps sent by a foreign page."""
    asked(request.args, {})
    if not host_protects and CUSTOM_HEADER not in request.headers:
        raise problems.Refused(HTTPStatus.FORBIDDEN, f"the header {CUSTOM_HEADER} is missing")
    if _json_body() != {}:
        raise problems.Refused(HTTPStatus.BAD_REQUEST, "expected an empty JSON object")


def _json_body() -> Any:
    try:
        return request.get_json()
    except RecursionError as error:
        raise problems.Refused(HTTPStatus.BAD_REQUEST, "the JSON is nested too deeply") from error


def _synced(site: Site, instance_id: int) -> ResponseReturnValue:
    name = site.container.history().name_of(instance_id)
    if name is None:
        raise problems.Refused(HTTPStatus.NOT_FOUND, f"no instance has the id {instance_id}")
    chosen = site.instance(name)
    if chosen is None:
        raise problems.Refused(HTTPStatus.CONFLICT, f"{name} is not among the instances that are synced here")
    report = site.container.fleet().run([chosen])
    if report.status is Status.FAILED:
        unknown = Failure(Category.INTERNAL, "the sync failed and does not say why")
        raise problems.failed(report.instances[0].error or unknown, report=run_report(report))
    return run_report(report)
