"""What travels between machines, as JSON: errands one way, reports the other. Neither holds an address or a secret."""
from typing import Any

from cattrs.preconf.json import JsonConverter, make_converter

from capacity_sync.domain.errand import Errand
from capacity_sync.domain.sync_report import SyncReport

Json = dict[str, Any]


def errand_message(errand: Errand) -> Json:
    return _converter().unstructure(errand)  # type: ignore[no-any-return]  # an attrs class becomes a dict


def errand_of(message: Json) -> Errand:
    return _converter().structure(message, Errand)


def report_message(report: SyncReport) -> Json:
    return _converter().unstructure(report)  # type: ignore[no-any-return]  # an attrs class becomes a dict


def report_of(message: Json) -> SyncReport:
    return _converter().structure(message, SyncReport)


def _converter() -> JsonConverter:
    return make_converter()
