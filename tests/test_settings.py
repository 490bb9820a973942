"""fleet.yaml as values: what a right file means."""
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve, frozen

from capacity_sync.domain.alerts import AlertPolicy
from capacity_sync.domain.capacity import MbRounding
from capacity_sync.domain.guard import GuardMode, GuardPolicy
from capacity_sync.domain.instance import (
    CommandSecret,
    EngineTraits,
    EnvSecret,
    FileSecret,
    Instance,
    Locator,
    PlainSecret,
    Timeouts,
    Tls,
    TlsMode,
)
from capacity_sync.domain.outcomes import ConfigurationRefused, Unsupported
from capacity_sync.domain.volume import Volume
from capacity_sync.ports import EngineCatalog
from capacity_sync.settings import Settings

TRAITS = {
    "tower": EngineTraits("tower", "Tower", MbRounding.CEIL, default_port=4000,
                          url_schemes=frozenset({"tower", "spire"}), tls_modes=frozenset(TlsMode)),
    "shed": EngineTraits("shed", "Shed", MbRounding.CEIL, default_port=5000, tls_modes=frozenset({TlsMode.DISABLE})),
    "drawer": EngineTraits("drawer", "Drawer", MbRounding.TRUNCATE, locator=Locator.PATH),
}


@frozen
class _Adapter:
    traits: EngineTraits


@frozen
class FakeCatalog(EngineCatalog):
    broken: tuple[str, ...] = ("ruin",)

    def names(self):
        return sorted((*TRAITS, *self.broken))

    def adapter(self, engine):
        if engine not in TRAITS:
            raise Unsupported(f"{engine} does not load")
        return _Adapter(TRAITS[engine])


def load(folder: Path, text: str, environ=None, **options) -> Settings:
    file = folder / "fleet.yaml"
    file.write_text(text, encoding="utf-8")
    return Settings.load(file, engines=FakeCatalog(), environ=environ or {}, **options)


def only(folder: Path, text: str) -> Instance:
    [instance] = load(folder, f"instances: [{{{text}}}]").instances
    return instance


FULL = """
store: sqlite:///capacity.db
timezone: Asia/Shanghai
defaults: {connect_timeout: 1.5, deadline: 60}
guard: {min_active: 8, visible_only_days: 3}
include_system: true
limit: 500GB
volumes: {san1: 4TiB, /srv/data: 1000}
workers: 3
per_host: 7
budget: 1h30m
batch: 16
retries: 2
alerts: {growth: {percent: 12.5, bytes: 5GiB, days: 7}, nearly_full: {share: 0.8, days: 30}, stale: {hours: 50}}
filters: {tower: {exclude_databases: [Old], exclude_patterns: ["tmp_%"]}}
instances:
  - name: orders
    engine: tower
    host: db1
    port: 4001
    database: main
    username: monitor
    password: {env: ORDERS_PASSWORD}
    tls: {mode: verify-full, ca: ca.pem}
    tags: {team: shop}
    volume: san1
    connect_timeout: 5
    guard: {mode: trust}
    include_system: false
    limit: 2TiB
    retries: 0
  - {name: files, engine: drawer, path: apps}
"""


