"""The API of the old application, as a blueprint."""
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from attrs import frozen
from flask import Blueprint, Response, request
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
from capacity_sync.entrypoints.flask.aggregates import aggregation_document
from capacity_sync.entrypoints.flask.asking import LAST_ID, Wrong, asked, whole
from capacity_sync.entrypoints.flask.document import openapi
from capacity_sync.entrypoints.flask.policy import Action, Policy, reads_only
from capacity_sync.entrypoints.flask.reading import READS, site
from capacity_sync.entrypoints.site import Site
from capacity_sync.use_cases.history import HistoryReader

NAME = "capacity_sync"
DOCUMENT = "/capacity/openapi.json"
SYNC = "/instances/<instance_id>/actions/sync-capacity"
AGGREGATE = "/capacity/aggregations/current"
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
    _route(routes, AGGREGATE, "POST", api.aggregate, "aggregate_current")
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
            return view(site().container.history())
        return answered

    def sync(self, instance_id: str) -> ResponseReturnValue:
        number = _instance_id(instance_id)
        self._allow(Action("sync-capacity", number))
        _check_write(self.host_protects)
        return _synced(site(), number)

    def aggregate(self) -> ResponseReturnValue:
        self._allow(Action("aggregate"))
        _check_write(self.host_protects)
        return aggregation_document(site().container.aggregation().current())

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


def _document() -> ResponseReturnValue:
    """Of the blueprint as it is mounted here, by this request's own address."""
    return openapi(request.script_root + request.path.removesuffix(DOCUMENT), site().container.engines().names())


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
