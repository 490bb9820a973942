"""The old class: what each method promises beside the shape of its dicts."""
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from capacity_sync.domain.capacity import Basis
from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import (
    AuthenticationFailed,
    Category,
    EngineError,
    Failure,
    InternalFailure,
    PermissionMissing,
    QueryFailed,
    ServerUnreachable,
    TimedOut,
    Unsupported,
)
from capacity_sync.testing.engines import Raises
from tests.entrypoints.legacy.conftest import Credential, HostInstance

MIB = 1024 * 1024
DAY = date(2026, 3, 2)
UNREACHABLE = ServerUnreachable("no route")
DENIED = Failure(Category.PERMISSION, "denied", remedy="GRANT it")


@pytest.fixture
def server(legacy):
    return legacy.server(sizes={"shop": 3 * MIB, "audit": MIB})


@pytest.fixture
def service(legacy, server):
    with legacy.service() as service:
        yield service


def test_with_connects_and_disconnects(legacy, server):
    with legacy.service():
        assert server.open_connections == 1
    assert server.open_connections == 0


def test_connect_answers_and_never_raises(legacy, server):
    server.script["connect"] = [Raises(UNREACHABLE), Raises(ValueError("driver")), None]
    service = legacy.service()

    assert [service.connect() for _ in range(4)] == [False, False, True, True]
    assert server.calls == ["connect"] * 3


@pytest.mark.parametrize("ask", ["fetch_databases_metadata", "synchronize_database_inventory",
                                 "collect_database_sizes", "collect_and_save"])
def test_without_a_connection_every_fetch_raises_why(legacy, server, ask):
    server.script["connect"] = [Raises(UNREACHABLE)]

    with legacy.service() as service, pytest.raises(ServerUnreachable, match="no route"):
        getattr(service, ask)()
    assert server.calls == ["connect"]


def test_a_fetch_before_connecting_says_so(legacy, server):
    with pytest.raises(InternalFailure, match="not connected"):
        legacy.service().fetch_databases_metadata()


def test_disconnecting_twice_is_once_and_a_failing_close_is_a_warning(legacy, server):
    server.script["close"] = [Raises(OSError("gone"))]
    service = legacy.service()
    service.connect()
    service.disconnect()
    service.disconnect()

    assert server.calls == ["connect", "close"]
    assert [warning.message for warning in service.warnings] == ["OSError: gone"]


def test_an_exception_inside_with_passes_and_disconnects(legacy, server):
    def broken():
        with legacy.service():
            raise KeyError("the host's own")

    with pytest.raises(KeyError):
        broken()
    assert server.open_connections == 0


def test_a_credential_that_cannot_be_read_is_no_connection(legacy, server):
    class Locked(Credential):
        def get_plain_password(self):
            raise RuntimeError("key hunter2 lost")

    service = legacy.service(credential=Locked())

    assert service.connect() is False
    with pytest.raises(AuthenticationFailed) as raised:
        service.collect_and_save()
    assert "hunter2" not in str(raised.value)


def test_an_engine_that_is_not_installed_is_no_connection(legacy):
    with legacy.service(db_type="db2") as service, pytest.raises(Unsupported, match="no engine 'db2'"):
        service.collect_and_save()


def test_no_targets_no_query(service, server):
    server.calls.clear()

    assert service.collect_database_sizes([]) == []
    assert service.collect_database_sizes(()) == []
    assert server.calls == []


def test_named_targets_and_no_others(service):
    assert [row["database_name"] for row in service.collect_database_sizes(["shop"])] == ["shop"]
    assert [row["database_name"] for row in service.collect_database_sizes({"shop", "audit"})] == ["audit", "shop"]


def test_a_target_that_cannot_be_measured_is_told_and_is_no_zero(service, server):
    server.lost["shop"] = DENIED

    assert [row["database_name"] for row in service.collect_database_sizes()] == ["audit"]
    assert [(one.database_name, one.failure) for one in service.unmeasured] == [("shop", DENIED)]


@pytest.mark.parametrize("ask", ["collect_database_sizes", "collect_and_save"])
def test_nothing_measured_is_a_failure(service, server, ask):
    server.lost.update(shop=DENIED, audit=DENIED)

    with pytest.raises(PermissionMissing, match="denied"):
        getattr(service, ask)()


