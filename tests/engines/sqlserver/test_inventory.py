"""The listing: every database by its exact name, which are the product's own, and what a missing one means."""
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category
from tests.engines.sqlserver.visits import ADAPTER, connected, visit
from tests.servers.sqlserver import BORN, FILESTREAM, MONITOR, OFFLINE, PUBLIC, STATES, File
from tests.servers.tds import Misbehaviour
from tests.servers.tds_tokens import Message

GROUP_ID = UUID("6F9619FF-8B86-D011-B42D-00C04FC964FF")
OTHER_ID = UUID("00000000-8B86-D011-B42D-00C04FC964FF")
DEFINITIONS = "GRANT VIEW ANY DEFINITION TO [monitor];"
DATABASES = "GRANT VIEW ANY DATABASE TO [monitor];"


def listed(server, **changes):
    with connected(server, **changes) as (connection, _):
        return ADAPTER.fetch_inventory(connection)


def identities(server):
    return {row.name: row.identity for row in listed(server)}


def system(server):
    return {row.name for row in listed(server) if row.is_system} - {"master", "tempdb", "model", "msdb"}


@pytest.mark.parametrize("name", [
    "a]b", "O'Brien", "数据库 😀", " leading", "trailing ", "n" * 128, "100%s", "%",
    "tab\tnew\nline", "Ünï", "a.b", '"q"',
])
def test_names_come_exactly_as_they_are(server, name):
    server.add(name)

    assert visit(server).users == [name]
    assert list(visit(server).sizes) == [name]


def test_a_case_sensitive_server_has_both(server):
    server.add("Sales")
    server.add("sales")

    assert visit(server).users == ["Sales", "sales"]
    assert set(visit(server).sizes) == {"Sales", "sales"}


@pytest.mark.parametrize("state", range(len(STATES)))
def test_every_state_is_listed_in_the_server_s_word(server, state):
    server.add("resting", state=state)

    assert {row.name: row.state for row in listed(server)}["resting"] == STATES[state]


def test_a_snapshot_is_listed_as_one(server):
    server.add("source")
    server.add("snap", source_database_id=5)

    assert {row.name: (row.state, row.is_system) for row in listed(server) if not row.is_system} == {
        "source": ("ONLINE", False), "snap": ("SNAPSHOT", False)}


class TestTheProductsOwn:
    def test_are_the_four_that_every_server_has(self, server):
        assert visit(server, "master").system == ["master", "model", "msdb", "tempdb"]

    @pytest.mark.parametrize("name", [
        "SSISDB", "rdsadmin", "DWConfiguration", "DWDiagnostics", "DWQueue", "ReportServer", "reportservertempdb",
        "ReportServer$INST", "ReportServer$INSTTempDB",
    ])
    def test_are_known_by_name(self, server, name):
        server.add(name)

        assert system(server) == {name}

    @pytest.mark.parametrize("name", [
        "ReportServerArchive2", "MyReportServer", "SSISDB2", "masterdata", "sales_master", "ReportServer$",
    ])
    def test_are_not_those_whose_name_is_only_like_it(self, server, name):
        server.add(name)

        assert system(server) == set()

    def test_are_distribution_databases_whatever_they_are_called(self, server):
        server.add("MyDist", is_distributor=True)

        assert system(server) == {"MyDist"}

    def test_are_master_and_msdb_of_a_contained_availability_group(self, server):
        server.add("AG1_master", group_database_id=GROUP_ID)
        server.add("AG1_msdb", group_database_id=OTHER_ID)
        server.add("orders_master", group_database_id=UUID(int=1))
        server.add("erp_master")
        server.add("erp_msdb")

        assert system(server) == {"AG1_master", "AG1_msdb"}


class TestTheIdentity:
    def test_is_the_number_and_the_date_of_creation(self, server):
        server.add("sales")

        assert identities(server)["sales"] == "5:2024-01-02T03:04:05.123"

    def test_changes_when_the_database_is_made_anew_under_the_same_number(self, server):
        server.add("sales")
        before = identities(server)["sales"]
        server.drop("sales")
        server.add("sales", create_date=BORN + timedelta(milliseconds=10))

        assert identities(server)["sales"] != before

    def test_is_that_of_the_availability_group_when_there_is_one(self, server):
        server.add("sales", group_database_id=GROUP_ID)

        assert identities(server)["sales"] == "ag:6f9619ff-8b86-d011-b42d-00c04fc964ff"

    def test_of_tempdb_is_none_for_it_is_made_anew_at_every_start(self, server):
        server.named("tempdb").create_date = datetime(2026, 1, 1)  # noqa: DTZ001 - `datetime` has no zone

        assert identities(server)["tempdb"] is None


