"""Missing privileges: each statement that is refused is replaced by the next best, and named with its GRANT."""
import pytest

from capacity_sync.domain.instance import Timeouts
from capacity_sync.domain.inventory import Completeness
from tests.engines.oracle.databases import PDBS, root, single
from tests.engines.oracle.served import diagnosis, read, refusal
from tests.servers.oracle_catalog import File, Oracle
from tests.servers.tns import Misbehaviour, OracleError

V_VIEWS = ("v$tablespace", "v$datafile", "v$tempfile", "v$log")
DBA_VIEWS = ("dba_tablespaces", "dba_data_files", "dba_temp_files")
CDB_VIEWS = ("cdb_tablespaces", "cdb_data_files", "cdb_temp_files")
ALL = {"SYSTEM": 1000, "SYSAUX": 500, "UNDOTBS1": 200, "TEMP": 70, "USERS": 150}
CODES = [942, 1031, 41900]


def test_nothing_but_the_least_privileges_is_needed():
    """As on Autonomous Database, where V$ views of files are not there."""
    found = read(single(3).denies(*V_VIEWS))

    assert (found.sizes, found.measured.warnings) == (ALL, ())
    assert diagnosis(single(3).denies(*V_VIEWS)).missing == ()


@pytest.mark.parametrize("code", CODES)
def test_without_data_files_their_tablespaces_are_listed_and_unmeasured_with_the_grant(code):
    found = read(single().denies("dba_data_files", *V_VIEWS, code=code))

    assert found.listing.completeness is Completeness.COMPLETE
    assert found.sizes == {"TEMP": 70}
    assert found.reasons == dict.fromkeys(["SYSTEM", "SYSAUX", "UNDOTBS1", "USERS"], "permission")
    assert "GRANT SELECT ON sys.dba_data_files TO MONITOR" in found.failures["USERS"].remedy.splitlines()
    assert found.failures["USERS"].code == f"ORA-{code:05}"


def test_data_files_come_from_the_control_file_when_that_can_be_read():
    found = read(single().denies("dba_data_files"))

    assert (found.sizes, found.reasons) == (ALL, {})
    assert (found.methods["USERS"], found.methods["TEMP"]) == ("v$datafile", "dba_temp_files")
    assert (found.limits["USERS"], found.limits["TEMP"]) == (None, 130)
    assert [w.category.value for w in found.measured.warnings] == ["permission"]


def test_without_temporary_files_the_others_keep_their_sizes():
    found = read(single().denies("dba_temp_files", *V_VIEWS))

    assert found.reasons == {"TEMP": "permission"}
    assert found.sizes == {name: size for name, size in ALL.items() if name != "TEMP"}
    assert "sys.dba_temp_files" in found.failures["TEMP"].remedy


def test_a_lost_temporary_file_costs_the_temporary_tablespaces_alone():
    oracle = single().denies(*V_VIEWS)
    oracle.refuses["dba_temp_files"] = OracleError(1157, "cannot identify/lock data file 201")
    found = read(oracle)

    assert found.reasons == {"TEMP": "query"}
    assert found.sizes == {name: size for name, size in ALL.items() if name != "TEMP"}
    assert found.failures["TEMP"].code == "ORA-01157"


def test_a_lost_temporary_file_is_measured_from_the_control_file_as_far_as_that_knows_it():
    oracle = single()
    oracle.refuses["dba_temp_files"] = OracleError(1157, "cannot identify/lock data file 201")

    assert read(oracle).sizes == ALL
    assert read(oracle.tablespace("TEMP2", File(None), contents="TEMPORARY")).reasons == {"TEMP2": "unavailable"}


def test_data_files_that_take_too_long_cost_no_temporary_file():
    oracle = single().denies(*V_VIEWS)
    oracle.refuses["dba_data_files"] = Misbehaviour.HANG
    found = read(oracle, timeouts=Timeouts(5, 0.3, 40))

    assert found.sizes == {"TEMP": 70}
    assert found.reasons["USERS"] == "timeout"


def test_a_connection_that_ends_between_two_statements_keeps_what_was_measured():
    oracle = single().denies(*V_VIEWS)
    oracle.refuses["dba_temp_files"] = OracleError(1089, "immediate shutdown or close in progress", ends=True)
    found = read(oracle)

    assert found.sizes == {name: size for name, size in ALL.items() if name != "TEMP"}
    assert found.failures["TEMP"].code == "ORA-01089"
    assert found.reasons == {"TEMP": "unavailable"}


def test_a_connection_that_ends_at_once_gives_every_target_its_own_reason():
    oracle = single()
    oracle.refuses["dba_data_files"] = Misbehaviour.CLOSE
    found = read(oracle)

    assert (found.sizes, set(found.reasons.values())) == ({}, {"network"})
    assert sum("dba_temp_files" in text for text in oracle.asked) == 0


def test_without_the_dictionary_the_control_file_lists_everything():
    found = read(single().denies(*DBA_VIEWS))

    assert found.listing.completeness is Completeness.COMPLETE
    assert (found.sizes, found.system) == (ALL, {"SYSTEM", "SYSAUX", "UNDOTBS1", "TEMP"})
    assert any("sys.dba_tablespaces" in w.remedy for w in found.listing.warnings)


