"""Sizes: what each kind of file counts for, exactly, and what is unmeasured rather than wrong."""
import pytest

from capacity_sync.domain.capacity import Basis
from capacity_sync.domain.instance import Timeouts
from capacity_sync.domain.outcomes import Category
from tests.engines.sqlserver.visits import ADAPTER, connected, visit
from tests.servers.sqlserver import DEFUNCT, FILESTREAM, FULLTEXT, LOG, MONITOR, OFFLINE, PUBLIC, File
from tests.servers.tds_tokens import Message

PAGE = 8192
NOT_A_USER = Message(916, 14, "The server principal is not able to access the database in this context.")
NOT_READABLE = Message(976, 14, "The target database is participating in an availability group and is not accessible.")


def test_more_than_sixteen_terabytes_are_exact(server):
    server.add("big", File(size=2**31 - 1), File(size=2**31 - 1), File(LOG, 268_435_456))

    row = visit(server).rows["big"]

    assert (row.size_bytes, row.log_bytes) == (35_184_372_072_448, 2_199_023_255_552)
    assert (row.data_bytes, row.basis, row.method) == (row.size_bytes, Basis.FILE, "sys.master_files")


def test_equal_files_count_each(server):
    server.add("twins", File(size=100), File(size=100), File(LOG, 100), File(LOG, 100))

    row = visit(server).rows["twins"]

    assert (row.size_bytes, row.log_bytes) == (200 * PAGE, 200 * PAGE)


def test_full_text_files_are_data_and_internal_and_defunct_ones_are_nothing(server):
    server.add("mixed", File(size=1), File(FULLTEXT, 10), File(3, 100), File(size=1000, state=DEFUNCT), File(LOG, 5))

    row = visit(server).rows["mixed"]

    assert (row.size_bytes, row.log_bytes) == (11 * PAGE, 5 * PAGE)


@pytest.mark.parametrize("state", range(1, OFFLINE + 1))
def test_a_database_that_is_not_online_still_occupies_its_files(server, state):
    server.add("resting", File(size=77, state=state), File(LOG, 7, state=state), state=state)

    row = visit(server).rows["resting"]

    assert (row.size_bytes, row.log_bytes) == (77 * PAGE, 7 * PAGE)


def test_a_secondary_that_cannot_be_read_keeps_its_size(server):
    server.add("secondary", File(size=50), File(LOG, 7), door=NOT_READABLE)

    seen = visit(server)

    assert seen.sizes == {"secondary": 50 * PAGE}
    assert len(seen.batches) == 3


def test_an_offline_database_is_measured_by_name(server):
    server.permissions = MONITOR
    server.add("off", File(size=33), File(LOG, 3), state=OFFLINE)
    row = visit(server, "off").rows["off"]

    assert (row.size_bytes, row.log_bytes, row.identity) == (33 * PAGE, 3 * PAGE, None)


class TestTheBoundOfTheDataFiles:
    @pytest.mark.parametrize(("files", "pages"), [
        ([File(size=10, max_size=100)], 100),
        ([File(size=10, max_size=100), File(size=20, max_size=-1, growth=0)], 120),
        ([File(size=10, max_size=0)], 10),
        ([File(size=10, max_size=5), File(size=10, max_size=100)], 110),
        ([File(size=10, max_size=2**31 - 1), File(size=10, max_size=2**31 - 1)], 2 * (2**31 - 1)),
        ([File(size=10, max_size=100), File(LOG, 5, max_size=-1), File(3, 5, max_size=-1)], 100),
        ([File(size=10, max_size=100), File(size=1, max_size=-1, state=DEFUNCT)], 100),
        ([File(size=10, max_size=100), File(FILESTREAM, 0, 40, growth=0, inside=3)], 140),
    ])
    def test_is_known_when_each_is_bounded(self, server, files, pages):
        server.add("bounded", *files)

        assert visit(server).rows["bounded"].max_bytes == pages * PAGE

    @pytest.mark.parametrize("files", [
        [File(max_size=-1)],
        [File(max_size=100), File(max_size=-1)],
        [File(max_size=100), File(FILESTREAM, 0, -1, growth=0, inside=3)],
    ])
    def test_is_none_when_any_may_fill_the_disk(self, server, files):
        server.add("unbounded", *files)

        assert visit(server).rows["unbounded"].max_bytes is None


