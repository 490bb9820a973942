"""The root of a container database: every pluggable database's tablespaces, open or not, under its name."""
from capacity_sync.domain.inventory import Completeness
from tests.engines.oracle.databases import PDBS, root
from tests.engines.oracle.served import diagnosis, read
from tests.servers.oracle_catalog import ROOT, SEED, File, Oracle, Pdb

OPEN = PDBS[:2]


def test_equal_names_of_different_containers_are_apart():
    found = read(root(OPEN))

    assert found.listing.completeness is Completeness.COMPLETE
    assert {name: size for name, size in found.sizes.items() if name.endswith("USERS")} == {
        "USERS": 1, "PDB1/USERS": 11, "PDB2/USERS": 33}
    assert found.limits["PDB1/USERS"] == 110
    assert found.sizes["PDB2/TEMP"] == 330


def test_closed_and_restricted_databases_are_listed_and_measured_from_the_control_file():
    found = read(root())

    assert found.listing.completeness is Completeness.COMPLETE
    assert (found.sizes["PDB3/USERS"], found.sizes["PDB4/USERS"]) == (77, 99)
    assert (found.sizes["PDB3/TEMP"], found.methods["PDB3/TEMP"]) == (770, "v$tempfile")
    assert (found.methods["PDB3/USERS"], found.methods["PDB1/USERS"]) == ("v$datafile", "cdb_data_files")
    assert (found.limits["PDB3/USERS"], found.states["PDB3/USERS"]) == (None, "MOUNTED")
    assert found.reasons == {}


def test_closing_a_database_changes_no_name_and_no_kind():
    opened = read(root((Pdb(3, "PDB1", guid="A1"),)))
    closed = read(root((Pdb(3, "PDB1", "MOUNTED", guid="A1"),)))

    assert (opened.names, opened.system, opened.sizes) == (closed.names, closed.system, closed.sizes)
    assert [row.identity for row in opened.listing] == [row.identity for row in closed.listing]


def test_an_unreadable_file_of_a_closed_database_is_no_zero():
    oracle = root()
    oracle.tablespace("LOST", File(None), File(5), con_id=5)
    found = read(oracle)

    assert "PDB3/LOST" in found.names
    assert found.reasons == {"PDB3/LOST": "unavailable"}


def test_the_seed_is_nobodys_database_and_counts_as_overhead():
    found = read(root(OPEN))

    assert not any("SEED" in name for name in found.names)
    assert found.measured.facts.overhead_bytes == 7000 + 700 + 70 + 7


def test_the_seed_is_left_out_where_a_parameter_shows_it_in_cdb_views():
    """EXCLUDE_SEED_CDB_VIEW = FALSE."""
    oracle = root(OPEN)
    oracle.catalog.insert("cdb_tablespaces", {"con_id": SEED, "tablespace_name": "USERS", "contents": "PERMANENT"})
    oracle.catalog.insert("cdb_data_files", {"con_id": SEED, "tablespace_name": "USERS", "bytes": 7})

    assert read(oracle).names == read(root(OPEN)).names


def test_system_tablespaces_of_all_containers_are_overhead_when_not_asked_for():
    found = read(root(OPEN), ["USERS", "PDB1/USERS", "PDB2/USERS"])

    assert found.measured.facts.overhead_bytes == sum(1110 * n for n in (1, 7, 11, 33)) + 7


def test_without_container_data_the_listing_says_what_it_hides_and_what_mends_it():
    found = read(root(sees_containers=False))

    assert found.names == ["SYSTEM", "TEMP", "UNDOTBS1", "USERS"]
    assert found.listing.completeness is Completeness.VISIBLE_ONLY
    assert found.listing.witness.remedy == "ALTER USER C##MONITOR SET CONTAINER_DATA=ALL CONTAINER=CURRENT"
    assert found.sizes["USERS"] == 1
    assert found.measured.facts.overhead_bytes is None


def test_a_name_that_is_not_shown_is_unmeasured_for_that_reason_and_not_gone():
    found = read(root(sees_containers=False), ["USERS", "PDB1/USERS"])

    assert found.reasons == {"PDB1/USERS": "permission"}


def test_a_container_database_without_pluggable_ones_is_complete():
    found = read(root(()))

    assert found.listing.completeness is Completeness.COMPLETE
    assert found.names == ["SYSTEM", "TEMP", "UNDOTBS1", "USERS"]


def test_a_dropped_pluggable_database_is_gone():
    found = read(root(OPEN[:1]), ["PDB2/USERS", "PDB1/USERS"])

    assert (found.sizes, found.reasons) == ({"PDB1/USERS": 11}, {"PDB2/USERS": "unknown_database"})


def test_a_pluggable_database_keeps_its_identity_under_another_name_and_number():
    before = {row.identity for row in read(root((Pdb(3, "PDB1", guid="A1"),))).listing if row.identity}
    oracle = Oracle(ROOT, (Pdb(9, "RENAMED", guid="A1"),), user="C##MONITOR")
    for name in ("SYSTEM", "UNDOTBS1", "TEMP", "USERS"):
        oracle.tablespace(name, File(1), con_id=9)
    after = {row.identity: row.name for row in read(oracle).listing if row.identity}

    assert set(after) == before == {"A1/SYSTEM", "A1/UNDOTBS1", "A1/TEMP", "A1/USERS"}
    assert after["A1/USERS"] == "RENAMED/USERS"


def test_sizes_carry_the_identity_of_the_listing():
    found = read(root())

    assert {row.database_name: row.identity for row in found.measured} == {
        row.name: row.identity for row in found.listing}


def test_guids_that_are_not_unique_prove_nothing():
    found = read(root((Pdb(3, "PDB1", guid="A1"), Pdb(4, "PDB2", guid="A1"))))

    assert {row.identity for row in found.listing} == {None}


def test_two_tablespaces_that_would_bear_one_name_are_never_taken_for_each_other():
    oracle = root(OPEN)
    oracle.tablespace("PDB1/USERS", File(5), con_id=ROOT)

    assert sorted(row.size_bytes for row in read(oracle).measured if row.database_name == "PDB1/USERS") == [5, 11]


def test_everything_visible_lacks_nothing():
    assert diagnosis(root()).missing == ()
