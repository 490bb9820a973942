"""MariaDB's two looks at its files, when something changes between them: what a server can hardly be made to do."""

import pytest

from capacity_sync.domain.outcomes import TimedOut
from tests.engines.mysql.conftest import reasons, sizes
from tests.engines.mysql.scripted import Turns, measured, session

SYSTEM = [
    ("dictionary", 0, b"SYS_FOREIGN", None),
    ("file", 0, b"innodb_system", 12_582_912),
    ("redo", None, None, 4096),
]
TABLES = {"mysql": {}, "a": {"t": "InnoDB"}, "b": {"t": "InnoDB"}}


def known(space, name):
    return ("dictionary", space, name, None)


def opened(space, name, size=65_536):
    return ("file", space, name, size)


def maria(*looks):
    turns = Turns([*SYSTEM, *look, known(99, b"sys/sys_config"), opened(99, b"sys/sys_config")] for look in looks)
    return session("10.11.19-MariaDB", "", TABLES, turns, open_tablespaces=[(3,)])


A, B, FILE_A, FILE_B = known(1, b"a/t"), known(2, b"b/t"), opened(1, b"a/t"), opened(2, b"b/t")


def test_one_look_is_enough_when_all_files_are_open():
    server = maria([A, B, FILE_A, FILE_B])

    assert sizes(measured(server, "a", "b")) == {"a": 65_536, "b": 65_536}
    assert server.asked == ["tables", "tablespaces_mariadb"]


def test_a_second_look_counts_what_was_opened():
    server = maria([A, B, FILE_A], [A, B, FILE_A, FILE_B])

    assert sizes(measured(server, "a", "b")) == {"a": 65_536, "b": 65_536}
    assert server.asked == ["tables", "tablespaces_mariadb", "open_tablespaces", "tablespaces_mariadb"]


def test_what_stays_missing_makes_its_database_unmeasured():
    found = measured(maria([A, B, FILE_A], [A, B, FILE_A]), "a", "b")

    assert sizes(found) == {"a": 65_536}
    assert "no file for t:" in reasons(found)["b"].message


def test_what_only_the_second_look_lacks_was_dropped_just_then():
    new = known(3, b"a/new")
    found = measured(maria([A, B, FILE_A], [A, B, new, FILE_A, FILE_B]), "a", "b")

    assert sizes(found) == {"a": 65_536, "b": 65_536}


def test_what_was_missing_and_is_dropped_is_not_missed():
    found = measured(maria([A, B, known(3, b"a/old"), FILE_A, FILE_B], [A, B, FILE_A, FILE_B]), "a", "b")

    assert sizes(found) == {"a": 65_536, "b": 65_536}


@pytest.mark.parametrize("alive", [True, False])
def test_opening_that_takes_too_long_costs_what_was_not_opened(alive):
    server = maria([A, B, FILE_A], [A, B, FILE_A])
    server.answers["open_tablespaces"] = TimedOut("too long", code="1969")
    server.alive = alive
    if alive:
        assert sizes(measured(server, "a", "b")) == {"a": 65_536}
    else:
        with pytest.raises(TimedOut):
            measured(server, "a", "b")