def test_with_no_view_of_the_dba_the_listing_is_what_the_user_may_use_and_says_so():
    found = read(single().denies(*DBA_VIEWS, *V_VIEWS))

    assert found.names == ["USERS"]
    assert found.listing.completeness is Completeness.VISIBLE_ONLY
    assert found.listing.witness.remedy == "GRANT SELECT ON sys.dba_tablespaces TO MONITOR"
    assert found.reasons == {"USERS": "permission"}
    assert found.measured.facts.overhead_bytes is None


def test_a_dictionary_that_shows_nothing_is_no_empty_server():
    found = read(Oracle(), ["USERS"])

    assert (found.names, found.listing.completeness) == ([], Completeness.VISIBLE_ONLY)
    assert "not even SYSTEM" in found.listing.witness.message
    assert "sys.dba_tablespaces" in found.listing.witness.remedy


def test_a_user_without_any_view_is_refused():
    failure = refusal(lambda: read(single().denies(*DBA_VIEWS, *V_VIEWS, "user_tablespaces")))

    assert failure.category.value == "permission"


@pytest.mark.parametrize("code", [1219, 1109, 1033])
def test_a_database_that_closes_is_unavailable_and_never_empty(code):
    oracle = single()
    oracle.refuses["dba_tablespaces"] = OracleError(code, "database not open")
    failure = refusal(lambda: read(oracle))

    assert (failure.category.value, failure.code) == ("unavailable", f"ORA-{code:05}")


def test_in_the_root_without_cdb_views_everything_comes_from_the_other_two_sources():
    found = read(root().denies(*CDB_VIEWS))

    assert found.listing.completeness is Completeness.COMPLETE
    assert (found.sizes, found.reasons) == (read(root()).sizes, {})
    assert (found.methods["USERS"], found.methods["PDB1/USERS"]) == ("dba_data_files", "v$datafile")
    assert any("sys.cdb_tablespaces" in w.remedy for w in found.listing.warnings)


def test_in_the_root_without_the_control_file_closed_databases_are_hidden_and_said_to_be():
    found = read(root().denies(*V_VIEWS))

    assert not any(name.startswith(("PDB3", "PDB4")) for name in found.names)
    assert found.listing.completeness is Completeness.VISIBLE_ONLY
    assert "GRANT SELECT ON sys.v_$tablespace TO C##MONITOR" in found.listing.witness.remedy.splitlines()
    assert (found.sizes["PDB1/USERS"], found.reasons) == (11, {})


def test_a_closed_database_whose_files_cannot_be_read_is_unmeasured_with_the_grant():
    oracle = root().denies("v$datafile")
    found = read(oracle)

    assert (found.reasons["PDB3/USERS"], found.sizes["PDB3/TEMP"]) == ("permission", 770)
    assert "GRANT SELECT ON sys.v_$datafile TO C##MONITOR" in found.failures["PDB3/USERS"].remedy.splitlines()


def test_with_every_database_open_the_control_file_is_needed_for_the_seed_alone():
    found = read(root(PDBS[:2]).denies(*V_VIEWS))

    assert found.listing.completeness is Completeness.COMPLETE
    assert found.reasons == {}
    assert found.measured.facts.overhead_bytes is None
    assert any("sys.v_$datafile" in w.remedy for w in found.measured.warnings)


def test_in_the_root_without_names_of_containers_only_its_own_tablespaces_are_told():
    found = read(root().denies("v$containers"))

    assert found.names == ["SYSTEM", "TEMP", "UNDOTBS1", "USERS"]
    assert found.listing.completeness is Completeness.VISIBLE_ONLY
    assert found.listing.witness.remedy == "GRANT SELECT ON sys.v_$containers TO C##MONITOR"
    assert found.sizes["USERS"] == 1


def test_the_least_that_is_told_in_a_root_is_what_the_user_may_use():
    oracle = root().denies(*CDB_VIEWS, *DBA_VIEWS, *V_VIEWS, "v$containers")
    oracle.catalog.insert("user_tablespaces", {"tablespace_name": "USERS", "contents": "PERMANENT", "status": "ONLINE"})
    found = read(oracle)

    assert (found.names, found.listing.completeness) == (["USERS"], Completeness.VISIBLE_ONLY)
    assert found.reasons == {"USERS": "permission"}


def test_check_names_every_privilege_that_is_missing_once_with_its_grant():
    told = diagnosis(single().denies("dba_data_files", *V_VIEWS))

    assert told.completeness is Completeness.COMPLETE
    assert [f.category.value for f in told.missing] == ["permission"] * len(told.missing)
    assert any("sys.dba_data_files" in f.remedy for f in told.missing)
    assert len(set(told.missing)) == len(told.missing)


def test_check_agrees_with_the_listing_in_the_root():
    for oracle in (root(), root(sees_containers=False), root().denies(*V_VIEWS)):
        assert diagnosis(oracle).completeness is read(oracle).listing.completeness