def test_every_key_of_a_fleet_file_reaches_its_place(tmp_path):
    settings = load(tmp_path, FULL)

    assert settings.store_url == f"sqlite:///{tmp_path}/capacity.db"
    assert settings.timezone == ZoneInfo("Asia/Shanghai")
    assert (settings.workers, settings.per_host, settings.budget, settings.batch) == (3, 7, 5400, 16)
    assert settings.filters.of("tower").reason("OLD") == "exclude_database"
    assert settings.filters.of("tower").reason("tmp_1") == "exclude_pattern:tmp_%"
    assert settings.warnings == ()
    assert settings.alerts == AlertPolicy(12.5, 5 * 1024**3, 7, 0.8, 30, 50)
    assert settings.volumes == (Volume("san1", 4 * 1024**4, {"orders"}), Volume("/srv/data", 1000, ()))
    assert settings.instances == (
        Instance(
            "orders", "tower", "db1", 4001, "main", "monitor", EnvSecret("ORDERS_PASSWORD"), None,
            Tls(TlsMode.VERIFY_FULL, f"{tmp_path}/ca.pem"), {"team": "shop"}, Timeouts(5, 300, 60),
            GuardPolicy(GuardMode.TRUST, 8, 0.5, 3), False, 2 * 1024**4, 0, "san1",
        ),
        Instance(
            "files", "drawer", path=f"{tmp_path}/apps", timeouts=Timeouts(1.5, 300, 60),
            guard=GuardPolicy(min_active=8, visible_only_days=3), include_system=True,
            limit_bytes=500 * 1000**3, retries=2,
        ),
    )


def test_what_is_not_said_has_a_default(tmp_path):
    settings = load(tmp_path, "instances: [{name: a, engine: tower, host: h}]")

    assert settings.store_url == f"sqlite:///{tmp_path}/capacity.db"
    assert settings.timezone == ZoneInfo("UTC")
    assert settings.instances == (Instance("a", "tower", "h", 4000, retries=2),)


def test_a_rule_of_which_nothing_is_said_keeps_its_defaults(tmp_path):
    defaults = AlertPolicy()

    assert load(tmp_path, "instances: []").alerts == defaults
    assert load(tmp_path, "alerts: {stale: {hours: 2}}").alerts == evolve(defaults, stale_hours=2)
    assert load(tmp_path, "alerts: {growth: {days: 5}, nearly_full:}").alerts == evolve(defaults, growth_days=5)


def test_an_empty_file_is_a_fleet_of_none(tmp_path):
    assert load(tmp_path, "# nothing yet\n").instances == ()


def test_a_url_stands_for_the_keys(tmp_path):
    found = only(tmp_path, 'name: a, url: "spire+driver://mon%40x:s%2Fe%3Acret@[::1]:77/db%20one"')

    assert (found.engine, found.host, found.port, found.database) == ("tower", "::1", 77, "db one")
    assert (found.username, found.password) == ("mon@x", PlainSecret("s/e:cret"))


def test_a_url_may_leave_the_rest_to_keys(tmp_path):
    found = only(tmp_path, 'name: a, url: "tower://monitor@db2:3306/", password: {file: p}, database: d')

    assert (found.username, found.database) == ("monitor", "d")
    assert found.password == FileSecret(f"{tmp_path}/p")


def test_a_url_without_a_host_is_a_path(tmp_path):
    assert only(tmp_path, 'name: a, url: "drawer:////srv/apps"').path == "/srv/apps"
    assert only(tmp_path, 'name: a, url: "drawer:///apps/*.db"').path == f"{tmp_path}/apps/*.db"


@pytest.mark.parametrize(("written", "secret"), [
    ("{env: X}", EnvSecret("X")),
    ("{file: /run/x}", FileSecret("/run/x")),
    ("{command: [pass, show, x]}", CommandSecret(("pass", "show", "x"))),
    ("hunter2", PlainSecret("hunter2")),
])
def test_a_password_is_a_reference_or_text(tmp_path, written, secret):
    assert only(tmp_path, f"name: a, engine: tower, host: h, password: {written}").password == secret


@pytest.mark.parametrize("where", ["engine: tower, host: h, password: hunter2", 'url: "tower://u:hunter2@h/"'])
def test_a_password_in_plain_text_is_a_warning_that_does_not_show_it(tmp_path, where):
    settings = load(tmp_path, f"\ninstances:\n  - {{name: a, {where}}}\n")

    [warning] = settings.warnings
    assert warning.startswith(f"{tmp_path}/fleet.yaml:3: instances[0].")
    assert "plain text" in warning
    assert "hunter2" not in f"{warning} {settings!r}"


