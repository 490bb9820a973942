"""One container: which tablespaces there are, how large they are, and why some have no size."""
import pytest

from capacity_sync.domain.capacity import Basis
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category
from tests.engines.oracle.databases import single
from tests.engines.oracle.served import ADAPTER, connected, read
from tests.servers.oracle_catalog import File, Oracle


@pytest.mark.parametrize("here", [0, 3], ids=["non-CDB", "PDB"])
def test_every_tablespace_is_listed_and_measured_by_its_plain_name(here):
    found = read(single(here))

    assert found.listing.completeness is Completeness.COMPLETE
    assert found.sizes == {"SYSTEM": 1000, "SYSAUX": 500, "UNDOTBS1": 200, "TEMP": 70, "USERS": 150}
    assert found.reasons == {}
    assert {row.basis for row in found.measured} == {Basis.FILE}


def test_the_bound_is_what_the_files_may_extend_themselves_to():
    found = read(single())

    assert found.limits == {"SYSTEM": 8000, "SYSAUX": 500, "UNDOTBS1": 400, "TEMP": 130, "USERS": 1050}


def test_a_file_that_was_resized_beyond_its_maximum_counts_with_its_size():
    oracle = Oracle().tablespace("USERS", File(70, 60)).tablespace("T2", File(70, 60), contents="TEMPORARY")

    assert read(oracle).limits == {"USERS": 70, "T2": 70}


def test_files_of_one_size_are_all_counted():
    oracle = Oracle().tablespace("USERS", File(100), File(100), File(100))
    oracle.tablespace("TEMP", File(5), File(5), contents="TEMPORARY")

    assert read(oracle).sizes == {"USERS": 300, "TEMP": 10}


def test_what_is_offline_has_no_size_and_says_so():
    found = read(single().tablespace("OLD", File(None), status="OFFLINE"))

    assert found.states["OLD"] == "OFFLINE"
    assert found.reasons == {"OLD": "unavailable"}
    assert "1 of 1 files" in found.failures["OLD"].message
    assert found.failures["OLD"].remedy


def test_what_is_read_only_has_a_size_like_any_other():
    found = read(single().tablespace("ARCHIVE", File(900), status="READ ONLY"))

    assert (found.states["ARCHIVE"], found.sizes["ARCHIVE"]) == ("READ ONLY", 900)


def test_a_temporary_file_that_is_offline_leaves_no_size():
    found = read(single().tablespace("TEMP2", File(5), File(None), contents="TEMPORARY"))

    assert found.reasons == {"TEMP2": "unavailable"}


def test_a_sum_that_lacks_one_file_is_no_size():
    found = read(single().tablespace("MIXED", File(100), File(None)))

    assert "MIXED" not in found.sizes
    assert "1 of 2 files" in found.failures["MIXED"].message


def test_a_tablespace_without_files_is_listed_and_has_no_size():
    found = read(single().tablespace("TEMP2", contents="TEMPORARY").tablespace("EMPTY"))

    assert {"TEMP2", "EMPTY"} <= set(found.names)
    assert found.reasons == {"TEMP2": "unavailable", "EMPTY": "unavailable"}
    assert "no file" in found.failures["TEMP2"].message


def test_the_number_of_a_file_that_is_not_in_use_counts_for_nothing():
    found = read(Oracle().tablespace("USERS", File(100, 200), File(None, status="INVALID")))

    assert (found.sizes, found.limits) == ({"USERS": 100}, {"USERS": 200})


def test_local_temporary_files_are_summed_over_the_instances_of_a_cluster():
    oracle = Oracle().tablespace("TEMP_LOCAL", File(40, instance=1), File(50, instance=2), contents="TEMPORARY")

    assert read(oracle).sizes == {"TEMP_LOCAL": 90}


@pytest.mark.parametrize(("name", "contents", "system"), [
    ("SYSTEM", "PERMANENT", True),
    ("SYSAUX", "PERMANENT", True),
    ("RDSADMIN", "PERMANENT", True),
    ("ANY_NAME", "UNDO", True),
    ("ANY_NAME", "TEMPORARY", True),
    ("ANY_NAME", "LOST WRITE PROTECTION", True),
    ("USERS", "PERMANENT", False),
    ("UNDO_OF_MINE", "PERMANENT", False),
    ("system", "PERMANENT", False),
])
def test_what_belongs_to_the_server_is_known_by_its_contents_and_two_names(name, contents, system):
    found = read(Oracle().tablespace(name, File(1), contents=contents))

    assert found.system == ({name} if system else set())
    assert found.sizes == {name: 1}


