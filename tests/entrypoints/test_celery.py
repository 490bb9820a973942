"""Celery's application and the errands it carries, in this process, over a broker in memory."""
import json
import socket
from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve
from celery.exceptions import Ignore, Retry

from capacity_sync.domain.capacity import Basis, CapacityRow, InstanceFacts, Unmeasured
from capacity_sync.domain.errand import Errand
from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category, ConfigurationRefused, Failure, StoreRefused
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import CapacityOutcome, InventoryOutcome, Status, SyncReport
from capacity_sync.entrypoints import celery as published
from capacity_sync.entrypoints.celery import tasks
from capacity_sync.entrypoints.celery.application import (
    AGGREGATES,
    INSTANCE,
    OVERDUE,
    SIZES,
    configuration,
    transport_options,
)
from capacity_sync.entrypoints.celery.messages import errand_message, errand_of, report_message, report_of
from capacity_sync.entrypoints.celery.tasks import run_errand, worker_application
from capacity_sync.entrypoints.site import current_site
from capacity_sync.settings import Settings
from capacity_sync.settings.queueing import Queueing
from capacity_sync.testing.engines import ScriptedServer

SECRET = "s3cret-of-the-broker"
DENIED = Failure(Category.PERMISSION, "no", "42501", "GRANT x", retryable=False)
ERRAND = Errand("run-1", "billing", "scripted", Stamp(datetime(2026, 3, 1, 3, 0, tzinfo=UTC), date(2026, 3, 2)), 60.0,
                Accepted(names=("b", "a")), "here")
REPORT = SyncReport(
    "billing", "scripted", Status.HELD, "16.1", DENIED, (DENIED,), InstanceFacts(5, None),
    InventoryOutcome(1, 2, 3, 4, 5, 6, ("h",), ("a", "ü"), ("f",), Completeness.VISIBLE_ONLY),
    CapacityOutcome(1, 2**60, (CapacityRow("a", 7, "m", Basis.ESTIMATE, data_bytes=7),), (Unmeasured("ü", DENIED),)),
    1.5)


@pytest.fixture
def site(desk, monkeypatch):
    monkeypatch.setenv("CAPACITY_SYNC_BROKER", "memory://")
    desk.serve(billing=ScriptedServer({"db": 10}), archive=ScriptedServer({"db": 20}))
    return current_site()


@pytest.fixture
def app(site):
    return worker_application(site)


def waiting(app, queue="capacity_sync"):
    """The errands in *queue*, taken."""
    with app.connection_for_read() as connection, connection.SimpleQueue(queue) as messages:
        taken = []
        while messages.qsize():
            message = messages.get_nowait()
            message.ack()
            taken.append(json.loads(message.body)[0][0])
        return taken


@pytest.mark.parametrize("errand", [ERRAND, evolve(ERRAND, accepted=Accepted(everything=True))])
def test_an_errand_travels_as_json(errand):
    assert errand_of(json.loads(json.dumps(errand_message(errand)))) == errand


@pytest.mark.parametrize("report", [REPORT, SyncReport("a", "scripted", Status.FAILED, error=DENIED)])
def test_a_report_comes_back_as_it_was(report):
    assert report_of(json.loads(json.dumps(report_message(report)))) == report


def test_the_night_from_the_first_message_to_the_aggregates(app, site):
    run_id = app.tasks[SIZES].apply().get()
    errands = waiting(app)
    reports = [report_of(app.tasks[INSTANCE].apply([errand]).get()) for errand in errands]

    assert sorted((one.name, one.status) for one in reports) == [
        ("archive", Status.COMPLETED), ("billing", Status.COMPLETED)]
    assert site.container.browser().run(run_id).status is Status.COMPLETED
    assert app.tasks[AGGREGATES].apply().get() > 0
    assert app.tasks[OVERDUE].apply().get() == []


def test_a_message_that_comes_again_leaves_the_first_report_alone(app, desk):
    app.tasks[SIZES].apply()
    errand = waiting(app)[0]
    first = app.tasks[INSTANCE].apply([errand])
    calls = [list(server.calls) for server in desk.servers.values()]
    with pytest.raises(Ignore):
        app.tasks[INSTANCE].run(errand)

    assert first.successful()
    assert [list(server.calls) for server in desk.servers.values()] == calls


def test_an_errand_that_cannot_be_run_now_comes_again_later(app, site):
    app.tasks[SIZES].apply()
    errand = waiting(app)[0]
    lease = f"run {errand['run_id']} {errand['instance']}"
    assert site.container.unit_of_work().leases.take(lease, 60)
    with pytest.raises(Retry):
        app.tasks[INSTANCE].apply([errand], retries=0, throw=True)
    site.container.unit_of_work().leases.release(lease)


def test_an_instance_that_this_machine_has_not_is_a_failure(app, site):
    app.tasks[SIZES].apply()
    errand = errand_of(waiting(app)[0])
    stranger = evolve(errand, instance="gone")

    assert run_errand(site, stranger).error.category is Category.UNSUPPORTED


def test_a_file_is_no_store_for_two_machines(site):
    with pytest.raises(StoreRefused, match="which elsewhere and"):
        run_errand(site, evolve(ERRAND, place="elsewhere"))


def test_the_application_is_made_when_it_is_asked_for_and_once(site):
    tasks.application_of_environment.cache_clear()
    assert published.app is published.app
    assert published.app.main == "capacity_sync"
    tasks.application_of_environment.cache_clear()
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = published.nothing


