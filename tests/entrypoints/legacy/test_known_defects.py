"""Where each known defect of the legacy service (legacy contract, section 5) is shown to be gone and its intent kept.

Defects 1, 11 and 12 are of aggregates and charts.
"""
import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
SHOWN = {
    "2 wildcards in default patterns": [
        "domain/test_filters.py::test_no_database_is_hidden_by_default",
        "entrypoints/legacy/test_collector.py::test_nothing_is_hidden_by_default",
        "entrypoints/legacy/test_collector.py::test_an_old_filter_file_keeps_its_meaning",
        "test_settings.py::test_inline_rules_may_omit_the_level",
    ],
    "3 one database without CONNECT fails the instance": [
        "engines/postgresql/test_privileges.py::test_a_forbidden_database_is_listed_and_costs_only_itself",
        "use_cases/test_coordinator.py::test_a_denied_database_costs_only_itself",
    ],
    "4 inventory and sizes of PostgreSQL are two sets": [
        "engines/postgresql/test_sizes.py::test_a_database_that_allows_no_connections_is_listed_and_measured",
        "engines/postgresql/test_sizes.py::test_a_template_of_the_users_is_no_system_database",
    ],
    "5 an empty listing deactivates everything": [
        "use_cases/test_coordinator.py::test_an_emptied_listing_is_held_and_nothing_is_measured",
        "entrypoints/legacy/test_collector.py::test_an_empty_listing_while_databases_are_active_is_a_failure",
        "entrypoints/legacy/test_collector.py::test_the_guard_holds_unless_it_is_told_to_trust",
    ],
    "6 an unforeseen exception rolls the inventory back": [
        "faults/test_every_port_call.py::test_whatever_breaks_wherever",
        "entrypoints/legacy/test_collector.py::test_a_failing_size_query_leaves_the_inventory",
    ],
    "7 whole megabytes, zeros for what is unknown, no logs": [
        "domain/test_capacity.py::test_truncate_is_the_greatest_number_of_megabytes_within_the_bytes",
        "entrypoints/legacy/test_collector.py::test_a_target_that_cannot_be_measured_is_told_and_is_no_zero",
        "engines/sqlserver/test_sizes.py::test_more_than_sixteen_terabytes_are_exact",
    ],
    "8 MariaDB: a view that is not there, engines left out, pseudo databases": [
        "engines/mysql/test_sizes.py::test_every_kind_of_innodb_table_is_the_length_of_its_files",
        "engines/mysql/test_sizes.py::test_what_is_not_innodb_is_counted_from_its_statistics",
        "engines/mysql/test_sizes.py::test_tables_in_the_system_tablespace_are_estimated_without_its_free_space",
        "engines/mysql/test_names.py::test_the_system_databases_are_marked_and_no_other",
    ],
    "9 a name with @ and four hex digits is decoded twice": [
        "engines/mysql/test_names.py::test_every_name_is_listed_and_measured_as_itself",
    ],
    "10 midnight splits a run": [
        "use_cases/test_fleet.py::test_one_reading_of_the_clock_dates_everything",
        "entrypoints/legacy/test_collector.py::test_the_clock_is_read_once_per_connection",
    ],
    "13 the documented grants of Oracle do not cover its query": [
        "engines/oracle/test_ladder.py::test_nothing_but_the_least_privileges_is_needed",
        "engines/oracle/test_ladder.py::test_check_names_every_privilege_that_is_missing_once_with_its_grant",
    ],
    "14 one after another, no retry": [
        "entrypoints/legacy/test_fleet.py::test_instances_do_not_wait_for_one_another",
        "use_cases/test_retries.py::test_a_connection_that_is_refused_is_opened_again",
    ],
}


@cache
def names_in(module):
    """Of all functions, those in classes too."""
    tree = ast.parse((TESTS / module).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("tests", SHOWN.values(), ids=SHOWN)
def test_each_known_defect_has_tests_that_show_it_gone(tests):
    found = [test for test in tests if test.partition("::")[2] in names_in(test.partition("::")[0])]

    assert found == tests
