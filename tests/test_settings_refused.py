"""A wrong fleet file: every mistake on one line, all in one go, and never a traceback."""
import string
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.settings import Settings
from tests.test_settings import FULL, FakeCatalog, load

PASSWORD = "hunter2-Tr0ub4dor"
ONE = "instances:\n- name: a\n  engine: tower\n  host: h\n"


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigurationRefused) as refused:
        load(folder, text)
    return [m.removeprefix(f"{folder}/fleet.yaml:") for m in refused.value.mistakes]


@pytest.mark.parametrize(("text", "expected"), [
    # shape
    ("a: [", "1: not valid YAML: expected the node content, but found '<stream end>'"),
    ("- a\n", "1: expected a mapping of keys to values, got a list"),
    ("just text", "1: expected a mapping of keys to values, got text"),
    ("5: x", "1: ?: a key must be text; put it in quotes"),
    ("workers: 1\nworkers: 2", "2: workers: this key stands here twice"),
    ("a: &x [*x]", "1: not valid YAML: an anchor contains itself"),
    ("store: !!python/object:os.system x", "1: store: text that begins with ! or = needs quotes"),
    ("timezone: 2024-99-99", "1: timezone: looks like a number or a date but is none; put it in quotes"),
    # keys
    ("stor: x", '1: stor: unknown key; did you mean "store"?'),
    ("xyz: 1", "1: xyz: unknown key; known are store, timezone, defaults, filters"),
    ("host: h", "1: host: unknown key here; it belongs to an instance"),
    ("deadline: 3", "1: deadline: unknown key here; it belongs under defaults"),
    (ONE + "  workers: 3", "5: instances[0].workers: unknown key here; it belongs to the top level"),
    (ONE + "  prot: 1", '5: instances[0].prot: unknown key; did you mean "port"?'),
    (ONE + "  tls: {mod: require}", '5: instances[0].tls.mod: unknown key; did you mean "mode"?'),
    # kinds of value
    ("instances: {a: b}", "1: instances: expected a list of instances, got a mapping"),
    ("instances: [text]", "1: instances[0]: expected a mapping of keys to values, got text"),
    (ONE.replace("host: h", "host: 10"), "4: instances[0].host: expected text, got a number; put it in quotes"),
    (ONE.replace("name: a", "name: yes"), "2: instances[0].name: expected text, got true or false; put it in quotes"),
    (ONE + '  port: "5432"', "5: instances[0].port: expected a whole number, got text; remove the quotes"),
    (ONE + "  port: true", "5: instances[0].port: expected a whole number, got true or false"),
    (ONE + "  port: 70000", "5: instances[0].port: expected a whole number from 1 to 65535, got 70000"),
    (ONE + "  include_system: 1", "5: instances[0].include_system: expected true or false, got a number"),
    (ONE + "  tags: {n: 1}", "5: instances[0].tags.n: expected text, got a number; put it in quotes"),
    (ONE + "  tags: [x]", "5: instances[0].tags: expected a mapping of texts, got a list"),
    (ONE + '  database: ""', "5: instances[0].database: expected text, got none"),
    ("workers: 0", "1: workers: expected a whole number from 1 to 1000000, got 0"),
    ("batch: 0", "1: batch: expected a whole number from 1 to 1000000, got 0"),
    ("per_host: 0", "1: per_host: expected a whole number from 1 to 1000000, got 0"),
    ("budget: soon", '1: budget: "soon" is no time; write seconds, or whole numbers with d, h, m, s, such as 1h30m'),
    ("retries: -1", "1: retries: expected a whole number from 0 to 100, got -1"),
    ("timezone: europe/berln", '1: timezone: no time zone "europe/berln" in the IANA database; '
                               'did you mean "Europe/Berlin"?'),
    ("timezone: ../x", '1: timezone: no time zone "../x"'),
    ("timezone: Europe", '1: timezone: no time zone "Europe"'),
    ("defaults: {deadline: 0}", "1: defaults.deadline: expected seconds, more than 0"),
    (ONE + "  connect_timeout: -1", "5: instances[0].connect_timeout: expected seconds, more than 0"),
    ("defaults: {deadline: .nan}", "1: defaults.deadline: expected a number"),
    ('defaults: {deadline: "60"}', "1: defaults.deadline: expected a number, got text"),
    ("guard: {mode: maybe}", "1: guard.mode: expected one of hold, trust"),
    ("guard: {max_lost: 1.5}", "1: guard.max_lost: expected a share from 0 to 1"),
    ("guard: {min_active: 0}", "1: guard.min_active: expected a whole number from 1"),
    ("limit: 5 parsecs", '1: limit: "5 parsecs" is no size'),
    ("limit: 0", "1: limit: expected at least one byte"),
    ("limit: 1.5", "1: limit: expected bytes such as 2TiB or 500GB, got a number"),
    ("volumes: [san1]", "1: volumes: expected a mapping of names to sizes, got a list"),
    ("volumes:\n  san1: 0", "2: volumes.san1: expected at least one byte"),
    ("volumes:\n  san1: 2 parsecs", '2: volumes.san1: "2 parsecs" is no size'),
    ("volumes:\n  san1:", "2: volumes.san1: expected bytes such as 2TiB or 500GB, got nothing"),
    ('volumes:\n  "a\\tb": 1TiB', "2: volumes.a\\u0009b: a name has no control characters, and at most 255 characters"),
    ("volume: san1", "1: volume: unknown key here; it belongs to an instance"),
    (ONE + "  volume: 1", "5: instances[0].volume: expected text, got a number; put it in quotes"),
    (ONE + "  volume: san1", '5: instances[0].volume: no volume "san1"; there is none: give names and sizes under '
                             "volumes: at the top level"),
    (ONE + "  volume: san\nvolumes: {san1: 1TiB, x: 2}", '5: instances[0].volume: no volume "san"; did you mean '
                                                         '"san1"?; known are san1, x'),
    (ONE + "  volume: san1\nvolumes: {san1: 0}", "6: volumes.san1: expected at least one byte"),
    (ONE + "  volume: san1\nvolumes: 5", "6: volumes: expected a mapping of names to sizes, got a number"),
    ("alerts: [stale]", "1: alerts: expected a mapping of keys to values, got a list"),
    ("alerts:\n  growht: {}", '2: alerts.growht: unknown key; did you mean "growth"?'),
    ("alerts:\n  growth: {percent: 0}", "2: alerts.growth.percent: expected a number above 0 and at most 1000000"),
    ("alerts:\n  growth: {bytes: 20 parsecs}", '2: alerts.growth.bytes: "20 parsecs" is no size'),
    ("alerts:\n  growth: {days: 0}", "2: alerts.growth.days: expected a whole number from 1 to 3650, got 0"),
    ("alerts:\n  nearly_full: {share: 90}", "2: alerts.nearly_full.share: expected a number above 0 and at most 1"),
    ("alerts:\n  stale: {hours: soon}", "2: alerts.stale.hours: expected a number, got text"),
    ("alerts:\n  stale: {days: 3}", "2: alerts.stale.days: unknown key"),
    ("store: capacity.db", "1: store: not a database URL; for a file write sqlite:///capacity.db"),
    # engines and addresses
    (ONE.replace("tower", "towr"), '3: instances[0].engine: unknown engine "towr"; did you mean "tower"? '
                                   "installed: drawer, ruin, shed, tower"),
    ("instances: [{name: a, host: h}]", "1: instances[0].engine: missing; installed are drawer, ruin, shed, tower"),
    ("instances: [{engine: tower, host: h}]", "1: instances[0].name: missing; every instance has a name of its own"),
    (ONE.replace("name: a", "name: a/b"), "2: instances[0].name: a name has no slash"),
    (ONE.replace("name: a", r'name: "a\e[2J"'), "2: instances[0].name: a name has no slash, no control characters"),
    (ONE + "- {name: a, engine: tower, host: h}", '5: instances[1].name: "a" is already the name of instances[0]'),
    ("instances: [{name: a, engine: tower}]", "1: instances[0].host: missing; Tower is found by its host"),
    ("instances: [{name: a, engine: drawer}]", "1: instances[0].path: missing; Drawer is found by its path"),
    (ONE + "  path: /x", "5: instances[0].path: Tower has none; it is found by its host"),
    ("instances: [{name: a, engine: drawer, path: p, port: 1}]", "1: instances[0].port: Drawer has none"),
    ("instances: [{name: a, url: 'tower://h/', host: h}]", "1: instances[0].host: stands beside url"),
    ("instances: [{name: a, url: 'tower://u@h/', username: v}]", "1: instances[0].username: stands beside url"),
    ("instances: [{name: a, url: 'tower://h/', engine: shed}]", "1: instances[0].engine: the URL says tower"),
    ("instances: [{name: a, url: 'towre://h/'}]", '1: instances[0].url: no installed engine for "towre://"; '
                                                 'did you mean "tower"? installed: drawer'),
    ("instances: [{name: a, url: 'tower://h:port/'}]", "1: instances[0].url: not a valid URL"),
    ("instances: [{name: a, url: 'h:1'}]", "1: instances[0].url: not a valid URL"),
    ("instances: [{name: a, url: 'tower://h/d?ssl=1'}]", "1: instances[0].url: options after ? or # are not read"),
    # TLS and secrets
    (ONE + "  tls: {mode: requre}", "5: instances[0].tls.mode: expected one of disable, prefer, require, verify-full; "
                                    'did you mean "require"?'),
    (ONE.replace("tower", "shed") + "  tls: {mode: require}", "5: instances[0].tls: Shed cannot do mode require; "
                                                              "it can do disable"),
    ("instances: [{name: a, engine: drawer, path: p, tls: {mode: disable}}]", "1: instances[0].tls: Drawer has none"),
    (ONE + "  password: 5", "5: instances[0].password: expected {env: NAME}, {file: PATH} or {command: "
                            "[PROGRAM, ARGUMENT, ...]}; a number needs quotes"),
    (ONE + "  password: {env: A, file: b}", "5: instances[0].password: expected {env: NAME}"),
    (ONE + "  password: {command: ls -l}", "5: instances[0].password: expected {env: NAME}"),
    # filters
    ("filters: 5", "1: filters: expected a file name or a mapping by engine, got a number"),
    ("filters: {database_filters: 5}", "1: filters.database_filters: expected a mapping by engine, got a number"),
    ("filters: {tower: {exclude: [a]}}", "1: filters.tower.exclude: unknown key"),
    ("filters: {tower: {exclude_databases: a}}", "1: filters.tower.exclude_databases: expected a list of texts"),
    ("filters: {tower: {exclude_patterns: [1]}}", "1: filters.tower.exclude_patterns[0]: expected text, got a number"),
])
def test_a_mistake_is_told_with_line_key_and_way_out(tmp_path, text, expected):
    [told] = mistakes(tmp_path, text)

    assert told.startswith(expected)