def test_a_lost_worker_loses_nothing(site):
    conf = configuration(site.settings)

    assert (conf["task_acks_late"], conf["task_reject_on_worker_lost"], conf["worker_prefetch_multiplier"]) == (
        True, True, 1)
    assert (conf["accept_content"], conf["task_serializer"], conf["result_serializer"]) == (["json"], "json", "json")


def test_beat_keeps_the_hours_of_the_configured_zone(desk, monkeypatch):
    monkeypatch.setenv("CAPACITY_SYNC_BROKER", "memory://")
    desk.fleet("timezone: Europe/Berlin\ninstances: [{name: a, engine: scripted, host: h}]")
    app = worker_application(current_site())
    due = {entry["task"]: entry["schedule"] for entry in app.conf.beat_schedule.values()}
    now = datetime(2026, 7, 1, 0, 30, tzinfo=UTC)   # half past two in Berlin
    hours = {}
    for task in (SIZES, AGGREGATES):
        due[task].app, due[task].nowfun = app, lambda: now.astimezone(app.timezone)
        hours[task] = now + due[task].remaining_estimate(now)

    assert hours == {SIZES: now + timedelta(minutes=30), AGGREGATES: now + timedelta(minutes=90)}


@pytest.mark.parametrize(("written", "expected"), [
    ("redis://q", 900.0), ("amqp://q", None), ("sentinel://q", 900.0)])
def test_redis_waits_for_the_longest_deadline_before_it_gives_a_message_away_again(tmp_path, written, expected):
    settings = Settings.from_mapping({"celery": {"broker": written}, "instances": [
        {"name": "a", "engine": "sqlite", "path": "a"}]}, tmp_path, environ={})

    assert transport_options(settings).get("visibility_timeout") == expected


def test_what_is_said_of_celery_reaches_its_place(tmp_path):
    said = {"broker": f"redis://:{SECRET}@q/0", "results": "redis://r", "queue": "sizes", "route_by": "site",
            "redeliver_after": "5m"}
    settings = Settings.from_mapping({"celery": said}, tmp_path, environ={})

    assert settings.queueing == Queueing(f"redis://:{SECRET}@q/0", "redis://r", "sizes", "site", 300.0)
    assert transport_options(settings)["visibility_timeout"] == 300
    assert SECRET not in repr(settings)


def test_the_variable_wins_and_redis_keeps_reports_too(tmp_path):
    outside = {"CAPACITY_SYNC_BROKER": "rediss://other"}
    settings = Settings.from_mapping({"celery": {"broker": "redis://q"}}, tmp_path, environ=outside)

    assert settings.queueing == Queueing("rediss://other", "rediss://other")
    assert Settings.of_store(environ=outside).queueing.broker == "rediss://other"
    with pytest.raises(ConfigurationRefused, match="CAPACITY_SYNC_BROKER: not a broker's URL"):
        Settings.of_store(environ={"CAPACITY_SYNC_BROKER": "queue"})


@pytest.mark.parametrize(("tags", "queue"), [
    ({}, "sizes"), ({"site": "berlin"}, "sizes.berlin"), ({"x": "y"}, "sizes")])
def test_instances_are_routed_by_a_tag(tags, queue):
    queueing = Queueing("memory://", queue="sizes", route_by="site")

    assert queueing.queue_of(Instance("a", "scripted", tags=tags)) == queue


def test_errands_go_to_the_queues_of_their_instances(desk, monkeypatch):
    monkeypatch.setenv("CAPACITY_SYNC_BROKER", "memory://")
    desk.servers |= {"a": ScriptedServer(), "b": ScriptedServer()}
    desk.fleet("celery: {route_by: site}\ninstances:\n"
               "- {name: a, engine: scripted, host: h, tags: {site: berlin}}\n- {name: b, engine: scripted, host: h}")
    app = worker_application(current_site())
    app.tasks[SIZES].apply().get()

    assert [one["instance"] for one in waiting(app, "capacity_sync.berlin")] == ["a"]
    assert [(one["instance"], one["place"]) for one in waiting(app)] == [("b", socket.gethostname())]


@pytest.mark.parametrize(("options", "said"), [
    ([], "fleet.yaml: no broker; write one under celery:"),
    (["--dry-run"], "--dispatch: --dry-run is done here, without workers"),
    (["--workers", "3"], "--dispatch: --workers is for this process"),
])
def test_what_cannot_be_dispatched_is_refused(desk, options, said):
    desk.serve(billing=ScriptedServer({"db": 10}))
    answer = desk("sync", "--dispatch", "celery", *options)

    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert answer.err.startswith(said)


def test_without_celery_the_way_to_it_is_said(desk, monkeypatch):
    from capacity_sync.entrypoints.cli import dispatching

    monkeypatch.setattr(dispatching, "find_spec", lambda name: None)
    desk.serve(billing=ScriptedServer({"db": 10}))
    answer = desk("sync", "--dispatch", "celery")

    assert (answer.code, answer.err) == (
        2, "the package celery is not installed: pip install 'capacity-sync[celery]'\n")


def test_who_dispatches_needs_no_secret(desk):
    desk.fleet("instances: [{name: a, engine: scripted, host: h, password: {env: NOBODY_SET_THIS}}]")

    assert "NOBODY_SET_THIS" in desk("sync").err
    assert "no broker" in desk("sync", "--dispatch", "celery").err