@pytest.mark.parametrize("error", [TimedOut("too slow"), OSError("driver")], ids=type)
def test_a_failing_size_query_leaves_the_inventory(legacy, service, server, error):
    server.script["fetch_capacity"] = [Raises(error)]

    with pytest.raises(EngineError):
        service.collect_and_save()
    assert legacy.active() == ["audit", "shop"]
    assert legacy.sizes(DAY) == {}


def test_an_empty_listing_while_databases_are_active_is_a_failure(legacy, service, server):
    service.collect_and_save()
    server.sizes.clear()
    legacy.clock.now += timedelta(days=1)

    with legacy.service() as later:
        with pytest.raises(QueryFailed, match="2 databases are active"):
            later.collect_and_save()
        with pytest.raises(QueryFailed, match="2 databases are active"):
            later.collect_database_sizes()
    assert legacy.active() == ["audit", "shop"]


def test_no_active_database_is_a_success_with_zeros(legacy):
    legacy.server(sizes={})

    with legacy.service() as service:
        assert service.collect_and_save() == 0
        assert service.collect_database_sizes() == []
        assert service.synchronize_database_inventory()["active_databases"] == []
    assert legacy.sizes(DAY) == {}


def test_metadata_comes_back_with_all_that_was_fetched(legacy, server):
    """Identities and the witness of a listing are not in the dicts, and are not lost between the two calls."""
    server.identities = {"shop": "id-1", "audit": "id-2"}
    with legacy.service() as service:
        service.sync_instance_databases(service.fetch_databases_metadata())
    server.completeness, server.sizes = Completeness.VISIBLE_ONLY, {"shop": 1}
    legacy.clock.now += timedelta(days=1)

    with legacy.service() as service:
        summary = service.sync_instance_databases(service.fetch_databases_metadata())

    assert summary["active_databases"] == ["audit", "shop"]
    known = {row.database.name: row.database for row in legacy.container.browser().databases()}
    assert {name: row.identity for name, row in known.items()} == {"shop": "id-1", "audit": "id-2"}
    assert known["audit"].absent_since == date(2026, 3, 3)
    assert [warning.category for warning in service.warnings] == [Category.PERMISSION]


def test_metadata_of_the_hosts_own_needs_no_connection(legacy, server):
    summary = legacy.service().sync_instance_databases(
        [{"database_name": "mine", "is_system": False}, {"database_name": None}, {"database_name": ""}])

    assert summary["active_databases"] == ["mine"]
    assert server.calls == []


def test_what_the_host_drops_from_the_metadata_is_gone(legacy, service):
    metadata = service.fetch_databases_metadata()
    service.sync_instance_databases(metadata)
    legacy.clock.now += timedelta(days=1)

    with legacy.service() as later:
        later.fetch_databases_metadata()
        summary = later.sync_instance_databases([row for row in metadata if row["database_name"] == "shop"])

    assert (summary["deactivated"], summary["active_databases"]) == (1, ["shop"])


def test_a_database_that_became_a_system_one_is_not_absent(legacy, server):
    """The raw listing has it, though the metadata does not: it leaves at once, and nothing is held."""
    with legacy.service(db_type="postgresql") as service:
        service.synchronize_database_inventory()
    server.system = {"shop", "audit"}

    with legacy.service(db_type="postgresql") as service:
        metadata = service.fetch_databases_metadata()
        summary = service.sync_instance_databases(metadata)
    assert (metadata, summary["deactivated"], summary["active_databases"]) == ([], 2, [])


def test_the_host_may_call_a_database_a_system_one(legacy, server):
    with legacy.service(db_type="postgresql") as service:
        metadata = [{**row, "is_system": row["database_name"] == "audit"} for row in service.fetch_databases_metadata()]

        assert service.sync_instance_databases(metadata)["active_databases"] == ["shop"]


def test_old_dicts_are_saved_without_bytes(legacy, service):
    service.synchronize_database_inventory()
    old = [{"database_name": "shop", "size_mb": 3, "data_size_mb": 2, "log_size_mb": None, "collected_date": DAY,
            "collected_at": datetime(2026, 3, 1, 20, tzinfo=UTC), "is_system": False}]

    assert service.save_collected_data(old) == 1
    row = legacy.sizes(DAY)["shop"]
    assert (row.size_mb, row.data_size_mb, row.size_bytes, row.basis) == (3, 2, None, None)


def test_saving_never_worsens_the_day(legacy, service):
    service.collect_and_save()
    estimate = [{**row, "size_mb": 99, "basis": "estimate"} for row in service.collect_database_sizes(["shop"])]

    assert service.save_collected_data(estimate) == 0
    assert legacy.sizes(DAY)["shop"].basis is Basis.FILE