def test_system_tablespaces_are_inventoried_unless_configured_otherwise():
    assert ADAPTER.traits.include_system


def test_system_tablespaces_that_are_not_asked_for_are_the_overhead():
    assert read(single(), ["USERS"]).measured.facts.overhead_bytes == 1000 + 500 + 200 + 70
    assert read(single(), ["USERS", "TEMP"]).measured.facts.overhead_bytes == 1000 + 500 + 200
    assert read(single()).measured.facts.overhead_bytes == 0


def test_an_overhead_that_lacks_something_is_not_known_and_says_why():
    oracle = single().tablespace("UNDO2", File(None), contents="UNDO")
    found = read(oracle, ["USERS"])

    assert found.sizes == {"USERS": 150}
    assert found.measured.facts.overhead_bytes is None
    assert any("UNDO2" in warning.message for warning in found.measured.warnings)


def test_the_redo_log_is_a_fact_of_the_instance_with_all_its_members():
    assert read(single().redo_log((100, 2), (100, 2), (50, 1))).measured.facts.log_bytes == 450
    assert read(single().denies("v$log")).measured.facts.log_bytes is None
    assert read(single()).measured.facts.log_bytes is None


def test_a_pluggable_database_claims_no_redo_log():
    assert read(single(3).redo_log((100, 2))).measured.facts.log_bytes is None


@pytest.mark.parametrize("size", [140_737_488_355_328, 2**53 + 1, 2**62 - 1, 10**15, 8192, 1, 100, 99, 101, 10**8])
def test_sizes_are_exact(size):
    oracle = Oracle().tablespace("BIG", File(size)).tablespace("TWICE", File(size), File(size))

    assert read(oracle).sizes == {"BIG": size, "TWICE": 2 * size}


HARD_NAMES = ["lower ts", "Users", "users", "O'Brien", "50%", "a/b", "TS#1", "数据 😀", " lead", "trail ", "N" * 30]


def test_names_come_back_exactly():
    oracle = Oracle()
    for number, name in enumerate(HARD_NAMES, 1):
        oracle.tablespace(name, File(number))

    assert read(oracle).sizes == {name: number for number, name in enumerate(HARD_NAMES, 1)}


def test_a_name_that_is_gone_is_unmeasured_as_unknown():
    found = read(single(), ["USERS", "DROPPED"])

    assert (found.sizes, found.reasons) == ({"USERS": 150}, {"DROPPED": "unknown_database"})


def test_a_pluggable_database_sees_its_own_control_file_rows_only():
    """With shared undo V$ shows rows of the whole container database there, with CON_ID 0."""
    oracle = single(3).denies("dba_data_files").tablespace("UNDO_OF_ROOT", File(5), contents="UNDO", con_id=0)

    assert read(oracle).sizes == {"SYSTEM": 1000, "SYSAUX": 500, "UNDOTBS1": 200, "TEMP": 70, "USERS": 150}


def test_no_query_at_all_for_an_empty_inventory():
    oracle = single()
    with connected(oracle) as connection:
        before = len(oracle.asked)
        ADAPTER.fetch_capacity(connection, [])

    assert len(oracle.asked) == before


def test_one_container_takes_five_statements():
    """Read-only; who and where; names; data files; temporary files. The redo log is a sixth where it is asked for."""
    oracle = single(3)
    read(oracle)

    assert len(oracle.asked) == 5


def test_slow_views_are_never_touched():
    oracle = single()
    read(oracle)

    text = "\n".join(oracle.asked).lower()

    assert not any(view in text for view in ("free_space", "segments", "extents"))


def test_a_right_answer_says_nothing_of_permissions():
    found = read(single())

    assert (found.listing.warnings, found.measured.warnings, found.listing.witness) == ((), (), None)


def test_the_category_of_an_offline_tablespace_is_not_retried():
    failure = read(single().tablespace("OLD", File(None))).failures["OLD"]

    assert (failure.category, failure.retryable) == (Category.UNAVAILABLE, False)