class TestCompleteness:
    def test_with_every_permission_is_complete(self, server):
        server.add("sales", state=OFFLINE)

        assert listed(server).completeness is Completeness.COMPLETE
        assert "sales" in [row.name for row in listed(server)]

    def test_needs_no_permission_to_alter_databases(self, server):
        server.permissions = MONITOR
        server.add("sales")
        found = listed(server)

        assert (found.completeness, found.witness) == (Completeness.COMPLETE, None)

    def test_is_unknown_without_the_permission_to_see_files(self, server):
        server.permissions = PUBLIC
        server.add("sales")
        server.add("off", state=OFFLINE)
        found = listed(server)

        assert [row.name for row in found] == ["master", "model", "msdb", "sales", "tempdb"]
        assert (found.completeness, found.hidden) == (Completeness.VISIBLE_ONLY, None)
        assert (found.witness.category, found.witness.remedy) == (Category.PERMISSION, DEFINITIONS)

    def test_without_the_permission_to_see_databases_is_what_is_left(self, server):
        server.permissions = frozenset()
        server.add("sales")
        found = listed(server)

        assert [row.name for row in found] == ["master", "tempdb"]
        assert found.completeness is Completeness.VISIBLE_ONLY
        assert found.witness.remedy == f"{DATABASES}\n{DEFINITIONS}"

    def test_an_offline_database_whose_name_the_server_tells_is_listed(self, server):
        server.permissions = MONITOR
        server.add("off", state=OFFLINE)
        found = listed(server)

        assert {row.name: (row.state, row.identity) for row in found}["off"] == ("HIDDEN", None)
        assert found.completeness is Completeness.COMPLETE

    def test_an_offline_database_without_a_name_is_hidden_and_not_gone(self, server):
        server.permissions = MONITOR
        server.add("off", state=OFFLINE, is_named=False)
        server.add("sales")
        found = listed(server)

        assert found.completeness is Completeness.VISIBLE_ONLY
        assert "database_id 5" in found.witness.message
        assert found.witness.category is Category.UNAVAILABLE
        assert found.witness.remedy
        assert not found.is_complete_for("5:2024-01-02T03:04:05.123")
        assert found.is_complete_for("55:2024-01-02T03:04:05.123")
        assert not found.is_complete_for("ag:6f9619ff-8b86-d011-b42d-00c04fc964ff")

    def test_databases_that_are_denied_are_hidden_and_not_gone(self, server):
        server.permissions = frozenset({"VIEW ANY DEFINITION"})
        server.add("sales")
        found = listed(server)

        assert found.witness.remedy == DATABASES
        assert not found.is_complete_for("5:2024-01-02T03:04:05.123")
        assert found.is_complete_for("6:2024-01-02T03:04:05.123")

    def test_the_resource_database_and_templates_are_neither_listed_nor_missed(self, server):
        server.permissions = MONITOR
        server.add("model_msdb", database_id=32762, state=OFFLINE, is_named=False)
        server.add("model_replicatedmaster", database_id=32763, state=OFFLINE)
        found = listed(server)

        assert [row.name for row in found] == ["master", "model", "msdb", "tempdb"]
        assert found.completeness is Completeness.COMPLETE

    def test_a_view_that_fails_costs_the_witness_and_not_the_list(self, server):
        server.lacking = frozenset({"sys.master_files"})
        server.add("sales")
        found = listed(server)

        assert "sales" in [row.name for row in found]
        assert found.completeness is Completeness.VISIBLE_ONLY
        assert [w.code for w in found.warnings] == ["208"]

    def test_a_broken_connection_is_no_reason_to_ask_for_less(self, server):
        server.script = lambda text, _: [Misbehaviour.CLOSE] if "master_files" in text else None
        with connected(server) as (connection, wire):
            with pytest.raises(Exception, match=r"connection failed") as caught:
                ADAPTER.fetch_inventory(connection)
            assert len(wire.batches) == 2

        assert caught.value.failure.category is Category.NETWORK


def test_the_server_s_version_is_told(server):
    assert listed(server).server_version == "16.0.4125.3"


class TestTheDiagnosis:
    def diagnosed(self, server):
        with connected(server) as (connection, _):
            return ADAPTER.diagnose(connection)

    def test_of_a_login_that_sees_everything_finds_nothing(self, server):
        server.add("sales")

        assert self.diagnosed(server).missing == ()

    def test_names_each_missing_privilege_once(self, server):
        server.permissions = PUBLIC
        for name in ("a", "b"):
            server.add(name)
        server.add("snap", source_database_id=5)

        assert [f.remedy for f in self.diagnosed(server).missing] == [
            DEFINITIONS, "GRANT VIEW SERVER PERFORMANCE STATE TO [monitor];"]

    def test_knows_when_containers_need_one(self, server):
        server.permissions = MONITOR
        server.add("streams", File(), File(FILESTREAM, 0, inside=5), door=Message(916, 14, "no user"))

        assert [f.remedy for f in self.diagnosed(server).missing] == ["GRANT CONNECT ANY DATABASE TO [monitor];"]


def test_the_grants_are_quoted():
    statements = ADAPTER.grants("o'b]x")

    assert statements[0].startswith("GRANT VIEW ANY DATABASE TO [o'b]]x];")
    assert all(s.startswith("GRANT ") and "[o'b]]x];" in s for s in statements)
    assert len(statements) == 4
