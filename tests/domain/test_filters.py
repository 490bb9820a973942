"""Names and SQL LIKE patterns: what a rule hides, and why."""
import re
import sqlite3
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from capacity_sync.domain.filters import EngineRules, FilterRules, like
from capacity_sync.testing import strategies

characters = "abAB%_\\.*[^$("
subjects = st.text(characters + "é\n😀", max_size=8)


def like_slowly(pattern, name):
    """SQL LIKE by its definition, one character at a time."""
    if not pattern:
        return not name
    if pattern[0] == "%":
        return any(like_slowly(pattern[1:], name[n:]) for n in range(len(name) + 1))
    taken, literal = (2, pattern[1]) if pattern[0] == "\\" and len(pattern) > 1 else (1, pattern[0])
    same = bool(name) and (name[0].lower() == literal.lower() or (taken == 1 and literal == "_"))
    return same and like_slowly(pattern[taken:], name[1:])


@pytest.fixture(scope="module")
def sqlite():
    connection = sqlite3.connect(":memory:")
    yield lambda name, pattern: bool(connection.execute(r"SELECT ? LIKE ? ESCAPE '\'", (name, pattern)).fetchone()[0])
    connection.close()


@given(strategies.patterns, subjects)
def test_a_pattern_means_what_sql_like_defines(pattern, name):
    assert bool(like(pattern).fullmatch(name)) is like_slowly(pattern, name)


@given(subjects, st.data())
def test_a_pattern_made_from_a_name_matches_it(name, data):
    parts = [data.draw(st.sampled_from(["\\" + c, "_"])) for c in name]
    for cut in data.draw(st.lists(st.integers(0, len(parts)), max_size=3, unique=True)):
        parts[cut:cut + data.draw(st.integers(0, 2))] = ["%"]

    assert like("".join(parts)).fullmatch(name)


@example("%a%a", "aba")
@given(strategies.patterns.filter(lambda p: not re.search(r"(?<!\\)(\\\\)*\\$", p)), st.text(characters, max_size=8))
def test_a_pattern_means_what_it_means_to_sqlite(sqlite, pattern, name):
    """Where both have a meaning: SQLite matches nothing with an escape at the end, and knows only ASCII case."""
    assert bool(like(pattern).fullmatch(name)) is sqlite(name, pattern)


@pytest.mark.parametrize(("pattern", "matches", "others"), [
    ("temp_%", ["temp_1", "temperature", "TEMPS"], ["temp", "atemp_1"]),
    (r"temp\_%", ["temp_1", "TEMP_"], ["temperature"]),
    ("%test%", ["test", "a Test b", "x\ntest\n"], ["tes"]),
    ("a%b%c", ["abc", "aXbXbXc", "abcbc"], ["acb", "ab"]),
    ("%ab", ["ab", "aab", "abab"], ["aba"]),
    ("", [""], ["a"]),
    ("_", ["a", "é", "😀"], ["", "ab"]),
    (r"50\%", ["50%"], ["50", "505"]),
    ("a\\", ["a\\", "A\\"], ["a", "aa"]),
    (r"a\\b", ["a\\b"], ["ab", r"a\\b"]),
    (r"\a", ["a", "A"], [r"\a"]),
    ("a.b*[c]", ["a.b*[c]"], ["axb*c"]),
    ("ÉTÉ", ["été", "Été"], ["ete"]),
])
def test_patterns_by_example(pattern, matches, others):
    assert [name for name in (*matches, *others) if like(pattern).fullmatch(name)] == matches


def test_no_name_makes_a_pattern_slow():
    """With a plain `.*` for each `%` this takes seconds, and minutes for a longer name."""
    begun = time.perf_counter()

    assert not like("%a%a%a%a%z").fullmatch("a" * 160)
    assert time.perf_counter() - begun < 1


@given(strategies.engine_rules, strategies.names)
def test_a_verdict_carries_its_reason(rules, name):
    reason = rules.reason(name)
    hits = [pattern for pattern in rules.patterns if like_slowly(pattern, name)]

    if name.lower() in {other.lower() for other in rules.names}:
        assert reason == "exclude_database"
    else:
        assert reason == (f"exclude_pattern:{hits[0]}" if hits else None)


@given(strategies.names)
def test_exact_names_ignore_case(name):
    assert EngineRules([name]).reason(name.lower()) == "exclude_database"
    assert EngineRules([name.lower()]).reason(name) == "exclude_database"


def test_a_name_outweighs_a_pattern_and_the_first_pattern_the_second():
    rules = EngineRules(["Exact"], ["e%", "%a%"])

    assert [rules.reason(name) for name in ("EXACT", "Extra", "bar", "other")] == [
        "exclude_database", "exclude_pattern:e%", "exclude_pattern:%a%", None]


def test_rules_are_those_of_the_engine():
    rules = FilterRules({"mysql": EngineRules(["test"])})

    assert rules.of("mysql").reason("test") == "exclude_database"
    assert rules.of("postgresql").reason("test") is None


@given(strategies.names)
def test_no_database_is_hidden_by_default(name):
    assert FilterRules().of("mysql").reason(name) is None


def test_equal_rules_are_equal_whatever_they_compiled_to():
    assert EngineRules(["A"], ["b%"]) == EngineRules(["a"], ("b%",))
    assert "re.compile" not in repr(EngineRules((), ["b%"]))


def test_what_rules_compile_to_cannot_be_given():
    with pytest.raises(TypeError, match="compiled"):
        EngineRules(compiled=())