def test_all_mistakes_are_told_in_one_go_in_the_order_of_their_lines(tmp_path):
    text = """timezone: Mars
instances:
  - {name: a, engine: towr, prot: 1, host: 10}
  - name: a
    engine: tower
    limit: much
volumes: {san1: 0, san2: 1TiB, san3: [1]}
filters: {tower: {exclude_patterns: x}}
"""
    assert [told.split(": ")[:2] for told in mistakes(tmp_path, text)] == [
        ["1", "timezone"],
        ["3", "instances[0].host"], ["3", "instances[0].prot"], ["3", "instances[0].engine"],
        ["4", "instances[1].host"], ["4", "instances[1].name"],
        ["6", "instances[1].limit"],
        ["7", "volumes.san1"], ["7", "volumes.san3"],
        ["8", "filters.tower.exclude_patterns"],
    ]


def test_a_missing_file_says_what_to_do(tmp_path):
    with pytest.raises(ConfigurationRefused, match=r"nowhere\.yaml: no such file; .* --config"):
        Settings.load(tmp_path / "nowhere.yaml", environ={})


@pytest.mark.parametrize("path", ["", "fleet\0.yaml"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path, path):
    with pytest.raises(ConfigurationRefused, match="cannot be read"):
        Settings.load(f"{tmp_path}/{path}", environ={})


def test_a_store_in_the_environment_that_is_no_url_is_refused(tmp_path):
    with pytest.raises(ConfigurationRefused, match=r"^CAPACITY_SYNC_STORE: not a database URL"):
        load(tmp_path, "", {"CAPACITY_SYNC_STORE": "x.db"})


@pytest.mark.parametrize(("content", "expected"), [
    (None, "filters: {file}: no such file or directory"),
    ("", "{file}: the key database_filters is missing"),
    ("tower: {exclude_databases: [x]}", "{file}:1: the key database_filters is missing"),
    ("database_filters:\n  tower:\n    exclude_database: [x]",
     '{file}:3: database_filters.tower.exclude_database: unknown key; did you mean "exclude_databases"?'),
    ("database_filters: [", "{file}:1: not valid YAML"),
])
def test_a_wrong_filter_file_is_named_with_its_key(tmp_path, content, expected):
    file = tmp_path / "filters.yaml"
    if content is not None:
        file.write_text(content)

    with pytest.raises(ConfigurationRefused) as refused:
        load(tmp_path, "filters: filters.yaml\nworkers: 0")
    assert refused.value.mistakes[0].endswith("expected a whole number from 1 to 1000000, got 0")
    assert refused.value.mistakes[1].startswith(expected.format(file=file))


def test_aliases_that_stand_for_billions_are_refused_soon(tmp_path):
    levels = "\n".join(f"  - &n{n} [{', '.join([f'*n{n - 1}'] * 10)}]" for n in range(1, 12))

    [told] = mistakes(tmp_path, f"filters:\n  - &n0 [x]\n{levels}\n")
    assert "too many values" in told


def test_a_file_nested_too_deeply_is_refused(tmp_path):
    with pytest.raises(ConfigurationRefused, match="nested too deeply"):
        load(tmp_path, "a: " + "[" * 5000)


SECRETIVE = f"""
instances:
  - name: a
    engine: tower
    host: h
    password: {PASSWORD}
  - name: b
    url: tower://u:{PASSWORD}@h:1/d
"""


@pytest.mark.parametrize(("before", "after"), [
    (f"password: {PASSWORD}", f"password: *{PASSWORD}"),
    (f"password: {PASSWORD}", f"password: !{PASSWORD} x"),
    (f"password: {PASSWORD}", f"password: {{{PASSWORD}}}"),
    (f"password: {PASSWORD}", f"password: {{{PASSWORD}, {PASSWORD}}}"),
    (f"password: {PASSWORD}", f"password: [{PASSWORD}]"),
    (f"password: {PASSWORD}", f"password: '{PASSWORD}"),
    (f"password: {PASSWORD}", f"password: %{PASSWORD}"),
    (f"password: {PASSWORD}", f"password: {PASSWORD}: x"),
    (f":{PASSWORD}@h:1", f":{PASSWORD}@h:{PASSWORD}"),
    (f":{PASSWORD}@h", f":{PASSWORD}/@h"),
    ("tower://", "towr://"),
    ("tower://", ""),
    ("/d", "/d?x=1"),
])
def test_no_mistake_repeats_a_password(tmp_path, before, after):
    told = mistakes(tmp_path, SECRETIVE.replace(before, after))

    assert PASSWORD not in "\n".join(told)


JUNK = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.dates(),
                 st.just([]), st.just({}), st.lists(st.text(max_size=3), max_size=2),
                 st.dictionaries(st.text(max_size=6), st.integers(), max_size=2))


