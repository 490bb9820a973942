"""An adopted schema on PostgreSQL and the names of a fleet: what is not there is said before anything runs."""
import pytest

from capacity_sync.adapters.stores.sql.schema import upgrade
from capacity_sync.testing.engines import ScriptedServer
from tests.entrypoints.conftest import desk  # noqa: F401 - a fixture
from tests.stores.test_adopted_postgresql import rows, text_of


@pytest.fixture
def call(desk, postgresql_host):  # noqa: F811 - the fixture
    """The command over an adopted store that knows `orders` and `billing`; `shop` is a database of both."""
    upgrade(postgresql_host)

    def call(*arguments):
        return desk("--store", text_of(postgresql_host), *arguments)
    call.serve = desk.serve
    return call


def written(engine):
    return [rows(engine, f"SELECT * FROM {table} ORDER BY 1") for table in (
        "instances", "instance_databases", "capacity_sync_runs", "database_lifecycle_events")]


def test_names_that_the_host_does_not_have_are_refused_in_one_line_and_nothing_is_written(call, postgresql_host):
    call.serve(orders=ScriptedServer({"shop": 1}), Billing=ScriptedServer({"shop": 1}), new=ScriptedServer({"x": 1}))
    before = written(postgresql_host)
    answer = call("sync")

    assert (answer.code, answer.out) == (2, "")
    assert answer.err == (
        "the adopted table `instances` has no Billing, new: add what is missing in the application that owns the "
        "table, or correct the name in the fleet file\n")
    assert written(postgresql_host) == before


def test_one_name_that_is_there_is_synced_beside_others_that_are_not(call, postgresql_host):
    call.serve(orders=ScriptedServer({"shop": 1 << 20}), new=ScriptedServer({"x": 1}))

    assert call("sync", "orders").code == 0
    assert rows(postgresql_host, "SELECT instance_id, database_name, size_bytes FROM database_size_stats "
                                 "WHERE size_bytes IS NOT NULL") == [(41, "shop", 1 << 20)]
    assert call("sync", "new").code == 2


def test_instances_of_the_host_that_the_fleet_does_not_name_are_left_as_they_are(call, postgresql_host):
    call.serve(orders=ScriptedServer({"shop": 1 << 20}))
    before = rows(postgresql_host, "SELECT * FROM instances ORDER BY id")

    assert call("sync").code == 0
    assert rows(postgresql_host, "SELECT * FROM instances ORDER BY id") == before


def test_a_dry_run_refuses_the_same_names(call):
    call.serve(new=ScriptedServer({"x": 1}))
    answer = call("sync", "--dry-run")

    assert answer.code == 2
    assert answer.err.startswith("the adopted table `instances` has no new: ")