@pytest.mark.parametrize(("written", "count"), [
    ("1024", 1024), ("2TiB", 2 * 1024**4), ("500GB", 500 * 10**9), ("1.5 GiB", 3 * 1024**3 // 2), ("7b", 7),
])
def test_a_limit_has_iec_and_si_units(tmp_path, written, count):
    assert only(tmp_path, f"name: a, engine: tower, host: h, limit: {written}").limit_bytes == count


def test_an_engine_that_does_not_load_costs_only_its_own_instances(tmp_path):
    settings = load(tmp_path, "instances: [{name: a, engine: ruin}, {name: b, engine: tower, host: h}]")

    assert [one.name for one in settings.instances] == ["a", "b"]


def test_a_merge_key_takes_over_what_is_not_said(tmp_path):
    text = """
instances:
  - &first {name: a, engine: tower, host: h, port: 1}
  - &second {<<: *first, name: b, port: 2}
  - {<<: *second, name: c}
"""
    assert [(i.name, i.port) for i in load(tmp_path, text).instances] == [("a", 1), ("b", 2), ("c", 2)]


class TestStore:
    """Flag before environment before file before default; relative paths start where they were written."""

    def test_the_flag_wins(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        settings = load(tmp_path, "store: sqlite:///file.db", {"CAPACITY_SYNC_STORE": "sqlite:///env.db"},
                        store="sqlite:///flag.db")

        assert settings.store_url == f"sqlite:///{tmp_path}/flag.db"

    def test_then_the_environment(self, tmp_path, monkeypatch):
        (tmp_path / "work").mkdir()
        monkeypatch.chdir(tmp_path / "work")
        settings = load(tmp_path, "store: sqlite:///file.db", {"CAPACITY_SYNC_STORE": "sqlite:///env.db"})

        assert settings.store_url == f"sqlite:///{tmp_path}/work/env.db"

    def test_then_the_file(self, tmp_path):
        assert load(tmp_path, "store: sqlite:///sub/file.db").store_url == f"sqlite:///{tmp_path}/sub/file.db"

    @pytest.mark.parametrize("url", ["sqlite:////abs/x.db", "sqlite://", "postgresql+psycopg2://u:p@h/d"])
    def test_what_is_not_relative_stays_as_it_is(self, tmp_path, url):
        assert load(tmp_path, f'store: "{url}"').store_url == url

    def test_a_store_alone_needs_no_file(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)

        assert Settings.of_store(environ={}).store_url == f"sqlite:///{tmp_path}/capacity.db"
        assert Settings.of_store("sqlite:///x.db", environ={}).store_url == f"sqlite:///{tmp_path}/x.db"

    def test_its_password_is_not_shown(self):
        settings = Settings.of_store("postgresql://u:hunter2@h/d", environ={})

        assert "hunter2" not in repr(settings)
        assert "postgresql://u:***@h/d" in repr(settings)


class TestFile:
    def test_the_variable_names_it(self, tmp_path):
        file = tmp_path / "other.yaml"
        file.write_text("workers: 9")

        assert Settings.load(engines=FakeCatalog(), environ={"CAPACITY_SYNC_CONFIG": str(file)}).workers == 9

    def test_the_flag_wins_over_the_variable(self, tmp_path):
        file = tmp_path / "other.yaml"
        file.write_text("workers: 9")

        assert load(tmp_path, "workers: 2", {"CAPACITY_SYNC_CONFIG": str(file)}).workers == 2

    def test_else_it_is_fleet_yaml_here(self, tmp_path, monkeypatch):
        (tmp_path / "fleet.yaml").write_text("workers: 7")
        monkeypatch.chdir(tmp_path)

        assert Settings.load(engines=FakeCatalog(), environ={}).workers == 7


class TestFilters:
    RULES = "{tower: {exclude_databases: [x], exclude_patterns: }, drawer: }"

    @pytest.mark.parametrize("inline", [RULES, f"{{database_filters: {RULES}}}"])
    def test_inline_rules_may_omit_the_level(self, tmp_path, inline):
        filters = load(tmp_path, f"filters: {inline}").filters

        assert filters.of("tower").reason("X") == "exclude_database"
        assert filters.of("drawer").reason("x") is None

    def test_a_file_lies_beside_the_fleet_file(self, tmp_path):
        (tmp_path / "filters.yaml").write_text(f"database_filters: {self.RULES}")

        assert load(tmp_path, "filters: filters.yaml").filters.of("tower").reason("x") == "exclude_database"

    def test_rules_for_an_engine_that_is_not_installed_are_a_warning(self, tmp_path):
        (tmp_path / "filters.yaml").write_text("database_filters:\n  towr: {exclude_databases: [x]}")

        [warning] = load(tmp_path, "filters: filters.yaml").warnings
        assert "filters.yaml:2: database_filters.towr: no such engine is installed" in warning
        assert 'did you mean "tower"?' in warning


class TestSelected:
    FLEET = """
instances:
  - {name: a, engine: tower, host: h, tags: {team: shop, tier: one}, password: {env: A_PASSWORD}}
  - {name: b, engine: tower, host: h, tags: {team: shop}, password: {env: B_PASSWORD}}
  - {name: long-name, engine: tower, host: h}
"""

    def names(self, settings, *args, environ=None, **options):
        environ = {"A_PASSWORD": "", "B_PASSWORD": "x"} if environ is None else environ
        return [one.name for one in settings.selected(*args, environ=environ, **options)]

    def test_all_in_file_order_by_default(self, tmp_path):
        assert self.names(load(tmp_path, self.FLEET)) == ["a", "b", "long-name"]

    def test_named_ones_in_the_order_asked_for_and_once(self, tmp_path):
        assert self.names(load(tmp_path, self.FLEET), ["b", "a", "b"]) == ["b", "a"]

    def test_only_those_that_carry_all_tags(self, tmp_path):
        settings = load(tmp_path, self.FLEET)

        assert self.names(settings, tags={"team": "shop"}) == ["a", "b"]
        assert self.names(settings, tags={"team": "shop", "tier": "one"}) == ["a"]

    def test_an_unset_variable_matters_for_selected_ones_only(self, tmp_path):
        settings = load(tmp_path, self.FLEET)

        assert self.names(settings, ["long-name"], environ={}) == ["long-name"]
        with pytest.raises(ConfigurationRefused) as refused:
            self.names(settings, ["b", "a", "long-nam"], environ={})
        assert refused.value.mistakes == (
            f'{tmp_path}/fleet.yaml: no instance "long-nam" in the fleet; did you mean "long-name"?',
            f"{tmp_path}/fleet.yaml:4: instances[1].password: the environment variable B_PASSWORD is not set; "
            'instance "b" takes its password from it',
            f"{tmp_path}/fleet.yaml:3: instances[0].password: the environment variable A_PASSWORD is not set; "
            'instance "a" takes its password from it',
        )

    def test_nobody_left_is_refused(self, tmp_path):
        with pytest.raises(ConfigurationRefused, match="no instance carries these tags"):
            self.names(load(tmp_path, self.FLEET), tags={"team": "none"})
        with pytest.raises(ConfigurationRefused, match="there are no instances in it"):
            self.names(load(tmp_path, ""))


def test_a_mapping_is_read_like_a_file(tmp_path):
    mapping = {"store": "sqlite:///x.db", "instances": ({"name": "a", "engine": "drawer", "path": "p"},)}
    settings = Settings.from_mapping(mapping, tmp_path, engines=FakeCatalog(), environ={})

    assert settings.store_url == f"sqlite:///{tmp_path}/x.db"
    assert settings.instances == (Instance("a", "drawer", path=f"{tmp_path}/p", retries=2),)
