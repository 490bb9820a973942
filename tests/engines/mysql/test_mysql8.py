"""MySQL 8 and 9, which do not run here: what the dossier's servers answered, and what must come of it."""

import pytest

from capacity_sync.adapters.engines.mysql.privileges import privileges
from capacity_sync.domain.outcomes import PermissionMissing, QueryFailed, ServerUnreachable, TimedOut
from tests.engines.mysql.conftest import bases, reasons, sizes
from tests.engines.mysql.scripted import files, measured, session

MYSQL = {"mysql": {"user": "InnoDB", "general_log": "CSV", "slow_log": "CSV"}}
OWN = {"mysql": 29_360_128, "innodb_temporary": 12_582_912, "innodb_undo_001": 16_777_216, "sys/sys_config": 114_688}


def eight(databases, spaces, *, version="8.4.10", **answers):
    return session(version, "MySQL Community Server - GPL", MYSQL | databases, files(**OWN, **spaces), **answers)


@pytest.mark.parametrize("version", ["8.0.46", "8.4.10", "9.7.4", "26.7.0"])
def test_names_are_not_decoded(version):
    server = eight(
        {"a@002d": {"t1": "InnoDB"}, "a-": {}, "été": {"t": "InnoDB"}, "UPPER": {}, "upper": {"T": "InnoDB"}},
        {"a@002d/t1": 114_688, "été/t": 114_688, "upper/T": 131_072},
        version=version,
    )

    expected = {"a@002d": 114_688, "a-": 0, "été": 114_688, "UPPER": 0, "upper": 131_072}
    assert sizes(measured(server, *expected)) == expected
    assert set(bases(measured(server, *expected)).values()) == {"file"}


def test_only_cheap_statements_are_sent():
    server = eight({"a": {"t": "InnoDB"}}, {"a/t": 114_688})
    measured(server, "a")

    assert server.asked == ["tables", "tablespaces_mysql8", "shared_files_mysql8", "redo_log_mysql8"]


def test_partitions_and_full_text_files_belong_to_their_database():
    server = eight(
        {"parts": {"t": "InnoDB", "Weird#P#name-x": "InnoDB", "texts": "InnoDB"}},
        {
            "parts/t#p#p0": 114_688,
            "parts/t#p#p1#sp#p1sp0": 114_688,
            "parts/Weird#P#name-x": 114_688,
            "parts/texts": 131_072,
            "parts/fts_0000000000000430_being_deleted": 114_688,
        },
    )

    assert sizes(measured(server, "parts")) == {"parts": 4 * 114_688 + 131_072}
    assert bases(measured(server, "parts")) == {"parts": "file"}


def test_tables_in_a_general_tablespace_are_estimated_and_it_is_overhead():
    server = eight(
        {"cap_general": {"t": "InnoDB"}, "cap_general2": {"t": "InnoDB", "own": "InnoDB"}},
        {"gts1": 15_728_640, "cap_general2/own": 114_688},
        sizes={("cap_general", "t"): 4_734_976, ("cap_general2", "t"): 2_637_824},
    )
    found = measured(server, "cap_general", "cap_general2")

    assert sizes(found) == {"cap_general": 4_734_976, "cap_general2": 2_637_824 + 114_688}
    assert set(bases(found).values()) == {"estimate"}
    own = sum(size for name, size in OWN.items())
    assert found.facts.overhead_bytes == own + 15_728_640 + 12_582_912


def test_the_system_database_is_its_tablespace():
    server = eight({}, {})

    assert sizes(measured(server, "mysql", "sys")) == {"mysql": 29_360_128, "sys": 114_688}
    assert bases(measured(server, "mysql")) == {"mysql": "file"}


def test_a_slash_in_a_name_is_settled_by_the_folder():
    server = eight(
        {"slash": {"b/t1": "InnoDB", "t": "InnoDB"}, "slash/b": {"t2": "InnoDB"}},
        {"slash/b/t1": 1_000, "slash/t": 2_000, "slash/b/t2": 4_000},
        datafiles_mysql8=[
            (b"5", b"./slash/b@002ft1.ibd"),
            (b"6", b"./slash/t.ibd"),
            (b"7", b"/ext/slash@002fb/t2.ibd"),
        ],
    )

    assert sizes(measured(server, "slash", "slash/b")) == {"slash": 3_000, "slash/b": 4_000}
    assert "datafiles_mysql8" in server.asked


