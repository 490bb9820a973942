"""MySQL 5.7, which does not run here: encoded names, no system tablespace in the view, general tablespaces."""

from capacity_sync.domain.outcomes import Unsupported
from tests.engines.mysql.conftest import bases, sizes
from tests.engines.mysql.scripted import files, measured, session

SYSTEM = {"mysql": {"user": "MyISAM", "plugin": "InnoDB"}}


def seven(databases, spaces, sizes=(), **answers):
    own = {"mysql/plugin": 98_304, "sys/sys_config": 98_304}
    known = {("mysql", "user"): 4_096, **dict(sizes)}
    return session("5.7.42-log", "", SYSTEM | databases, files(**own, **spaces), known, **answers)


def test_names_are_decoded_and_alike_ones_kept_apart():
    server = seven(
        {name: {"t-1": "InnoDB"} for name in ("test-01", "été", "ete", "ÉTÉ", "con", "a@002d")},
        {
            "test@002d01/t@002d1": 98_304,
            "@0pt@0p/t@002d1": 98_305,
            "ete/t@002d1": 98_306,
            "@0PT@0P/t@002d1": 98_307,
            "con@@@/t@002d1": 98_308,
            "a@0040002d/t@002d1": 98_309,
        },
    )
    expected = {"test-01": 98_304, "été": 98_305, "ete": 98_306, "ÉTÉ": 98_307, "con": 98_308, "a@002d": 98_309}

    assert sizes(measured(server, *expected)) == expected
    assert set(bases(measured(server, *expected)).values()) == {"file"}


def test_partitions_general_tablespaces_and_shared_ones():
    server = seven(
        {"parts": {"t": "InnoDB"}, "general": {"g": "InnoDB", "m": "MyISAM"}},
        {"parts/t#P#p0": 98_304, "parts/t#P#p1#SP#p1sp0": 98_304, "gts1": 15_728_640},
        {("general", "g"): 4_734_976, ("general", "m"): 8_217_600},
    )
    found = measured(server, "parts", "general")

    assert sizes(found) == {"parts": 196_608, "general": 4_734_976 + 8_217_600}
    assert bases(found) == {"parts": "file", "general": "estimate"}
    assert found.facts.overhead_bytes == 15_728_640 + 79_691_776 + 12_582_912 + 98_304 + 4_096 + 98_304
    assert found.facts.log_bytes == 100_663_296


def test_a_view_without_lengths_gives_estimates_and_blames_no_privilege():
    server = seven(
        {"a": {"t": "InnoDB"}},
        {},
        {("a", "t"): 16_384, ("mysql", "plugin"): 16_384, ("sys", "sys_config"): 16_384},
        tablespaces_mysql57=Unsupported("Unknown column 'FILE_SIZE' in 'field list'", code="1054"),
    )
    found = measured(server, "a")

    assert (sizes(found), bases(found), found.degraded) == ({"a": 16_384}, {"a": "estimate"}, frozenset())
    assert [(warning.category.value, warning.code) for warning in found.warnings] == [("unsupported", "1054")]
