"""Another try in the same run: of what, how often, and what the report says of it."""
import pytest

from capacity_sync.domain.instance import Timeouts
from capacity_sync.domain.outcomes import (
    AuthenticationFailed,
    Category,
    ServerTooBusy,
    ServerUnavailable,
    ServerUnreachable,
    TimedOut,
)
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import Raises
from capacity_sync.use_cases.run import RunContext
from capacity_sync.use_cases.steps import Visit

RESET = ServerUnreachable("connection reset", code="104")
ALL = ["connect", "fetch_inventory", "fetch_capacity", "close"]


@pytest.fixture
def world(world):
    world.settings["retries"] = 2
    return world


@pytest.mark.parametrize("error", [RESET, ServerUnavailable("starting up"), ServerTooBusy("too many")], ids=repr)
def test_a_connection_that_is_refused_is_opened_again(world, error):
    server = world.server(db=1)
    server.script["connect"] = [Raises(error), Raises(error)]
    report = world.sync_one()

    assert (report.status, report.error, world.sizes()) == (Status.COMPLETED, None, {"db": 1})
    assert server.calls == ["connect", "connect", *ALL]
    assert [(w.category, w.message) for w in report.warnings] == [
        (error.category, f"tried again after: {error.failure.message}")]


def test_a_connection_that_is_lost_before_the_inventory_begins_all_of_it_again(world):
    server = world.server(db=1)
    server.script["fetch_inventory"] = [Raises(RESET)]
    report = world.sync_one()

    assert (report.status, server.open_connections) == (Status.COMPLETED, 0)
    assert server.calls == ["connect", "fetch_inventory", "close", *ALL]


@pytest.mark.parametrize("call", ["connect", "fetch_inventory"])
def test_after_the_last_try_the_error_says_how_many_there_were(world, call):
    server = world.server(db=1)
    server.script[call] = [Raises(RESET)] * 9
    report = world.sync_one()

    assert (report.status, report.error.message, report.error.code, report.warnings) == (
        Status.FAILED, "connection reset (tried 3 times)", "104", ())
    assert (server.calls.count("connect"), server.open_connections) == (3, 0)
    assert world.record("run-1").instances[0].error == report.error


@pytest.mark.parametrize("error", [AuthenticationFailed("wrong password"), TimedOut("slow")], ids=repr)
@pytest.mark.parametrize("call", ["connect", "fetch_inventory", "fetch_capacity"])
def test_a_wrong_password_and_a_slow_server_are_asked_once(world, call, error):
    server = world.server(db=1)
    server.script[call] = [Raises(error)]
    report = world.sync_one()

    assert (report.error.category, report.error.message) == (error.category, str(error))
    assert (server.calls.count(call), server.calls.count("connect")) == (1, 1)


def test_a_server_that_was_killed_while_it_was_measured_is_asked_once_more(world):
    server = world.server(a=1, b=2)
    server.script["fetch_capacity"] = [Raises(RESET)]
    report = world.sync_one()

    assert (report.status, world.sizes()) == (Status.COMPLETED, {"a": 1, "b": 2})
    assert report.inventory.created == 2
    assert server.calls == [*ALL, "connect", "fetch_capacity", "close"]


def test_one_that_stays_away_keeps_its_inventory_and_names_every_target(world):
    server = world.server(a=1, b=2)
    server.script["fetch_capacity"] = [Raises(RESET)]
    server.script["connect"] = [None, Raises(ServerUnavailable("starting up"))]
    report = world.sync_one()

    assert (report.status, report.error.category, world.active()) == (
        Status.FAILED, Category.UNAVAILABLE, ["a", "b"])
    assert [u.failure.message for u in report.capacity.unmeasured] == ["starting up"] * 2
    assert (server.calls.count("connect"), server.open_connections) == (2, 0)


def test_sizes_alone_are_tried_again_too(world):
    world.server(db=1)
    world.sync_one()
    world.servers["one"].script["connect"] = [Raises(RESET)]

    assert world.coordinator().collect_capacity(world.instance()).status is Status.COMPLETED


@pytest.mark.parametrize("call", ["fetch_inventory", "fetch_capacity"])
def test_a_connection_of_the_caller_s_is_neither_closed_nor_opened_again(world, call):
    server = world.server(db=1)
    adapter = world.engines().adapters[0]
    visit = Visit(world.instance(), adapter, adapter.connect(world.instance(), None), RunContext(world.clock.stamp()))
    server.script[call] = [Raises(RESET)]
    report = world.coordinator().collect_and_save_over(visit)

    assert (report.status, report.error.message) == (Status.FAILED, "connection reset")
    assert (server.open_connections, server.calls.count("connect"), server.calls.count("close")) == (1, 1, 0)


def test_without_retries_there_is_one_try(world):
    world.settings["retries"] = 0
    server = world.server(db=1)
    server.script["connect"] = [Raises(RESET)]

    assert (world.sync_one().error.message, server.calls) == ("connection reset", ["connect"])


def test_tries_share_one_deadline_and_an_engine_is_told_what_is_left(world):
    told = []

    class Watched:
        def __init__(self, adapter):
            self.adapter = adapter

        def __getattr__(self, name):
            return getattr(self.adapter, name)

        def connect(self, instance, password):
            told.append(instance.timeouts.deadline)
            return self.adapter.connect(instance, password)

    world.adapted = Watched
    world.settings["timeouts"] = Timeouts(deadline=100)
    world.server(db=1).script["connect"] = [Raises(RESET), Raises(RESET)]
    world.sync_one()

    assert told == sorted(told, reverse=True)
    assert len(set(told)) == 3
    assert all(80 < seconds <= 98 for seconds in told)


def test_no_connection_is_opened_when_no_time_is_left(world):
    world.settings["timeouts"] = Timeouts(deadline=3)
    server = world.server(db=1)
    server.script["connect"] = [Raises(RESET)] * 9
    report = world.sync_one()

    assert (report.status, report.error.category) == (Status.FAILED, Category.TIMEOUT)
    assert report.error.message == "no time is left for a connection: 3 s are all there is"
    assert server.calls.count("connect") < 3