def test_the_longest_known_name_decides_where_no_folder_is_told():
    server = eight(
        {"slash": {}, "slash/b": {"t2": "InnoDB"}, "other": {}},
        {"slash/b/t2": 4_000, "unseen/t": 8_000},
        datafiles_mysql8=[],
    )

    assert sizes(measured(server, "slash", "slash/b", "other")) == {"slash": 0, "slash/b": 4_000, "other": 0}


def test_a_file_without_a_length_makes_its_database_unmeasured():
    """MySQL 8.4 lost the tables of a database named `con` in a restart, and showed FILE_SIZE 0."""
    server = eight({"con": {"t1": "InnoDB"}, "kon": {"t1": "InnoDB"}}, {"con/t1": 0, "kon/t1": 114_688})

    assert sizes(measured(server, "con", "kon")) == {"kon": 114_688}
    assert "no file for t1:" in reasons(measured(server, "con"))["con"].message


def test_a_partial_revoke_hides_the_tables_of_one_database():
    held = privileges(
        [
            "GRANT SELECT, PROCESS, SHOW DATABASES, SHOW VIEW ON *.* TO `u`@`%`",
            "GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `u`@`%`",
            "REVOKE SELECT, SHOW VIEW ON `secret`.* FROM `u`@`%`",
        ]
    )
    server = eight({"secret": {}, "open": {}}, {"secret/t": 114_688}, privileges=held)

    assert sizes(measured(server, "secret", "open")) == {"open": 0}
    assert reasons(measured(server, "secret"))["secret"].category.value == "permission"


def test_without_process_every_table_is_asked_for():
    server = eight(
        {"a": {f"t{i}": "InnoDB" for i in range(120)}},
        {},
        sizes={("a", f"t{i}"): 16_384 for i in range(119)},  # the last is dropped meanwhile
        tablespaces_mysql8=PermissionMissing("you need PROCESS", code="1227"),
    )
    found = measured(server, "a")

    assert (sizes(found), found.degraded) == ({"a": 119 * 16_384}, {"a"})
    # 120 of `a`, and the system's: mysql.user and sys.sys_config
    assert [asked for asked in server.asked if isinstance(asked, tuple)] == [("table_size", n) for n in (50, 50, 22)]


def test_what_is_refused_for_one_table_costs_its_database_alone():
    refusal = QueryFailed("broken", code="1146")
    server = eight(
        {"a": {"m": "MyISAM"}, "b": {"m": "MyISAM", "n": "MyISAM"}},
        {},
        sizes={("a", "m"): 1_024, ("b", "m"): refusal, ("b", "n"): 1_024},
    )

    assert sizes(measured(server, "a", "b")) == {"a": 1_024}
    assert reasons(measured(server, "a", "b")) == {"b": refusal.failure}


def test_a_time_out_is_not_tried_table_by_table():
    slow = TimedOut("slow", code="3024")
    server = eight({"a": {f"m{i}": "MyISAM" for i in range(60)}}, {}, sizes={("a", "m7"): slow})

    assert reasons(measured(server, "a"))["a"].category.value == "timeout"
    assert sum(isinstance(asked, tuple) for asked in server.asked) == 2


def test_a_lost_connection_ends_the_phase():
    server = eight({"a": {"m": "MyISAM"}}, {}, sizes={("a", "m"): ServerUnreachable("gone", code="2013")})
    server.alive = False

    with pytest.raises(ServerUnreachable):
        measured(server, "a")


def test_a_refused_fact_costs_the_fact_alone():
    server = eight({"a": {}}, {}, shared_files_mysql8=QueryFailed("no"), redo_log_mysql8=QueryFailed("no"))
    found = measured(server, "a")

    assert (sizes(found), found.facts.overhead_bytes, found.facts.log_bytes) == ({"a": 0}, None, None)


@pytest.mark.parametrize(("version", "redo"), [("8.0.29", 100_663_296), ("8.0.30", 3_276_800)])
def test_the_redo_log(version, redo):
    assert measured(eight({"a": {}}, {}, version=version), "a").facts.log_bytes == redo
