"""Azure SQL Database from master and from inside, and the other editions."""
from datetime import UTC, datetime, timedelta

import pytest

from capacity_sync.domain.capacity import Basis
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category, Unsupported
from tests.engines.sqlserver.visits import ADAPTER, connected, visit
from tests.servers.sqlserver import LOG, File, SQLServer

MIB = 1024 * 1024
AZURE, MANAGED_INSTANCE, EDGE = 5, 8, 9
NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def sample(name, minutes_ago, allocated, used=None):
    ends = NOW - timedelta(minutes=minutes_ago)
    return {"database_name": name, "start_time": ends - timedelta(minutes=5), "end_time": ends,
            "storage_in_megabytes": used, "allocated_storage_in_megabytes": allocated}


def logical_server():
    """No files to be seen, and samples."""
    made = SQLServer(12, AZURE, lacking=frozenset({"sys.master_files"}), permissions=frozenset({"VIEW ANY DATABASE"}))
    made.databases = [d for d in made.databases if d.name == "master"]
    return made


def one_database(server):
    """A user database sees itself and master."""
    server.add("me")
    server.inside = [File(size=1000, max_size=4_194_304), File(LOG, 100)]


@pytest.fixture
def server():
    made = logical_server()
    yield made
    assert not made.faults


class TestFromMaster:
    def test_the_newest_sample_is_the_size(self, server):
        server.add("a")
        server.samples = [sample("a", 20, 10), sample("a", 5, 32.5, used=7), sample("a", 60, 20)]
        row = visit(server).rows["a"]

        assert (row.size_bytes, row.basis, row.method) == (int(32.5 * MIB), Basis.ALLOCATED, "sys.resource_stats")
        assert (row.log_bytes, row.max_bytes) == (None, None)

    def test_what_is_used_stands_in_for_what_is_allocated(self, server):
        server.add("a")
        server.samples = [sample("a", 5, None, used=7.25)]

        assert (visit(server).sizes, visit(server).rows["a"].basis) == ({"a": int(7.25 * MIB)}, Basis.USED)

    def test_a_database_without_a_sample_is_unmeasured_and_not_woken(self, server):
        server.add("paused")
        server.add("busy")
        server.samples = [sample("busy", 5, 1)]
        with connected(server) as (connection, wire):
            listing = ADAPTER.fetch_inventory(connection)
            measured = ADAPTER.fetch_capacity(connection, ["busy", "paused"])

            assert len(wire.logins) == 1
            assert not [text for text in wire.batches if "paused" in text or text.lower().startswith("use")]
        assert [row.name for row in listing] == ["busy", "master", "paused"]
        assert [row.database_name for row in measured] == ["busy"]
        assert {u.database_name: u.failure.category for u in measured.unmeasured} == {"paused": Category.UNAVAILABLE}

    def test_a_database_without_a_sample_is_told_from_one_that_is_gone(self, server):
        server.add("paused")
        lost = visit(server, "paused", "gone").lost

        assert {name: failure.category for name, failure in lost.items()} == {
            "paused": Category.UNAVAILABLE, "gone": Category.UNKNOWN_DATABASE}

    def test_a_sample_of_a_dropped_database_of_that_name_is_not_taken(self, server):
        server.add("again", create_date=NOW - timedelta(hours=1))
        server.samples = [sample("again", 120, 500)]

        assert visit(server).sizes == {}

    def test_a_sample_of_yesterday_is_told_as_such(self, server):
        server.add("idle")
        server.samples = [sample("idle", 60 * 30, 3)]
        measured = visit(server).measured

        assert [row.size_bytes for row in measured] == [3 * MIB]
        assert "idle" in measured.warnings[0].message

    def test_the_listing_is_complete_and_master_is_the_product_s(self, server):
        server.add("a")
        seen = visit(server)

        assert (seen.listing.completeness, seen.system, seen.users) == (Completeness.COMPLETE, ["master"], ["a"])
        assert len(seen.batches) == 3

    def test_a_low_number_does_not_make_a_database_the_product_s(self, server):
        server.add("mine", database_id=4)

        assert visit(server).users == ["mine"]


class TestFromInside:
    @pytest.fixture(autouse=True)
    def one_database(self, server):
        one_database(server)

    def test_its_files_are_the_size(self, server):
        row = visit(server, database="me").rows["me"]

        assert (row.size_bytes, row.log_bytes, row.max_bytes) == (1000 * 8192, 100 * 8192, 4_194_304 * 8192)
        assert (row.basis, row.method) == (Basis.FILE, "sys.database_files")

    def test_a_file_without_a_size_makes_it_unknown(self, server):
        server.inside = [File(size=None), File(size=1)]

        assert visit(server, database="me").lost["me"].category is Category.UNAVAILABLE

    def test_it_sees_itself_only_and_says_so(self, server):
        seen = visit(server, database="me")

        assert seen.users == ["me"]
        assert seen.listing.completeness is Completeness.VISIBLE_ONLY
        assert "master" in seen.listing.witness.remedy
        assert not seen.listing.warnings

    def test_its_identity_is_the_one_that_master_tells(self, server):
        inside = visit(server, database="me")
        outside = visit(server, "me")

        identities = [{row.name: row.identity for row in seen.listing}["me"] for seen in (inside, outside)]
        assert identities[0] == identities[1] == inside.rows["me"].identity


class TestBabelfish:
    @pytest.fixture
    def server(self):
        made = SQLServer(12, 2, babelfish=True)
        made.add("sales")
        yield made
        assert not made.faults

    def test_lists_and_says_why_there_are_no_sizes(self, server):
        seen = visit(server)
        reasons = {row.name: row.unmeasurable for row in seen.listing}

        assert seen.users == ["sales"]
        assert reasons["sales"].category is Category.UNSUPPORTED
        assert "postgresql" in reasons["sales"].remedy
        assert seen.listing.completeness is Completeness.COMPLETE

    def test_asked_for_a_size_all_the_same_gives_the_reason(self, server):
        seen = visit(server, "sales")

        assert seen.sizes == {}
        assert seen.lost["sales"].category is Category.UNSUPPORTED


@pytest.mark.parametrize("edition", [2, 3, 4, MANAGED_INSTANCE, EDGE])
@pytest.mark.parametrize("version", [12, 13, 14, 15, 16, 17])
def test_every_other_edition_and_version_is_a_server(edition, version):
    server = SQLServer(version, edition)
    server.add("sales", File(size=10))

    assert visit(server).sizes == {"sales": 10 * 8192}
    assert not server.faults


@pytest.mark.parametrize(("version", "edition"), [(16, 6), (16, 11), (16, 12), (10, 3)])
def test_what_cannot_be_measured_is_refused_with_the_way_out(version, edition):
    with pytest.raises(Unsupported) as caught, connected(SQLServer(version, edition)):
        pass

    assert caught.value.failure.remedy