@st.composite
def one_value_replaced(draw):
    """FULL with one value, somewhere, replaced by junk, or one key renamed."""
    data = yaml.safe_load(FULL)
    here = data
    while True:
        key = draw(st.sampled_from(sorted(here) if isinstance(here, dict) else range(len(here))))
        if not (isinstance(here[key], (dict, list)) and here[key]) or draw(st.booleans()):
            break
        here = here[key]
    if isinstance(here, dict) and draw(st.booleans()):
        here[draw(st.text(alphabet=string.ascii_lowercase, min_size=1, max_size=8))] = here.pop(key)
    else:
        here[key] = draw(JUNK)
    return yaml.safe_dump(data, allow_unicode=draw(st.booleans()))


@st.composite
def characters_replaced(draw):
    text, at = FULL, draw(st.integers(0, len(FULL)))
    return text[:at] + draw(st.text(max_size=3)) + text[at + draw(st.integers(0, 30)):]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=one_value_replaced() | characters_replaced() | st.text(max_size=40))
@example(text="name: \ud800")
@example(text=r'instances: [{name: "\ud800", engine: "\u0007", "\n": 1}]')
def test_a_mutated_file_gives_settings_or_mistakes_of_one_line_each(tmp_path, text):
    file = tmp_path / "fleet.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    for line in mistakes_of(file):
        assert line.startswith((str(file), "filters: "))
        assert len(line.splitlines()) == 1
        line.encode()


def mistakes_of(file):
    """Nothing when the file is right; never an empty refusal, and never any other exception."""
    try:
        Settings.load(file, engines=FakeCatalog(), environ={})
    except ConfigurationRefused as error:
        return error.mistakes or pytest.fail("refused without a reason")
    return ()
