"""The old scheduled task: what is a failure, and that it stops no other."""
from datetime import date

import pytest

from capacity_sync import Container, Settings
from capacity_sync.domain.outcomes import Category, Failure, ServerTooBusy, ServerUnreachable, StoreFailed, StoreRefused
from capacity_sync.legacy import collect_all_instances_database_sizes
from capacity_sync.testing.engines import Raises, Waits
from tests.entrypoints.legacy.conftest import HostInstance
from tests.stores import legacy as adopted_schema

DAY = date(2026, 3, 2)
DENIED = Failure(Category.PERMISSION, "denied", "42501", "GRANT it")


@pytest.fixture
def run(legacy):
    """The task, over instances of these names."""
    def run(*names, **attributes):
        return collect_all_instances_database_sizes(
            container=legacy.container, instances=[HostInstance(name, **attributes) for name in names])
    return run


def test_no_instances_is_a_success(run):
    assert run() == {"status": "success", "total_instances": 0, "processed_instances": 0, "total_records": 0,
                     "errors": []}


def test_inactive_instances_are_left_out(run):
    assert run("orders", is_active=False)["total_instances"] == 0


def test_the_days_are_those_of_the_old_zone(run, legacy):
    legacy.server(sizes={"shop": 1})

    assert run("orders")["total_records"] == 1
    assert legacy.sizes(DAY).keys() == {"shop"}


def test_one_run_is_recorded_with_all_of_them(run, legacy):
    for name in ("orders", "billing"):
        legacy.server(name, sizes={"shop": 1})
    run("orders", "billing")

    record, = legacy.container.browser().runs(9)
    assert {one.name for one in legacy.container.browser().run(record.run_id).instances} == {"orders", "billing"}


def test_instances_do_not_wait_for_one_another(run, legacy):
    """The legacy took them one after another: a slow one held up all that came after it."""
    for name in ("slow", "a", "b", "c"):
        legacy.server(name, sizes={"shop": 1})
    legacy.servers["slow"].script["fetch_inventory"] = [Waits(1)]

    assert run("slow", "a", "b", "c")["processed_instances"] == 4
    record, = legacy.container.browser().runs(1)
    finished = [one.name for one in legacy.container.browser().run(record.run_id).instances]
    assert (sorted(finished), finished[-1]) == (["a", "b", "c", "slow"], "slow")


def test_every_kind_of_failure_is_told_and_the_rest_goes_on(run, legacy):
    legacy.server("orders", sizes={"shop": 1})
    legacy.server("down", script={"connect": [Raises(ServerUnreachable("no route"))] * 3})
    legacy.server("denied", sizes={"shop": 1}, lost={"shop": DENIED})

    result = run("down", "a/b", "denied", "orders")

    assert (result["status"], result["total_instances"]) == ("partial_success", 4)
    assert (result["processed_instances"], result["total_records"]) == (1, 1)
    assert sorted(error.partition(":")[0] for error in result["errors"]) == ["a/b", "denied", "down"]
    assert "denied: denied (42501); GRANT it" in result["errors"]


def test_an_instance_that_somebody_else_syncs_is_told_and_nothing_is_done_twice(run, legacy):
    for name in ("orders", "billing"):
        legacy.server(name, sizes={"shop": 1})
    leases = legacy.container.unit_of_work().leases
    leases.take("instance orders", 3600)

    done = run("orders", "billing")

    assert (done["status"], done["processed_instances"], done["total_records"]) == ("partial_success", 1, 1)
    assert done["errors"][0].startswith("orders: another sync of this instance is under way")
    assert legacy.servers["orders"].calls == []
    with legacy.service() as service, pytest.raises(ServerTooBusy, match="another sync of this instance"):
        service.collect_and_save()
    leases.release("instance orders")
    assert run("orders")["total_records"] == 1


def test_an_instance_that_lists_nothing_while_databases_are_active_failed(run, legacy):
    server = legacy.server(sizes={"shop": 1})
    run("orders")
    server.sizes.clear()

    result = run("orders")
    assert (result["status"], result["processed_instances"]) == ("partial_success", 0)
    assert "1 databases are active" in result["errors"][0]


def test_a_database_that_cannot_be_measured_costs_no_other(run, legacy):
    legacy.server(sizes={"shop": 1, "audit": 2}, lost={"audit": DENIED})

    result = run("orders")
    assert (result["status"], result["processed_instances"], result["total_records"]) == ("success", 1, 1)


def test_a_broken_store_is_raised(run, legacy, monkeypatch):
    legacy.server(sizes={"shop": 1})
    monkeypatch.setattr("capacity_sync.adapters.stores.sql.unit_of_work.SqlUnitOfWork.commit", _broken)

    with pytest.raises(StoreFailed):
        run("orders")


def _broken(self):
    raise OSError(28, "no space left")


@pytest.fixture
def adopted(legacy, settings):
    """The same world over a store that the host owns: its `instances` are orders and billing."""
    from capacity_sync.adapters.stores.sql.opening import open_store

    engine = open_store(settings["store"])
    adopted_schema.fill(engine)
    engine.dispose()
    return legacy


def test_a_legacy_store_that_was_not_adopted_is_refused(adopted, run):
    with pytest.raises(StoreRefused, match="store upgrade"):
        run("orders")


def test_instances_that_the_adopted_store_does_not_have_stop_no_other(adopted, run):
    adopted.container.maintenance().upgrade()
    adopted.server(sizes={"shop": 1})

    result = run("orders", "stranger")
    assert (result["processed_instances"], result["total_records"]) == (1, 1)
    assert result["errors"][0].startswith("stranger: the adopted table")


def test_without_arguments_it_takes_the_environments(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAPACITY_SYNC_CONFIG", "fleet.yaml")
    (tmp_path / "fleet.yaml").write_text("instances: [{name: files, engine: sqlite, path: nowhere}]")

    result = collect_all_instances_database_sizes()
    assert (result["status"], result["total_instances"]) == ("partial_success", 1)
    settings = Settings.load("fleet.yaml")
    assert [run.status.value for run in Container.from_settings(settings).browser().runs(5)] == ["failed"]
