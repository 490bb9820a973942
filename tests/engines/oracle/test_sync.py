"""Whole syncs, through the composition that users run: what the store holds after each."""
from contextlib import contextmanager

from attrs import Factory, define

from capacity_sync.adapters.engines.connections import EngineConnections
from capacity_sync.adapters.engines.installed import InstalledEngines
from capacity_sync.adapters.secrets import HostSecrets
from capacity_sync.domain.instance import PlainSecret
from capacity_sync.domain.outcomes import Category
from capacity_sync.domain.sync_report import Status
from capacity_sync.use_cases.capacity_persistence import CapacityPersistence
from capacity_sync.use_cases.coordinator import CapacitySyncCoordinator
from capacity_sync.use_cases.inventory_manager import InventoryManager
from tests.engines.oracle.databases import root, single
from tests.engines.oracle.served import PASSWORD, instance_at, server_of
from tests.servers.oracle_catalog import File, Pdb
from tests.servers.tns import Misbehaviour, OracleError
from tests.use_cases.world import World


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
        return instance_at(self.port, name=name, password=PlainSecret(PASSWORD), **self.changes)

    @contextmanager
    def against(self, oracle):
        """The next day, the server is as *oracle* says."""
        with server_of(oracle) as server:
            self.port = server.port
            self.clock.pass_days(1)
            yield self


def day(fleet, oracle):
    with fleet.against(oracle):
        return fleet.sync_one()


def test_every_tablespace_is_stored_with_its_size():
    fleet = Fleet()
    report = day(fleet, single())

    assert (report.status, report.server_version) == (Status.COMPLETED, "19.0.0.0.0")
    assert fleet.sizes() == {"SYSTEM": 1000, "SYSAUX": 500, "UNDOTBS1": 200, "TEMP": 70, "USERS": 150}


def test_system_tablespaces_are_overhead_where_they_are_not_wanted():
    fleet = Fleet(changes={"include_system": False})
    report = day(fleet, single())

    assert fleet.sizes() == {"USERS": 150}
    assert report.facts.overhead_bytes == 1770


def test_a_tablespace_without_a_size_makes_the_sync_partial():
    report = day(Fleet(), single().tablespace("OLD", File(None)))

    assert report.status is Status.PARTIAL
    assert [lost.database_name for lost in report.capacity.unmeasured] == ["OLD"]


def test_a_database_that_closes_fails_the_day_and_touches_nothing():
    fleet = Fleet()
    day(fleet, single())
    before = fleet.known()
    closing = single()
    closing.refuses["dba_tablespaces"] = OracleError(1089, "immediate shutdown or close in progress", ends=True)
    report = day(fleet, closing)

    assert (report.status, report.error.category) == (Status.FAILED, Category.UNAVAILABLE)
    assert fleet.known() == before


def test_a_connection_lost_between_the_phases_keeps_the_inventory_of_the_first():
    fleet = Fleet()
    lost = single()
    lost.refuses["dba_data_files"] = Misbehaviour.RESET
    report = day(fleet, lost)

    assert report.status is Status.FAILED
    assert report.inventory.created == 5
    assert {failure.category for failure in (u.failure for u in report.capacity.unmeasured)} == {Category.NETWORK}


def test_closing_a_pluggable_database_drops_nothing():
    fleet = Fleet()
    day(fleet, root((Pdb(3, "PDB1", guid="A1"),)))
    before = fleet.sizes()
    report = day(fleet, root((Pdb(3, "PDB1", "MOUNTED", guid="A1"),)))

    assert (report.status, report.inventory.deactivated) == (Status.COMPLETED, 0)
    assert fleet.sizes() == before


def test_tablespaces_that_are_no_longer_shown_are_held_with_the_statement_that_shows_them():
    fleet = Fleet()
    day(fleet, root((Pdb(3, "PDB1", guid="A1"),)))
    report = day(fleet, root((Pdb(3, "PDB1", guid="A1"),), sees_containers=False))

    assert report.status is Status.HELD
    assert set(report.inventory.held) == {"PDB1/SYSTEM", "PDB1/UNDOTBS1", "PDB1/TEMP", "PDB1/USERS"}
    assert any("CONTAINER_DATA=ALL" in (w.remedy or "") for w in report.warnings)


def test_a_pluggable_database_that_was_renamed_is_the_same_one():
    fleet = Fleet()
    day(fleet, root((Pdb(3, "PDB1", guid="A1"),)))
    report = day(fleet, root((Pdb(3, "SALES", guid="A1"),)))

    assert (report.status, report.inventory.renamed, report.inventory.held) == (Status.COMPLETED, 4, ())
    assert "SALES/USERS" in fleet.sizes()


def test_a_pluggable_database_created_anew_under_the_same_name_is_another_one():
    fleet = Fleet()
    day(fleet, root((Pdb(3, "PDB1", guid="A1"),)))
    report = day(fleet, root((Pdb(3, "PDB1", guid="FF"),)))

    assert report.inventory.recreated == 4
