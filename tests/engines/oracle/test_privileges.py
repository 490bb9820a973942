"""Names in statements, and the statements themselves."""
import pytest

from capacity_sync.adapters.engines.oracle.privileges import as_typed, container_data, grant, grants, identifier
from capacity_sync.domain.outcomes import Unsupported


@pytest.mark.parametrize(("exact", "written"), [
    ("MONITOR", "MONITOR"), ("C##MON", "C##MON"), ("A$_#1", "A$_#1"),
    ("monitor", '"monitor"'), ("Mixed", '"Mixed"'), ("MIT LEER", '"MIT LEER"'), ("1X", '"1X"'), ("MÜLLER", '"MÜLLER"'),
])
def test_an_exact_name_is_quoted_unless_oracle_would_read_it_so_anyway(exact, written):
    assert identifier(exact) == written


@pytest.mark.parametrize(("typed", "written"), [
    ("monitor", "monitor"), ("C##mon", "C##mon"), ('"Mixed"', '"Mixed"'), ("with-dash", '"with-dash"'),
])
def test_a_typed_name_means_in_a_statement_what_it_means_at_the_login(typed, written):
    assert as_typed(typed) == written


@pytest.mark.parametrize("user", ['a"b', 'x" TO public; --', "nul\0"])
def test_a_name_that_cannot_be_quoted_is_refused(user):
    with pytest.raises(Unsupported):
        grants(user)


def test_a_common_user_gets_the_views_of_the_root_and_sees_every_container():
    statements = grants("c##mon")

    assert statements[0] == "GRANT CREATE SESSION TO c##mon"
    assert statements[-1] == "ALTER USER c##mon SET CONTAINER_DATA=ALL CONTAINER=CURRENT"
    assert "GRANT SELECT ON sys.cdb_data_files TO c##mon" in statements
    assert not any("dba_" in statement for statement in statements)


def test_any_other_user_gets_three_views_and_the_redo_log():
    assert grants("mon") == [
        "GRANT CREATE SESSION TO mon",
        "GRANT SELECT ON sys.dba_tablespaces TO mon",
        "GRANT SELECT ON sys.dba_data_files TO mon",
        "GRANT SELECT ON sys.dba_temp_files TO mon",
        "GRANT SELECT ON sys.v_$log TO mon",
    ]


def test_remedies_name_the_user_exactly():
    assert grant(["v_$datafile", "dba_data_files"], "mon") == (
        'GRANT SELECT ON sys.v_$datafile TO "mon"\nGRANT SELECT ON sys.dba_data_files TO "mon"')
    assert container_data("C##MON") == "ALTER USER C##MON SET CONTAINER_DATA=ALL CONTAINER=CURRENT"
