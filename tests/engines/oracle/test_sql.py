"""The SQL itself: what it reads exists in 12.1 and is granted, and a mistake in it turns a test red."""
from importlib.resources import files

import pytest
import sqlglot
from sqlglot import exp

from capacity_sync.adapters.engines.oracle import privileges, session
from capacity_sync.domain.outcomes import EngineError
from tests.engines.oracle import test_containers, test_ladder, test_tablespaces
from tests.servers.catalog import Catalog, CatalogError
from tests.servers.oracle_catalog import OLDEST, VIEWS, dialect

FOLDER = files("capacity_sync.adapters.engines.oracle")
TEXTS = {path.name.removesuffix(".sql"): path.read_text() for path in FOLDER.iterdir() if path.name.endswith(".sql")}
QUERIES = sorted(name for name, text in TEXTS.items() if "\nFROM " in text)
FREE = {"dual", "user_tablespaces"}
"""Views that every user may read."""


@pytest.fixture(scope="module")
def oldest():
    return Catalog(dialect(), [view.at(OLDEST) for view in VIEWS])


def views_of(text):
    return {table.name.lower() for table in sqlglot.parse_one(text, read="oracle").find_all(exp.Table)}


def granted_in(statements):
    return {line.split("sys.")[1].split()[0] for line in statements if "sys." in line}


def as_granted(view):
    return view.replace("v$", "v_$")


@pytest.mark.parametrize("name", QUERIES)
def test_every_view_and_column_is_there_in_the_oldest_version(oldest, name):
    oldest.bind(TEXTS[name])


def test_a_column_of_a_newer_version_would_be_found(oldest):
    with pytest.raises(CatalogError):
        oldest.bind(TEXTS["tablespaces_dba"].replace("t.status", "t.shared"))


@pytest.mark.parametrize("name", QUERIES)
def test_a_refused_statement_names_the_grants_of_all_that_it_reads(name):
    needed = {as_granted(view) for view in views_of(TEXTS[name]) - FREE}

    assert set(privileges.READS.get(name, ())) == needed


@pytest.mark.parametrize(("user", "kinds"), [("mon", ("dba",)), ("C##MON", ("cdb", "control"))])
def test_the_grants_suffice(user, kinds):
    wanted = [name for name in QUERIES if name.endswith(kinds)] + ["redo_log"]
    needed = {as_granted(view) for name in wanted for view in views_of(TEXTS[name]) - FREE}

    assert needed <= granted_in(privileges.grants(user))


def test_no_more_is_granted_than_is_read():
    read = {view for views in privileges.READS.values() for view in views}

    assert granted_in(privileges.grants("mon") + privileges.grants("C##MON")) <= read


@pytest.mark.parametrize("kind", ["tablespaces", "data_files", "temp_files"])
def test_the_rungs_of_the_ladder_answer_alike(oldest, kind):
    rungs = [name for name in QUERIES if name.startswith(kind)]
    columns = {tuple(name for name, _ in oldest.execute(TEXTS[rung]).columns) for rung in rungs}

    assert len(rungs) >= 3
    assert len(columns) == 1


@pytest.mark.parametrize("kind", ["data_files", "temp_files"])
def test_cdb_and_dba_statements_differ_by_container_alone(kind):
    def bare(name):
        tree = sqlglot.parse_one(TEXTS[name], read="oracle")
        return {node.sql() for node in tree.find_all(exp.Sum, exp.Count)}

    assert bare(f"{kind}_cdb") == bare(f"{kind}_dba")


COUNTED = test_tablespaces.test_files_of_one_size_are_all_counted
FILELESS = test_tablespaces.test_a_tablespace_without_files_is_listed_and_has_no_size
APART = test_containers.test_equal_names_of_different_containers_are_apart
CLOSED = test_containers.test_closed_and_restricted_databases_are_listed_and_measured_from_the_control_file
LEFT_TO_INNER = ("LEFT JOIN (SELECT", "JOIN (SELECT")
AS_UNION_DOES = "(SELECT DISTINCT tablespace_name, bytes, maxbytes, autoextensible, status FROM dba_{}_files)"
MUTANTS = [
    ("data_files_dba", "SUM(bytes) AS bytes", "SUM(blocks) AS bytes", COUNTED),
    ("data_files_dba", *LEFT_TO_INNER, FILELESS),
    ("temp_files_dba", *LEFT_TO_INNER, FILELESS),
    ("data_files_dba", "dba_data_files", AS_UNION_DOES.format("data"), COUNTED),
    ("temp_files_dba", "dba_temp_files", AS_UNION_DOES.format("temp"), COUNTED),
    ("temp_files_dba", "dba_temp_files", "dba_data_files",
     test_tablespaces.test_local_temporary_files_are_summed_over_the_instances_of_a_cluster),
    ("data_files_dba", "bytes > 0", "1 = 1", test_tablespaces.test_a_sum_that_lacks_one_file_is_no_size),
    ("data_files_dba", " AND maxbytes > bytes", "",
     test_tablespaces.test_a_file_that_was_resized_beyond_its_maximum_counts_with_its_size),
    ("data_files_dba", "'YES'", "'NO'", test_tablespaces.test_the_bound_is_what_the_files_may_extend_themselves_to),
    ("data_files_dba", "WHERE NVL(status, 'AVAILABLE') <> 'INVALID'", "",
     test_tablespaces.test_the_number_of_a_file_that_is_not_in_use_counts_for_nothing),
    ("tablespaces_dba", "dba_tablespaces t", "dba_tablespaces t WHERE t.contents = 'PERMANENT'", FILELESS),
    ("tablespaces_dba", "dba_tablespaces t", "dba_tablespaces t WHERE t.status = 'ONLINE'",
     test_tablespaces.test_what_is_offline_has_no_size_and_says_so),
    ("redo_log", " * l.members", "",
     test_tablespaces.test_the_redo_log_is_a_fact_of_the_instance_with_all_its_members),
    ("data_files_cdb", "f.con_id = t.con_id AND ", "", APART),
    ("temp_files_cdb", "f.con_id = t.con_id AND ", "", APART),
    ("temp_files_cdb", "cdb_temp_files", "cdb_data_files", APART),
    ("data_files_control", "f.con_id = t.con_id AND ", "", CLOSED),
    ("temp_files_control", "f.con_id = t.con_id AND ", "", CLOSED),
    ("data_files_control", "bytes > 0", "bytes >= 0",
     test_containers.test_an_unreadable_file_of_a_closed_database_is_no_zero),
    ("tablespaces_control", "x.ts# IS NOT NULL", "x.ts# IS NULL",
     test_containers.test_closing_a_database_changes_no_name_and_no_kind),
    ("tablespaces_control", "LEFT JOIN", "JOIN", CLOSED),
    ("containers", "RAWTOHEX(c.guid)", "c.name",
     test_containers.test_a_pluggable_database_keeps_its_identity_under_another_name_and_number),
    ("temp_files_control", "v$tempfile", "v$datafile",
     test_ladder.test_without_the_dictionary_the_control_file_lists_everything),
]


@pytest.mark.parametrize(("name", "right", "wrong", "guard"), MUTANTS,
                         ids=[f"{m[0]}: {m[3].__name__}"[:70] for m in MUTANTS])
def test_a_mistake_in_the_sql_turns_this_test_red(monkeypatch, name, right, wrong, guard):
    assert right in TEXTS[name]
    text = TEXTS[name].replace(right, wrong)
    guard()
    monkeypatch.setattr(session, "sql", lambda package, asked: text if asked == name else TEXTS[asked])

    with pytest.raises((AssertionError, EngineError, KeyError)):
        guard()
