"""What a request asks for: its query, checked parameter by parameter."""
import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from attrs import frozen
from werkzeug.datastructures import MultiDict

from capacity_sync.domain.history import Choice, Cut
from capacity_sync.domain.inventory import NAME_LIMIT
from capacity_sync.domain.periods import PeriodKind
from capacity_sync.entrypoints.flask.problems import invalid

MOST_ROWS, ROWS = 200, 20
LAST_PAGE = 2**31 - 1
LAST_ID = 2**63 - 1
PERIODS = tuple(kind.value for kind in PeriodKind)
INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Wrong(ValueError):
    """A value that a parameter cannot take."""


@frozen
class Asked:
    """`kind`: the length of the periods; `daily` are the measured days themselves."""

    choice: Choice
    page: int = 1
    limit: int = ROWS
    kind: PeriodKind = PeriodKind.DAILY

    @property
    def cut(self) -> Cut:
        return Cut(self.limit, (self.page - 1) * self.limit)


def whole(text: str, most: int) -> int:
    if not INTEGER.fullmatch(text) or not 1 <= int(text) <= most:
        raise Wrong(f"expected a whole number from 1 to {most}")
    return int(text)


def day(text: str) -> date:
    try:
        if DATE.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise Wrong(f"no such day: {error}") from error
    raise Wrong("expected a date, YYYY-MM-DD")


def name(text: str) -> str:
    if not 1 <= len(text) <= NAME_LIMIT or "\0" in text:
        raise Wrong(f"expected a name of 1 to {NAME_LIMIT} characters, none of them NUL")
    return text


def period(text: str) -> PeriodKind:
    if text not in PERIODS:
        raise Wrong(f"expected one of {', '.join(PERIODS)}")
    return PeriodKind(text)


def one_of(text: str, words: Collection[str]) -> str:
    if text not in words:
        raise Wrong(f"expected one of {', '.join(sorted(words))}")
    return text


Parameters = Mapping[str, Callable[[str], Any]]
NAMING: Parameters = {"database_name": name}
PAGING: Parameters = {"page": lambda text: whole(text, LAST_PAGE), "limit": lambda text: whole(text, MOST_ROWS)}
REPEATABLE = {"instance_id", "db_type"}


def choosing(engines: Collection[str]) -> Parameters:
    """What restricts every list and summary; `db_type` is one of *engines*."""
    return {
        "start_date": day, "end_date": day, "instance_id": lambda text: whole(text, LAST_ID),
        "db_type": lambda text: one_of(text, engines), "period_type": period,
    }


def asked(query: MultiDict[str, str], known: Parameters) -> Asked:
    """Raises: Refused: with every mistake."""
    errors: list[dict[str, str]] = []
    found = {parameter: _values(parameter, query.getlist(parameter), known, errors) for parameter in query}
    given = {parameter: values for parameter, values in found.items() if values}
    first = {parameter: values[0] for parameter, values in given.items()}
    start, end = first.get("start_date"), first.get("end_date")
    if start and end and start > end:
        errors.append({"parameter": "end_date", "detail": "it is before start_date"})
    if errors:
        raise invalid(errors)
    choice = Choice(start, end, given.get("instance_id", ()), given.get("db_type", ()), first.get("database_name"))
    return Asked(choice, first.get("page", 1), first.get("limit", ROWS), first.get("period_type", PeriodKind.DAILY))


def _values(parameter: str, texts: Collection[str], known: Parameters, errors: list[dict[str, str]]) -> list[Any]:
    if parameter not in known:
        errors.append({"parameter": parameter, "detail": f"unknown; known are {', '.join(sorted(known))}"})
        return []
    if len(texts) > 1 and parameter not in REPEATABLE:
        errors.append({"parameter": parameter, "detail": "given more than once"})
        return []
    try:
        return [known[parameter](text) for text in texts]
    except Wrong as error:
        errors.append({"parameter": parameter, "detail": str(error)})
        return []
