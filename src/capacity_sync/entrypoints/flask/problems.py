"""Errors as problem details, RFC 9457."""
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

from capacity_sync.domain.outcomes import (
    Category,
    ConfigurationRefused,
    EngineError,
    Failure,
    StoreFailed,
    StoreRefused,
)
from capacity_sync.entrypoints.cli.presentation import failure as failure_document

OF_AN_INSTANCE = {
    Category.TIMEOUT: HTTPStatus.GATEWAY_TIMEOUT,
    Category.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Category.TOO_BUSY: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""Every other failure of a monitored instance is a bad gateway's."""


class Refused(Exception):
    """A request that is not carried out; `members` stand beside the standard ones."""

    def __init__(self, status: HTTPStatus, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status, self.detail, self.members = status, detail, members


def problem(status: int, detail: str | None, members: Mapping[str, Any] | None = None,
            headers: Mapping[str, str] | None = None) -> Response:
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": int(status), "detail": detail,
                **(members or {})}
    return Response(json.dumps(document), status, dict(headers or {}), content_type="application/problem+json")


def invalid(errors: Sequence[Mapping[str, str]]) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, "the request has mistakes", errors=list(errors))


def failed(cause: Failure, **members: Any) -> Refused:
    """An instance did not give what was asked."""
    status = OF_AN_INSTANCE.get(cause.category, HTTPStatus.BAD_GATEWAY)
    return Refused(status, cause.message, error=failure_document(cause), **members)


def refused(error: Refused) -> Response:
    return problem(error.status, error.detail, error.members)


def http_error(error: HTTPException) -> Response:
    headers = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return problem(error.code or HTTPStatus.INTERNAL_SERVER_ERROR, error.description, headers=headers)


def misconfigured(error: ConfigurationRefused) -> Response:
    return problem(HTTPStatus.CONFLICT, str(error))


def store_error(error: StoreFailed | StoreRefused) -> Response:
    return problem(HTTPStatus.SERVICE_UNAVAILABLE, str(error))


def engine_error(error: EngineError) -> Response:
    return refused(failed(error.failure))