def test_the_last_of_two_dicts_of_a_database_counts(legacy, service):
    data = service.collect_database_sizes(["shop"])

    assert service.save_collected_data([*data, {**data[0], "size_mb": 7}]) == 1
    assert legacy.sizes(DAY)["shop"].size_mb == 7


def test_a_name_that_no_store_can_hold_is_left_out(legacy, service):
    data = [{"database_name": name, "size_mb": 1} for name in ("n" * 256, "a\0b", "\ud800", None, "shop")]

    assert service.save_collected_data(data) == 1
    assert legacy.sizes(DAY).keys() == {"shop"}


def test_saving_nothing(legacy, service):
    assert service.save_collected_data([]) == 0
    assert service.save_instance_size_stat([]) is False
    assert service.update_instance_total_size() is False
    assert legacy.total(DAY) is None


def test_the_total_is_of_active_databases_only(legacy, server, service):
    service.collect_and_save()
    del server.sizes["audit"]
    legacy.clock.now += timedelta(hours=1)

    with legacy.service() as later:
        later.synchronize_database_inventory()
        assert later.update_instance_total_size() is True
    assert (legacy.total(DAY).total_mb, legacy.total(DAY).measured_count) == (3, 1)


def test_the_total_of_given_dicts_stands_beside_what_is_stored(legacy, service):
    service.collect_and_save()

    assert service.save_instance_size_stat([{"database_name": "shop", "size_mb": 10}]) is True
    assert (legacy.total(DAY).total_mb, legacy.total(DAY).measured_count) == (11, 2)


def test_databases_that_were_never_inventoried_count_in_a_given_total(legacy, service):
    data = service.collect_database_sizes()

    assert service.save_instance_size_stat(data) is True
    assert legacy.total(DAY).total_mb == 4


def test_the_clock_is_read_once_per_connection(legacy, server, service):
    legacy.clock.readings = 0
    with legacy.service() as service:
        legacy.clock.now = datetime(2026, 3, 2, 16, 0, 1, tzinfo=UTC)  # past midnight in Shanghai
        service.synchronize_database_inventory()
        data = service.collect_database_sizes()
        service.save_collected_data(data)
        service.update_instance_total_size()

    assert legacy.clock.readings == 1
    assert legacy.sizes(DAY).keys() == {"shop", "audit"}
    assert {row.database.last_seen for row in legacy.container.browser().databases()} == {DAY}


@pytest.fixture(params=[("UTC", date(2026, 3, 1)), ("Asia/Tokyo", date(2026, 3, 2))], ids=lambda found: found[0])
def zone(request, settings):
    settings["timezone"] = request.param[0]
    return request.param[1]


def test_a_configured_zone_decides_the_date(zone, legacy):
    legacy.server(sizes={"shop": 1})

    with legacy.service() as service:
        assert {row["collected_date"] for row in service.collect_database_sizes()} == {zone}


def test_without_one_it_is_shanghai(legacy):
    assert legacy.container.config.legacy_timezone() == ZoneInfo("Asia/Shanghai")
    assert legacy.container.config.timezone() == ZoneInfo("UTC")


@pytest.fixture
def filtered(settings):
    settings["filters"] = {"mysql": {"exclude_databases": ["AUDIT"], "exclude_patterns": ["temp\\_%"]}}


def test_filters_apply_to_inventory_targets_and_rows(filtered, legacy):
    legacy.server(sizes={"shop": 1, "audit": 1, "temp_1": 1, "temperature": 1})

    with legacy.service() as service:
        summary = service.synchronize_database_inventory()
        rows = service.collect_database_sizes()
        named = service.collect_database_sizes(["audit", "temp_1"])
    assert summary["active_databases"] == ["shop", "temperature"]
    assert summary["filtered_databases"] == ["audit", "temp_1"]
    assert ([row["database_name"] for row in rows], named) == (["shop", "temperature"], [])


@pytest.fixture
def old_filters(settings, tmp_path):
    (tmp_path / "filters.yaml").write_text("database_filters: {mysql: {exclude_patterns: ['temp_%']}}")
    settings["filters"] = str(tmp_path / "filters.yaml")