class TestContainers:
    """FILESTREAM, FileTables and memory-optimized data: their size stands only inside the database."""

    def test_count_with_what_their_database_says(self, server):
        server.add("streams", File(size=10), File(LOG, 5), File(FILESTREAM, 0, inside=1000))

        row = visit(server).rows["streams"]

        assert (row.size_bytes, row.log_bytes) == (8_192_000 + 10 * PAGE, 5 * PAGE)
        assert row.method == "master_files+database_files"

    def test_of_several_all_count_and_rows_count_once(self, server):
        server.add("in memory", File(size=10), File(FILESTREAM, 0, inside=300), File(FILESTREAM, 0, inside=400),
                   File(FILESTREAM, 0, inside=500, state=DEFUNCT), File(LOG, 5))

        assert visit(server).sizes == {"in memory": 710 * PAGE}

    def test_of_more_than_sixteen_terabytes_are_exact(self, server):
        server.add("huge", File(size=1), File(FILESTREAM, 0, inside=2**31 - 1), File(FILESTREAM, 0, inside=2**31 - 1))

        assert visit(server).sizes == {"huge": (2**32 - 1) * PAGE}

    def test_that_are_empty_are_no_error(self, server):
        server.add("fresh", File(size=10), File(FILESTREAM, 0, inside=0))

        assert visit(server).sizes == {"fresh": 10 * PAGE}

    @pytest.mark.parametrize("name", ["a]b", "O'Brien", "数据库 😀", " a ", "n" * 128, "%s", "{x}", "[a].b", 'q"q'])
    def test_are_found_whatever_the_database_is_called(self, server, name):
        server.add(name, File(size=1), File(FILESTREAM, 0, inside=2))

        assert visit(server).sizes == {name: 3 * PAGE}

    def test_where_the_login_may_not_enter_make_the_size_unknown(self, server):
        server.add("closed", File(size=10), File(FILESTREAM, 0, inside=1000), door=NOT_A_USER)
        server.add("other", File(size=10))

        seen = visit(server)

        assert seen.sizes == {"other": 10 * PAGE}
        assert seen.lost["closed"].category is Category.PERMISSION
        assert seen.lost["closed"].remedy == "GRANT CONNECT ANY DATABASE TO [monitor];"
        assert not [text for text in seen.batches if "[closed]" in text]

    def test_of_a_database_that_is_not_online_are_not_looked_for(self, server):
        server.add("resting", File(size=10), File(FILESTREAM, 0, inside=1000), state=1)

        seen = visit(server)

        assert seen.lost["resting"].category is Category.UNAVAILABLE
        assert "RESTORING" in seen.lost["resting"].message
        assert not [text for text in seen.batches if "[resting]" in text]

    @pytest.mark.parametrize(("refusal", "category", "remedy"), [
        (NOT_A_USER, Category.PERMISSION, "GRANT CONNECT ANY DATABASE TO [monitor];"),
        (NOT_READABLE, Category.UNAVAILABLE, None),
    ])
    def test_that_are_refused_after_all_cost_no_other(self, server, refusal, category, remedy):
        server.add("refusing", File(size=10), File(FILESTREAM, 0, inside=1000))
        server.add("zz", File(size=10), File(FILESTREAM, 0, inside=2))
        server.script = lambda text, _: [refusal] if "[refusing]" in text else None

        seen = visit(server)

        assert seen.sizes == {"zz": 12 * PAGE}
        assert (seen.lost["refusing"].category, seen.lost["refusing"].remedy) == (category, remedy)


def grown(server):
    server.named("tempdb").files = [File(size=1024, inside=1_310_720), File(LOG, 1024, inside=2048)]
    server.changed()


    def test_for_which_no_time_is_left_are_unknown_and_cost_no_other(self, server):
        server.add("late", File(size=10), File(FILESTREAM, 0, inside=1000))
        server.add("sales", File(size=10))

        seen = visit(server, timeouts=Timeouts(connect=5, statement=10, deadline=1e-6))

        assert seen.sizes == {"sales": 10 * PAGE}
        assert seen.lost["late"].category is Category.TIMEOUT


class TestTempdb:
    """sys.master_files has the size it starts with, its own catalog the size it has."""

    @pytest.fixture(autouse=True)
    def grown(self, server):
        grown(server)

    def test_has_the_size_it_has_grown_to(self, server):
        row = visit(server, "tempdb").rows["tempdb"]

        assert (row.size_bytes, row.log_bytes) == (10_737_418_240, 2048 * PAGE)
        assert row.method == "tempdb.sys.database_files"

    def test_is_measured_for_everybody(self, server):
        server.permissions = PUBLIC

        assert visit(server, "tempdb").sizes == {"tempdb": 10_737_418_240}

    def test_belongs_to_the_overhead(self, server):
        server.add("sales")

        facts = visit(server).measured.facts

        assert facts.overhead_bytes == 10_737_418_240 + 3 * 512 * PAGE
        assert facts.log_bytes == (2048 + 3 * 128) * PAGE


def taken(server):
    server.add("source", File(size=2_000_000), File(LOG, 128))
    server.add("snap", File(size=2_000_000, on_disk=65_536), File(size=2_000_000, on_disk=131_072),
               source_database_id=5)


