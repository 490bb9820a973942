"""The old API: shapes, pages, filters, and everything that is refused."""
from datetime import timedelta

import pytest
from attrs import evolve
from dependency_injector import providers

from capacity_sync.domain.outcomes import ServerTooBusy, ServerUnreachable, StoreFailed, TimedOut
from capacity_sync.entrypoints.flask import Action, capacity_blueprint
from capacity_sync.entrypoints.flask.asking import LAST_ID, LAST_PAGE, MOST_ROWS, PERIODS, ROWS
from capacity_sync.testing.engines import Raises, ScriptedServer
from tests.entrypoints.flask.conftest import API, WRITING, Hosted, new_app
from tests.entrypoints.legacy.conftest import Credential, HandClock, HostInstance

MIB = 1024 * 1024
SYNC = "/instances/1/actions/sync-capacity"
LISTS = ("/capacity/databases", "/capacity/instances")
READS = (*LISTS, *(f"{path}/summary" for path in LISTS))


def problem(answer, status):
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert answer.json["status"] == status
    assert answer.json["title"]
    return answer.json


def at(hosted, days_ago):
    """A clock for *hosted*'s container."""
    clock = HandClock()
    clock.now -= timedelta(days=days_ago)
    hosted.container.clock.override(providers.Object(clock))
    return clock.stamp().day.isoformat()


def test_a_size_with_the_old_names_and_the_exact_bytes(hosted):
    item = hosted.get("/capacity/databases", database_name="shop", instance_id=1).json["items"][0]

    day, instant = item.pop("collected_date"), item.pop("collected_at")
    assert instant.startswith(day)
    assert item == {
        "instance_id": 1, "instance_name": "orders", "db_type": "scripted", "database_name": "shop",
        "series": "orders/shop", "size_mb": 3, "data_size_mb": 3, "log_size_mb": None, "size_bytes": 3 * MIB,
        "data_size_bytes": 3 * MIB, "log_size_bytes": None, "max_size_bytes": None, "identity": None,
        "method": "scripted", "basis": "file"}


def test_a_total_with_the_old_names_and_the_exact_bytes(hosted):
    item = hosted.get("/capacity/instances", instance_id=2).json["items"][0]

    assert item.pop("collected_at").startswith(item.pop("collected_date"))
    assert item == {
        "instance_id": 2, "instance_name": "billing", "db_type": "scripted", "total_size_mb": 3, "database_count": 2,
        "total_size_bytes": 3 * MIB + 1, "overhead_bytes": None, "log_bytes": None, "measured_count": 2,
        "expected_count": 2}


