"""Check and browse: use cases that write nothing."""
from datetime import date

from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category, ServerUnreachable
from capacity_sync.domain.standing import Standing
from capacity_sync.testing.engines import HIDDEN, Raises
from capacity_sync.use_cases.history import HistoryReader


def test_check_says_per_instance_what_is_missing_and_what_mends_it(world):
    world.server("good")
    world.server("blind").completeness = Completeness.VISIBLE_ONLY
    world.server("dead").script["connect"] = [Raises(ServerUnreachable("refused"))]
    good, blind, dead = world.check("good", "blind", "dead")

    assert (good.healthy, blind.healthy, dead.healthy) == (True, False, False)
    assert blind.diagnosis.missing == (HIDDEN,)
    assert dead.error.category is Category.NETWORK
    assert all(server.open_connections == 0 for server in world.servers.values())
    assert world.store._committed.runs == {}


def test_check_closes_the_connection_when_the_diagnosis_fails(world):
    server = world.server("a")
    server.script["diagnose"] = [Raises(KeyError("x"))]

    assert world.check("a")[0].error.category is Category.INTERNAL
    assert server.open_connections == 0


def test_lists_are_chosen_by_instance_engine_and_activity(world):
    world.server("a", x=1, y=2, z=3)
    world.server("b", x=3)
    world.sync()
    del world.servers["a"].sizes["y"]
    world.sync()
    browser = world.browser()

    assert browser.instances() == ["a", "b"]
    assert [(k.instance, k.database.name) for k in browser.databases()] == [("a", "x"), ("a", "z"), ("b", "x")]
    assert [k.database.name for k in browser.databases(instances=["a"], with_inactive=True)] == ["x", "y", "z"]
    assert browser.databases(engine="other") == []
    assert [(s.instance, s.engine, s.size.size_bytes) for s in browser.sizes(instances=["b"])] == [("b", "scripted", 3)]


def test_sizes_are_those_of_the_latest_day_or_of_the_one_asked_for(world):
    server = world.server("a", x=1)
    world.sync()
    server.sizes["x"] = 2
    world.clock.pass_days(1)
    world.sync()
    browser = world.browser()

    assert [s.size.size_bytes for s in browser.sizes()] == [2]
    assert [s.size.size_bytes for s in browser.sizes(day=date(2026, 3, 1))] == [1]
    assert browser.sizes(day=date(2020, 1, 1)) == []


def test_an_instance_without_sizes_lists_none(world):
    world.server("a")
    world.sync()

    assert world.browser().sizes() == []


def test_what_a_run_changed_is_found_by_instance(world):
    world.server("a", x=1)
    world.server("b", x=1)
    world.sync()
    world.servers["a"].sizes["y"] = 1
    world.sync()
    browser = world.browser()

    assert {name: [event.database_name for event in events] for name, events in browser.happened("run-2").items()} == {
        "a": ["y"]}
    assert set(browser.happened("run-1")) == {"a", "b"}
    assert browser.happened("run-3") == {}


def test_the_standing_is_the_newest_of_everything(world):
    history = HistoryReader(world.unit_of_work)
    assert history.standing() == Standing()

    server = world.server("a", x=1)
    world.sync()
    server.sizes["x"] = 2
    world.clock.pass_days(1)
    world.sync()
    standing = history.standing()

    assert [row.size.size_bytes for row in standing.sizes] == [2]
    assert [row.total.total_bytes for row in standing.totals] == [2]
    assert [(row.outcome.name, row.completed_at) for row in standing.outcomes] == [("a", world.clock.now)]
    assert standing.last_run.run_id == "run-2"
