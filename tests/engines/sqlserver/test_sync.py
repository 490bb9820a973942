"""Whole syncs, through the composition that users run: what the store holds after each."""
from datetime import timedelta

import pytest
from attrs import Factory, define

from capacity_sync.adapters.engines.connections import EngineConnections
from capacity_sync.adapters.engines.installed import InstalledEngines
from capacity_sync.adapters.secrets import HostSecrets
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category
from capacity_sync.domain.sync_report import Status
from capacity_sync.use_cases.capacity_persistence import CapacityPersistence
from capacity_sync.use_cases.coordinator import CapacitySyncCoordinator
from capacity_sync.use_cases.diagnosis import FleetCheck
from capacity_sync.use_cases.inventory_manager import InventoryManager
from tests.engines.sqlserver.visits import instance_at
from tests.servers.sqlserver import BORN, FILESTREAM, LOG, MONITOR, OFFLINE, PUBLIC, File
from tests.servers.tds_tokens import Message
from tests.use_cases.world import World

PAGE = 8192
DROPPED = "dropped"


@define
class Fleet(World):
    """One instance of the real engine, and all the rest of the small world."""

    port: int = 0
    changes: dict = Factory(dict)

    def coordinator(self):
        engines = InstalledEngines()
        return CapacitySyncCoordinator(engines, EngineConnections(engines, HostSecrets()), self.unit_of_work,
                                       InventoryManager(self.filters), CapacityPersistence(), self.clock, self.retrying)

    def instance(self, name="one"):
        return instance_at(self.port, **self.changes)


@pytest.fixture
def fleet(server):
    server.permissions = MONITOR
    with server.listening() as wire:
        yield Fleet(port=wire.port)


def test_sizes_logs_and_the_overhead_are_stored(server, fleet):
    server.add("sales", File(size=100), File(LOG, 7))
    report = fleet.sync_one()

    assert (report.status, report.server_version) == (Status.COMPLETED, "16.0.4125.3")
    assert report.inventory.completeness is Completeness.COMPLETE
    assert fleet.sizes() == {"sales": 100 * PAGE}
    assert report.capacity.total_bytes == 100 * PAGE
    assert report.facts.overhead_bytes == 4 * 512 * PAGE
    assert report.warnings == ()


def test_system_databases_are_there_when_they_are_wanted(server, fleet):
    fleet.changes = {"include_system": True}
    server.add("sales")
    report = fleet.sync_one()

    assert set(fleet.sizes()) == {"master", "model", "msdb", "tempdb", "sales"}
    assert report.facts.overhead_bytes is None


def test_a_login_that_sees_no_files_gets_every_reason_and_no_zero(server, fleet):
    server.permissions = PUBLIC
    for number in range(10):
        server.add(f"db{number}")
    report = fleet.sync_one()

    assert len(report.inventory.active_databases) == 10
    assert report.status is Status.FAILED
    assert fleet.sizes() == {}
    assert {u.failure.remedy for u in report.capacity.unmeasured} == {"GRANT VIEW ANY DEFINITION TO [monitor];"}
    assert report.error.category is Category.PERMISSION


def test_one_that_cannot_be_measured_makes_the_instance_partial(server, fleet):
    server.add("streams", File(size=10), File(FILESTREAM, 0, inside=5), door=Message(916, 14, "no user"))
    server.add("sales", File(size=10))
    report = fleet.sync_one()

    assert report.status is Status.PARTIAL
    assert (fleet.sizes(), report.capacity.total_bytes) == ({"sales": 10 * PAGE}, 10 * PAGE)


def test_a_dropped_database_leaves_at_once(server, fleet):
    for name in ("a", "b", "c"):
        server.add(name)
    fleet.sync_one()
    server.drop("b")
    report = fleet.sync_one()

    assert (report.status, fleet.active()) == (Status.COMPLETED, ["a", "c"])
    assert ("deactivated", "b", DROPPED) in fleet.events()


class TestAnOfflineDatabase:
    @pytest.fixture(autouse=True)
    def three(self, server, fleet):
        for name in ("a", "b", "c"):
            server.add(name, File(size=10))
        fleet.sync_one()

    def offline(self, server, **facts):
        server.named("b").state = OFFLINE
        for name, value in facts.items():
            setattr(server.named("b"), name, value)
        server.changed()

    def test_whose_name_is_told_stays_and_keeps_its_size(self, server, fleet):
        self.offline(server)
        fleet.clock.pass_days(1)
        report = fleet.sync_one()

        assert (report.status, fleet.active()) == (Status.COMPLETED, ["a", "b", "c"])
        assert report.capacity.total_bytes == 30 * PAGE
        assert fleet.known()["b"].state == "HIDDEN"
        assert fleet.known()["b"].identity == "6:2024-01-02T03:04:05.123"

    def test_whose_name_is_hidden_is_held_while_a_dropped_one_leaves(self, server, fleet):
        self.offline(server, is_named=False)
        server.drop("c")
        report = fleet.sync_one()

        assert (report.status, report.inventory.held) == (Status.HELD, ("b",))
        assert fleet.active() == ["a", "b"]
        assert ("deactivated", "c", DROPPED) in fleet.events()

    def test_that_comes_back_was_never_gone(self, server, fleet):
        self.offline(server, is_named=False)
        fleet.sync_one()
        server.named("b").state = 0
        server.changed()
        report = fleet.sync_one()

        assert (report.status, report.inventory.held) == (Status.COMPLETED, ())
        assert [kind for kind, name, _ in fleet.events() if name == "b"] == ["created", "held"]

    def test_of_a_login_that_sees_no_files_is_held_like_every_absence(self, server, fleet):
        server.permissions = PUBLIC
        self.offline(server)
        server.drop("c")
        report = fleet.sync_one()

        assert report.inventory.held == ("b", "c")
        assert report.warnings[0].remedy == "GRANT VIEW ANY DEFINITION TO [monitor];"


def test_the_same_name_made_anew_is_another_incarnation(server, fleet):
    server.add("sales")
    fleet.sync_one()
    server.drop("sales")
    server.add("sales", create_date=BORN + timedelta(hours=1))
    report = fleet.sync_one()

    assert report.inventory.recreated == 1
    assert ("recreated", "sales", None) in fleet.events()


def test_a_restart_of_the_server_recreates_nothing(server, fleet):
    fleet.changes = {"include_system": True}
    fleet.sync_one()
    server.named("tempdb").create_date = BORN + timedelta(days=30)
    server.changed()
    report = fleet.sync_one()

    assert (report.inventory.recreated, report.status) == (0, Status.COMPLETED)


def test_databases_of_babelfish_are_listed_and_unmeasured(server, fleet):
    server.babelfish, server.edition = True, 2
    server.add("sales")
    report = fleet.sync_one()

    assert (report.status, report.inventory.active_databases) == (Status.PARTIAL, ("sales",))
    assert [(u.database_name, u.failure.category) for u in report.capacity.unmeasured] == [
        ("sales", Category.UNSUPPORTED)]


def test_a_check_names_what_is_missing(server, fleet):
    server.permissions = PUBLIC
    server.add("sales")
    engines = InstalledEngines()
    (found,) = FleetCheck(engines, EngineConnections(engines, HostSecrets())).check([fleet.instance()])

    assert [f.remedy for f in found.diagnosis.missing] == ["GRANT VIEW ANY DEFINITION TO [monitor];"]