@pytest.mark.parametrize(("page", "limit", "items", "has_prev", "has_next"), [
    (1, 3, 3, False, True), (2, 3, 1, True, False), (3, 3, 0, True, False), (1, 4, 4, False, False),
])
def test_the_shape_of_a_page(hosted, page, limit, items, has_prev, has_next):
    found = hosted.get("/capacity/databases", page=page, limit=limit).json

    assert len(found.pop("items")) == items
    assert found == {"total": 4, "page": page, "pages": -(-4 // limit), "limit": limit, "has_prev": has_prev,
                     "has_next": has_next}


def test_a_page_has_twenty_rows_unless_asked(hosted):
    hosted.servers["orders"] = ScriptedServer({f"d{n}": n for n in range(30)})
    hosted.sync()

    found = hosted.get("/capacity/databases").json
    assert (found["page"], found["limit"], len(found["items"])) == (1, 20, 20)


def test_an_empty_store_has_no_pages(hosted):
    found = hosted.get("/capacity/databases", database_name="no such").json

    assert found == {"items": [], "total": 0, "page": 1, "pages": 0, "limit": 20, "has_prev": False,
                     "has_next": False}


def test_filters(hosted):
    def total(path="/capacity/databases", **query):
        return hosted.get(path, **query).json["total"]

    days = [at(hosted, n) for n in (3, 2)]
    for n in (3, 2):
        at(hosted, n)
        hosted.sync()

    assert (total(), total(instance_id=[1, 2]), total(instance_id=1), total(instance_id=77)) == (12, 12, 6, 0)
    assert (total(db_type="scripted"), total(database_name="shop"), total(database_name="SHOP")) == (12, 6, 0)
    assert (total(end_date=days[0]), total(start_date=days[0], end_date=days[1])) == (4, 8)
    assert total("/capacity/instances", end_date=days[1], instance_id=2, period_type="daily") == 2


def test_databases_of_one_name_on_two_instances_stay_apart(hosted):
    """The legacy's chart series had the database's name for a key: two instances made one line."""
    items = hosted.get("/capacity/databases", database_name="shop").json["items"]

    assert [(item["instance_id"], item["series"]) for item in items] == [(1, "orders/shop"), (2, "billing/shop")]


def test_the_summary_counts_a_database_once_and_knows_its_growth(hosted):
    """The legacy counted it once per period type, and its growth rate was a constant 0."""
    for days_ago, size in ((9, 10), (5, 99), (1, 15)):
        at(hosted, days_ago)
        hosted.servers["orders"].sizes["shop"] = size * MIB
        hosted.sync()
    chosen = {"instance_id": 1, "end_date": at(hosted, 1)}

    databases = hosted.get("/capacity/databases/summary", database_name="shop", **chosen).json
    instances = hosted.get("/capacity/instances/summary", **chosen).json
    assert databases == {
        "total_databases": 1, "total_instances": 1, "total_size_mb": 15, "total_size_bytes": 15 * MIB,
        "avg_size_mb": 15.0, "max_size_mb": 15, "growth_rate": 50.0,
        "growth": {"compared": 1, "before_bytes": 10 * MIB, "after_bytes": 15 * MIB}}
    assert (instances["total_instances"], instances["total_size_mb"], instances["growth_rate"]) == (1, 15, 50.0)


def test_what_is_not_known_is_no_zero(hosted):
    found = hosted.get("/capacity/databases/summary", database_name="no such").json

    assert (found["total_databases"], found["total_size_mb"]) == (0, 0)
    assert (found["total_size_bytes"], found["avg_size_mb"], found["max_size_mb"], found["growth_rate"]) == (None,) * 4


@pytest.mark.parametrize(("parameter", "value", "detail"), [
    ("page", "0", "from 1 to"), ("page", "x", "from 1 to"), ("page", "1.0", "from 1 to"), ("page", "\u0661", "from 1"),
    ("page", str(LAST_PAGE + 1), "from 1 to"), ("limit", "201", "from 1 to 200"), ("limit", "", "from 1 to 200"),
    ("instance_id", "-1", "from 1"), ("instance_id", str(LAST_ID + 1), "from 1"), ("instance_id", "9" * 50, "from 1"),
    ("start_date", "2026-02-30", "no such day"), ("start_date", "20260228", "YYYY-MM-DD"),
    ("end_date", "0000-01-01", "no such day"), ("db_type", "db2", "one of scripted"), ("database_name", "", "a name"),
    ("database_name", "a\0b", "NUL"), ("database_name", "n" * 256, "255"), ("period_type", "yearly", "daily"),
    ("perpage", "5", "unknown; known are database_name"),
])
def test_a_wrong_parameter_is_told(hosted, parameter, value, detail):
    found = problem(hosted.get("/capacity/databases", **{parameter: value}), 400)

    assert [error["parameter"] for error in found["errors"]] == [parameter]
    assert detail in found["errors"][0]["detail"]


def test_all_mistakes_at_once(hosted):
    found = problem(hosted.get("/capacity/instances?page=0&page=1&x=1&start_date=2026-01-02&end_date=2026-01-01"), 400)

    assert {error["parameter"]: error["detail"].partition(";")[0] for error in found["errors"]} == {
        "page": "given more than once", "x": "unknown", "end_date": "it is before start_date"}


@pytest.mark.parametrize("path", READS)
def test_a_page_or_name_is_refused_where_it_means_nothing(hosted, path):
    for parameter, takers in (("page", LISTS), ("database_name", READS[::2])):
        assert (hosted.get(path, **{parameter: "1"}).status_code == 200) == (path in takers)


def test_a_sync_answers_with_the_report(hosted):
    answer = hosted.post(SYNC)

    assert answer.status_code == 200
    assert answer.json["status"] == "completed"
    assert [(one["name"], one["capacity"]["saved"]) for one in answer.json["instances"]] == [("orders", 2)]
    assert [run.run_id for run in hosted.container.browser().runs(1)] == [answer.json["run_id"]]


def test_a_held_change_is_an_answer(hosted):
    hosted.servers["orders"].sizes.clear()

    assert (hosted.post(SYNC).status_code, hosted.post(SYNC).json["status"]) == (200, "held")


@pytest.mark.parametrize(("error", "status"), [
    (ServerUnreachable("no route"), 502), (TimedOut("too slow"), 504), (ServerTooBusy("too many"), 503)])
def test_a_failed_sync_is_a_problem_that_has_the_report(hosted, error, status):
    hosted.servers["orders"].script["connect"] = [Raises(error)]

    found = problem(hosted.post(SYNC), status)
    assert found["detail"] == str(error)
    assert found["error"]["category"] == error.category.value
    assert found["report"]["instances"][0]["status"] == "failed"


def test_an_instance_that_is_not_known_or_not_synced_here(hosted):
    assert "id 99" in problem(hosted.post("/instances/99/actions/sync-capacity"), 404)["detail"]
    assert problem(hosted.post("/instances/x/actions/sync-capacity"), 400)["errors"][0]["parameter"] == "instance_id"
    del hosted.servers["billing"]
    assert "billing is not among" in problem(hosted.post("/instances/2/actions/sync-capacity"), 409)["detail"]


def test_an_object_of_the_host_that_cannot_be_taken_costs_no_other(hosted):
    class Locked(Credential):
        def get_plain_password(self):
            raise RuntimeError("locked")

    given = [HostInstance("billing", db_type="scripted", credential=Locked()), *hosted.instances()[:1]]
    hosted.app.extensions["capacity_sync"] = evolve(hosted.app.extensions["capacity_sync"], hosted=lambda: given)

    assert hosted.post(SYNC).status_code == 200
    found = problem(hosted.post("/instances/2/actions/sync-capacity"), 502)
    assert (found["error"]["category"], "report" in found) == ("authentication", False)


def test_writes_are_denied_until_the_host_has_a_policy():
    app = new_app()
    app.register_blueprint(capacity_blueprint())
    client = app.test_client()

    assert client.get(f"{API}/capacity/databases").status_code == 200
    assert "does not allow" in problem(client.post(f"{API}{SYNC}", json={}, headers=WRITING), 403)["detail"]


def test_the_policy_is_asked_about_everything():
    app, seen = new_app(), []
    app.register_blueprint(capacity_blueprint(authorise=lambda action: seen.append(action)))
    client = app.test_client()

    assert {client.get(f"{API}{path}").status_code for path in READS} == {403}
    assert client.post(f"{API}{SYNC}", json={}, headers=WRITING).status_code == 403
    assert seen == [*[Action("read")] * len(READS), Action("sync-capacity", 1)]


def test_without_a_fleet_a_sync_is_a_conflict(hosted):
    bare = new_app()
    bare.register_blueprint(capacity_blueprint(authorise=lambda action: True))
    other = Hosted(bare, store=hosted.store)

    assert "there is nothing to sync" in problem(other.post(SYNC), 409)["detail"]
    assert other.get("/capacity/databases").json["total"] == 4


@pytest.mark.parametrize(("options", "status"), [
    ({"headers": {}}, 403), ({"json": None}, 415), ({"json": None, "data": "{}"}, 415), ({"json": [1]}, 400),
    ({"json": {"a": 1}}, 400), ({"json": None, "data": "{", "content_type": "application/json"}, 400),
    ({"json": None, "data": "[" * 100_000, "content_type": "application/json"}, 400), ({"query_string": "a=1"}, 400),
], ids=["header", "empty", "form", "list", "members", "broken", "deep", "query"])
def test_a_forged_or_malformed_write_is_refused(hosted, options, status):
    before = list(hosted.servers["orders"].calls)

    problem(hosted.post(SYNC, **options), status)
    assert hosted.servers["orders"].calls == before


def test_a_host_with_protection_of_its_own_needs_no_header(hosted):
    hosted.app.register_blueprint(
        capacity_blueprint(url_prefix="/own", authorise=lambda action: True, host_protects=True), name="own")

    assert hosted.app.test_client().post(f"/own{SYNC}", json={}).status_code == 200


@pytest.mark.parametrize("path", [*READS, SYNC])
def test_other_methods_are_told_which_one_is_right(hosted, path):
    client, right = hosted.app.test_client(), "POST" if path == SYNC else "GET"

    for method in {"get", "post", "put", "patch", "delete"} - {right.lower()}:
        answer = getattr(client, method)(f"{API}{path}")
        assert right in problem(answer, 405)["detail"]
        assert right in answer.headers["Allow"]
    assert client.options(f"{API}{path}").headers["Allow"] == answer.headers["Allow"]


@pytest.mark.parametrize("path", [*READS, SYNC])
def test_a_store_that_fails_is_unavailable(hosted, path, monkeypatch):
    def broken():
        raise StoreFailed("the disk is full")

    hosted.container.unit_of_work.override(providers.Callable(broken))

    answer = hosted.post(path) if path == SYNC else hosted.get(path)
    assert problem(answer, 503)["detail"] == "the disk is full"


def test_an_app_without_the_extension_says_so():
    from flask import Flask

    app = Flask("bare")
    app.config["TESTING"] = True
    app.register_blueprint(capacity_blueprint())

    with pytest.raises(RuntimeError, match="CapacitySync"):
        app.test_client().get(f"{API}/capacity/databases")


def test_the_document_knows_its_prefix_its_engines_and_its_bounds(hosted):
    hosted.app.register_blueprint(capacity_blueprint(url_prefix="/elsewhere/v2"), name="second")
    document = hosted.app.test_client().get("/elsewhere/v2/capacity/openapi.json").json
    parameters = {one["name"]: one["schema"] for one in document["components"]["parameters"].values()}

    assert document["servers"] == [{"url": "/elsewhere/v2"}]
    assert document["components"]["schemas"]["Engine"]["enum"] == ["scripted"]
    assert (parameters["page"]["maximum"], parameters["limit"]["maximum"], parameters["limit"]["default"]) == (
        LAST_PAGE, MOST_ROWS, ROWS)
    assert parameters["instance_id"]["items"]["maximum"] == LAST_ID
    assert tuple(parameters["period_type"]["enum"]) == PERIODS