class TestSnapshots:
    """Sparse files: sys.master_files has what they may become."""

    @pytest.fixture(autouse=True)
    def taken(self, server):
        taken(server)

    def test_have_the_size_that_is_on_disk(self, server):
        row = visit(server).rows["snap"]

        assert (row.size_bytes, row.log_bytes, row.max_bytes) == (196_608, None, None)
        assert row.method == "sys.dm_io_virtual_file_stats"

    @pytest.mark.parametrize(("version", "permission"), [
        (12, "VIEW SERVER STATE"), (15, "VIEW SERVER STATE"), (16, "VIEW SERVER PERFORMANCE STATE")])
    def test_without_the_permission_are_unmeasured_and_cost_no_other(self, server, version, permission):
        server.version, server.permissions = version, MONITOR

        seen = visit(server)

        assert seen.sizes == {"source": 2_000_000 * PAGE}
        assert (seen.lost["snap"].category, seen.lost["snap"].code) == (Category.PERMISSION, "297")
        assert seen.lost["snap"].remedy == f"GRANT {permission} TO [monitor];"

    def test_whose_statistics_fail_are_unmeasured_and_cost_no_other(self, server):
        server.script = lambda text, _: [Message(1222, 16, "Lock")] if "dm_io_virtual" in text else None

        seen = visit(server)

        assert set(seen.sizes) == {"source"}
        assert seen.lost["snap"].category is Category.TOO_BUSY

    def test_without_statistics_are_unmeasured(self, server):
        server.named("snap").files = []
        server.changed()

        assert visit(server).lost["snap"].category is Category.UNAVAILABLE

    def test_that_nobody_wants_are_not_looked_at(self, server):
        assert not [text for text in visit(server, "source").batches if "dm_io_virtual_file_stats" in text]


class TestWhatTheLoginCannotSee:
    def test_files_that_are_hidden_make_every_size_unknown(self, server):
        server.permissions = PUBLIC
        for name in ("a", "b", "c"):
            server.add(name)

        seen = visit(server)

        assert seen.sizes == {}
        assert set(seen.lost) == {"a", "b", "c"}
        assert {f.category for f in seen.lost.values()} == {Category.PERMISSION}
        assert {f.remedy for f in seen.lost.values()} == {"GRANT VIEW ANY DEFINITION TO [monitor];"}

    def test_an_overhead_that_is_hidden_is_unknown_and_said_so(self, server):
        server.permissions = PUBLIC
        server.add("sales")

        measured = visit(server).measured

        assert measured.facts.overhead_bytes is None
        assert [w.remedy for w in measured.warnings] == ["GRANT VIEW ANY DEFINITION TO [monitor];"]

    def test_a_database_of_which_only_the_log_is_seen_has_no_size(self, server):
        server.add("logonly", File(LOG, 100))

        assert visit(server).lost["logonly"].category is Category.PERMISSION

    def test_a_file_without_a_size_makes_the_sum_unknown(self, server):
        server.add("partly", File(size=10), File(size=None))

        assert visit(server).lost["partly"].category is Category.UNAVAILABLE

    def test_a_database_dropped_meanwhile_is_gone(self, server):
        server.add("stays", File(size=10))

        seen = visit(server, "dropped", "stays")

        assert seen.sizes == {"stays": 10 * PAGE}
        assert seen.lost["dropped"].category is Category.UNKNOWN_DATABASE


def test_system_databases_are_measured_when_they_are_wanted(server):
    seen = visit(server, "master", "model")

    assert seen.sizes == {"master": 512 * PAGE, "model": 512 * PAGE}
    assert seen.measured.facts.overhead_bytes == 2 * 512 * PAGE


def test_the_measured_incarnation_is_the_listed_one(server):
    server.add("sales")
    seen = visit(server)

    assert seen.rows["sales"].identity == {row.name: row.identity for row in seen.listing}["sales"]


def test_an_error_behind_the_rows_is_an_error_and_leaks_into_no_other_statement(server):
    server.add("sales", File(size=10))
    broken = []

    def answer(text, session):
        if "master_files" in text and "tempdb" in text and not broken:
            broken.append(text)
            return [*server.answer(text, session), Message(8134, 16, "Divide by zero error encountered.")]
        return None

    with connected(server) as (connection, _):
        ADAPTER.fetch_inventory(connection)
        server.script = lambda text, session: None if text in broken else answer(text, session)
        with pytest.raises(Exception, match="Divide by zero") as caught:
            ADAPTER.fetch_capacity(connection, ["sales"])
        again = ADAPTER.fetch_capacity(connection, ["sales"])

    assert caught.value.failure.code == "8134"
    assert [row.size_bytes for row in again] == [10 * PAGE]


def test_the_whole_visit_takes_three_round_trips(server):
    for number in range(20):
        server.add(f"db{number}")

    assert len(visit(server).batches) == 3
