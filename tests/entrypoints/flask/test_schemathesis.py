"""Generated requests, right ones and wrong ones: no 500, and every answer is what the document says."""
from collections import Counter

import pytest
import schemathesis
from schemathesis.engine import events, from_schema

from tests.entrypoints.flask.conftest import API

OPERATIONS = {
    "GET /capacity/databases", "GET /capacity/databases/summary", "GET /capacity/instances",
    "GET /capacity/instances/summary", "POST /capacity/aggregations/current",
    "POST /instances/{instance_id}/actions/sync-capacity",
}


def in_order(context, query):
    """A first day after the last one is refused, which no schema can say."""
    days = [query.get("start_date"), query.get("end_date")] if query else []
    if all(isinstance(day, str) for day in days) and days:
        query["start_date"], query["end_date"] = sorted(days)
    return query


def counted(app):
    """The statuses that *app* answers from now on, by method."""
    found, inner = Counter(), app.wsgi_app

    def outer(environ, start):
        def noted(status, *rest):
            found[environ["REQUEST_METHOD"], int(status[:3])] += 1
            return start(status, *rest)
        return inner(environ, noted)

    app.wsgi_app = outer
    return found


@pytest.mark.parametrize(("examples", "least"), [
    pytest.param(3, 150, id="few"), pytest.param(400, 2000, id="many", marks=pytest.mark.measured)])
def test_every_answer_matches_the_document(hosted, examples, least):
    schema = schemathesis.openapi.from_wsgi(f"{API}/capacity/openapi.json", hosted.app)
    schema.hook("map_query")(in_order)
    schema.config.generation.update(max_examples=examples)
    statuses, wrong, seen = counted(hosted.app), [], set()

    for event in from_schema(schema).execute():
        assert not isinstance(event, events.FatalError | events.NonFatalError), event
        if isinstance(event, events.ScenarioFinished):
            seen.add(event.recorder.label)
            wrong += [(check.failure_info.failure, check.failure_info.code_sample)
                      for checks in event.recorder.checks.values() for check in checks if check.failure_info]

    assert wrong == []
    assert seen >= OPERATIONS
    assert sum(statuses.values()) >= least
    assert not [status for _, status in statuses if status >= 500]
    assert {("GET", 200), ("GET", 400), ("POST", 200), ("POST", 400), ("POST", 404), ("POST", 405)} <= statuses.keys()
