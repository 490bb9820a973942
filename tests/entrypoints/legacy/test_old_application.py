"""The old application runs unchanged, on a store whose schema it owns."""
from datetime import date

import pytest
from attrs import define
from dependency_injector import providers

from capacity_sync.adapters.engines.installed import InstalledEngines
from capacity_sync.domain.outcomes import ServerUnreachable
from capacity_sync.testing.engines import Raises, ScriptedAdapter, ScriptedEngines, ScriptedServer
from tests.entrypoints.legacy import old_application as old
from tests.entrypoints.legacy.conftest import HandClock

MIB = 1024 * 1024


@define
class OldApp:
    app: object
    servers: dict[str, ScriptedServer]

    def post(self, instance_id):
        return self.app.test_client().post(f"/instances/{instance_id}/sync-capacity")

    def capacity(self, instance_id):
        return self.app.test_client().get(f"/instances/{instance_id}/capacity").json

    def run_task(self):
        return old.scheduled_task(self.app)

    def rows(self, model):
        with self.app.app_context():
            return model.query.order_by(model.id).all()


@pytest.fixture
def legacy_app(tmp_path):
    """Two instances in the host's own tables, adopted; history of the old service among them."""
    app = old.create_app(f"sqlite:///{tmp_path}/host.db")
    servers = {"orders": ScriptedServer({"shop": 3 * MIB + 1, "temp_x": 5 * MIB}, logs={"shop": MIB}),
               "billing": ScriptedServer({"ledger": 7 * MIB + 1})}
    with app.app_context():
        old.db.create_all()
        login = old.Credential(username="monitor", scrambled="2retnuh")
        for name, kind in (("orders", "mysql"), ("billing", "postgresql")):
            old.db.session.add(old.Instance(name=name, db_type=kind, host="db1", port=1, credential=login))
        old.db.session.add(old.Instance(name="retired", db_type="mysql", host="db2", port=1, is_active=False))
        old.db.session.flush()
        old.db.session.add(old.DatabaseSizeStat(instance_id=1, database_name="shop", size_mb=3,
                                                collected_date=date(2025, 1, 1), collected_at=old.now()))
        old.db.session.commit()
    container = app.extensions["capacity_sync"].container
    container.maintenance().upgrade()
    engines = providers.Object(ScriptedEngines(
        ScriptedAdapter(servers, InstalledEngines().adapter(kind).traits) for kind in ("mysql", "postgresql")))
    container.engines.override(engines)
    container.connections.override(engines)
    container.clock.override(providers.Object(HandClock()))
    return OldApp(app, servers)


def test_its_route_syncs_one_instance(legacy_app):
    answer = legacy_app.post(1)

    assert answer.status_code == 200
    assert answer.json == {
        "success": True, "saved_count": 2, "total_size_mb": 9, "database_count": 2,
        "inventory": {"created": 2, "refreshed": 0, "reactivated": 0, "deactivated": 0,
                      "active_databases": ["shop", "temp_x"], "filtered_databases": [],
                      "synchronized_databases": ["shop", "temp_x"]}}


def test_its_models_read_what_was_written(legacy_app):
    legacy_app.post(1)

    assert legacy_app.capacity(1) == [
        {"database_name": "shop", "size_mb": 3, "log_size_mb": None, "collected_date": "2025-01-01"},
        {"database_name": "shop", "size_mb": 4, "log_size_mb": 1, "collected_date": "2026-03-02"},
        {"database_name": "temp_x", "size_mb": 5, "log_size_mb": None, "collected_date": "2026-03-02"},
    ]
    known = [(row.database_name, row.is_active, row.first_seen_date) for row in legacy_app.rows(old.InstanceDatabase)]
    assert known == [("shop", True, date(2026, 3, 2)), ("temp_x", True, date(2026, 3, 2))]
    total, = legacy_app.rows(old.InstanceSizeStat)
    assert (total.instance_id, total.total_size_mb, total.database_count, total.is_deleted) == (1, 9, 2, False)
    assert total.collected_date == date(2026, 3, 2)


def test_its_route_says_when_an_instance_cannot_be_reached(legacy_app):
    legacy_app.servers["orders"].script["connect"] = [Raises(ServerUnreachable("refused")) for _ in range(2)]

    assert legacy_app.post(1).status_code == 502
    assert legacy_app.rows(old.InstanceDatabase) == []


def test_its_task_syncs_all_active_instances(legacy_app):
    assert legacy_app.run_task() == {
        "status": "success", "total_instances": 2, "processed_instances": 2, "total_records": 3, "errors": []}
    assert {row.database_name for row in legacy_app.rows(old.DatabaseSizeStat)} == {"shop", "temp_x", "ledger"}


def test_one_failing_instance_stops_no_other(legacy_app):
    legacy_app.servers["orders"].script["connect"] = [Raises(ServerUnreachable("no route to db1"))] * 3

    assert legacy_app.run_task() == {
        "status": "partial_success", "total_instances": 2, "processed_instances": 1, "total_records": 1,
        "errors": ["orders: no route to db1 (tried 3 times)"]}


def test_a_credential_that_cannot_be_read_stops_no_other(legacy_app, monkeypatch):
    def broken(self):
        raise RuntimeError("the key 'k1' is missing")

    monkeypatch.setattr(old.Credential, "get_plain_password", broken)
    result = legacy_app.run_task()

    assert (result["status"], result["processed_instances"]) == ("partial_success", 0)
    assert len(result["errors"]) == 2
    assert "k1" not in str(result)


def test_the_table_of_its_instances_is_never_written(legacy_app):
    def instances():
        return [(i.name, i.db_type, i.main_version, i.is_active, i.updated_at) for i in legacy_app.rows(old.Instance)]

    before = instances()
    legacy_app.run_task()

    assert instances() == before


def test_running_again_on_the_same_day_gives_the_same_rows(legacy_app):
    def rows():
        return [(row.id, row.size_mb, row.created_at) for row in legacy_app.rows(old.DatabaseSizeStat)]

    legacy_app.run_task()
    before = rows()
    legacy_app.run_task()
    legacy_app.post(1)

    assert rows() == before
