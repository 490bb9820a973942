"""The rules of `rules/` hold, and each was seen to bite: one planted violation, in a copy, breaks that rule alone."""
import pytest

from architecture.house import read_house
from architecture.rules import RULES, engines, import_time, imports, shape

HOUSE = read_house()
BROKEN = {rule: set(rule(HOUSE)) for rule in RULES}
LINES = "\n".join(f"    x{n} = {n}" for n in range(30))
PORT = "from capacity_sync.ports import Clock\n\n\nclass"

PLANTS = [
    (imports.packages_of_others_stay_in_their_rooms, "domain/stamp.py", "\n\ndef f():\n    import yaml\n"),
    (imports.packages_of_others_stay_in_their_rooms, "use_cases/run.py", "\nfrom sqlalchemy import text\n"),
    (imports.packages_of_others_stay_in_their_rooms, "adapters/stores/sql/runs.py", "\nfrom rich import print\n"),
    (imports.packages_of_others_stay_in_their_rooms, "adapters/engines/sqlite/files.py", "\nimport somedriver\n"),
    (imports.packages_of_others_stay_in_their_rooms, "adapters/engines/sqlite/files.py",
     "\n\nclass C:\n    import somedriver.cursors\n"),
    (imports.the_core_imports_nothing_by_name, "use_cases/run.py",
     "\n\ndef f():\n    return importlib.import_module('sqlalchemy')\n"),
    (engines.an_engine_is_named_in_its_folder_only, "domain/instance.py", "\nROUNDED_DOWN = 'PostgreSQL'\n"),
    (engines.an_engine_is_named_in_its_folder_only, "adapters/engines/sqlite/files.py", "\n\ndef like_mysql(): ...\n"),
    (engines.an_engine_is_one_folder_and_one_entry_point, "adapters/engines/db2/adapter.py", '"""Db2."""\n'),
    (shape.no_module_is_longer_than_200_lines, "domain/stamp.py", "# a line\n" * 200),
    (shape.no_function_is_longer_than_30_lines, "domain/stamp.py", f"\n\ndef f():\n{LINES}\n"),
    (shape.no_room_is_named_after_nothing, "domain/utils.py", '"""Rest."""\n'),
    (shape.no_room_is_named_after_nothing, "services/sync.py", '"""Rest."""\n'),
    (engines.sql_text_stands_in_sql_files, "adapters/engines/sqlite/files.py", "\nQUERY = 'SELECT name FROM t'\n"),
    (engines.sql_text_stands_in_sql_files, "adapters/engines/sqlite/files.py",
     "\n\ndef f(name):\n    return f'GRANT CONNECT ON {name} TO me'\n"),
    (engines.sql_text_stands_in_sql_files, "adapters/engines/sqlite/files.py",
     "\n\ndef f(cursor):\n    cursor.execute('vacuum')\n"),
    (engines.every_sql_file_is_read_by_its_engine, "adapters/engines/sqlite/forgotten.sql", "SELECT 1"),
    (shape.every_ignore_names_its_rule_and_its_reason, "domain/stamp.py", "\nX = 1  # noqa: S101\n"),
    (shape.every_ignore_names_its_rule_and_its_reason, "domain/stamp.py", "\nX: int = ''  # type: ignore # reason\n"),
    (import_time.a_module_declares_and_does_nothing, "domain/stamp.py", "\nprint(UTC)\n"),
    (import_time.a_module_declares_and_does_nothing, "domain/stamp.py", "\nfor _ in (): ...\n"),
    (import_time.a_module_declares_and_does_nothing, "adapters/clock.py", "\nSTARTED = time.monotonic()\n"),
    (import_time.a_module_declares_and_does_nothing, "adapters/clock.py", "\n\ndef f(at=time.monotonic()): ...\n"),
    (import_time.the_clock_is_read_in_one_place, "domain/stamp.py", "\n\ndef f():\n    return datetime.now(UTC)\n"),
    (shape.a_port_has_no_behaviour, "ports/runtime.py", "\n\nclass C(Protocol):\n    def f(self):\n        return 1\n"),
    (shape.what_implements_a_port_is_final, "adapters/clock.py", f"\n{PORT} Sundial(Clock): ...\n"),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_the_rule(rule):
    assert BROKEN[rule] == set()


@pytest.mark.parametrize(("broken", "path", "added"), PLANTS, ids=[rule.__name__ for rule, _, _ in PLANTS])
def test_a_planted_violation_breaks_one_rule_alone(broken, path, added):
    planted = HOUSE.with_text(path, added)

    assert {rule for rule in RULES if set(rule(planted)) - BROKEN[rule]} == {broken}


def test_every_rule_was_seen_to_bite():
    assert {rule for rule, _, _ in PLANTS} == set(RULES)


@pytest.mark.parametrize("room", engines.NAMES_ENGINES)
def test_a_room_that_may_name_engines_does(monkeypatch, room):
    monkeypatch.delitem(engines.NAMES_ENGINES, room)

    assert list(engines.an_engine_is_named_in_its_folder_only(HOUSE)) != []


@pytest.mark.parametrize("tame", [
    '"""It was written for PostgreSQL, `SELECT name FROM t`, like mysql."""\n',
    "# PostgreSQL: SELECT name FROM t\n",
])
def test_prose_may_tell_of_engines_and_statements(tame):
    told = HOUSE.with_text("domain/told.py", tame)

    assert {rule: set(rule(told)) for rule in RULES} == BROKEN