def test_an_old_filter_file_keeps_its_meaning(old_filters, legacy):
    """An underscore is a wildcard there; the legacy shipped such patterns by default, which hid databases."""
    legacy.server(sizes={"temp_1": 1, "temperature": 1, "temp": 1, "shop": 1})

    with legacy.service() as service:
        assert service.synchronize_database_inventory()["filtered_databases"] == ["temp_1", "temperature"]


def test_nothing_is_hidden_by_default(legacy):
    names = ["pg_%", "pgbench", "temp_1", "temperature"]
    legacy.server(sizes=dict.fromkeys(names, 1))

    with legacy.service(db_type="postgresql") as service:
        assert service.synchronize_database_inventory()["active_databases"] == names


@pytest.mark.parametrize("name", [" padded ", "we@0024ird", "\U0001f600"])
def test_names_are_kept_exactly(legacy, name):
    """The legacy stripped blanks, and decoded `@` with four hex digits a second time."""
    legacy.server(sizes={name: MIB})

    with legacy.service() as service:
        assert service.collect_and_save() == 1
    assert legacy.active() == [name]
    assert legacy.sizes(DAY).keys() == {name}


@pytest.fixture(params=["hold", "trust"])
def guarded(request, settings):
    settings["guard"] = {"mode": request.param}
    return request.param


def test_the_guard_holds_unless_it_is_told_to_trust(guarded, legacy):
    server = legacy.server(sizes={"shop": 1, "audit": 1})
    with legacy.service() as service:
        service.synchronize_database_inventory()
    server.sizes.clear()

    with legacy.service() as service:
        summary = service.synchronize_database_inventory()

    assert summary["active_databases"] == (["audit", "shop"] if guarded == "hold" else [])
    assert summary["deactivated"] == (0 if guarded == "hold" else 2)


def test_the_defaults_of_the_settings_reach_the_hosts_instances(legacy):
    from capacity_sync.entrypoints.hosts import Adoption
    from capacity_sync.settings import Settings

    settings = Settings.from_mapping({"defaults": {"deadline": 9}, "retries": 2, "limit": "1GiB"}, environ={})
    adoption = Adoption(legacy.container.engines(), settings.defaults)
    made = adoption.legacy_instance(HostInstance(port=None, database_name=""))

    assert (made.name, made.engine, made.host, made.port, made.database) == ("orders", "mysql", "db1", 3306, None)
    assert (made.username, made.password.value) == ("monitor", "hunter2")
    assert (made.timeouts.deadline, made.retries, made.limit_bytes, made.include_system) == (9, 2, 1 << 30, True)
    assert adoption.legacy_instance(HostInstance(db_type="oracle")).include_system is None
    assert adoption.legacy_instance(HostInstance(credential=None)).password is None
    assert adoption.instance(made) is made
    assert "hunter2" not in repr(made)


def test_without_flask_it_works_from_the_environment(tmp_path):
    script = """
import sys
from capacity_sync.legacy import DatabaseSizeCollectorService, collect_all_instances_database_sizes
print(collect_all_instances_database_sizes())
from capacity_sync import Instance
with DatabaseSizeCollectorService(Instance("files", "sqlite", path=sys.argv[1])) as service:
    print(service.collect_and_save())
print("flask" in sys.modules)
"""
    (tmp_path / "fleet.yaml").write_text(f"instances: [{{name: files, engine: sqlite, path: {tmp_path}/apps}}]")
    (tmp_path / "apps").mkdir()
    subprocess.run([sys.executable, "-c", "import sqlite3; sqlite3.connect('apps/a.db').execute('create table t (x)')"],
                   cwd=tmp_path, check=True)

    done = subprocess.run([sys.executable, "-c", script, tmp_path / "apps"], cwd=tmp_path, capture_output=True,
                          text=True, check=True, env={k: v for k, v in os.environ.items() if "CAPACITY" not in k})

    assert done.stdout.splitlines() == [
        "{'status': 'success', 'total_instances': 1, 'processed_instances': 1, 'total_records': 1, 'errors': []}",
        "1", "False"]




def test_an_empty_listing_keeps_what_it_says_of_itself(legacy, server):
    """No rows, and the login may not see everything: nothing is believed gone, on no day."""
    with legacy.service() as service:
        service.synchronize_database_inventory()
    server.sizes, server.completeness = {}, Completeness.VISIBLE_ONLY
    for _ in range(3):
        legacy.clock.now += timedelta(days=1)
        with legacy.service() as service:
            summary = service.sync_instance_databases(service.fetch_databases_metadata())

    assert summary["active_databases"] == ["audit", "shop"]
