"""The old dicts, for the traits of every engine: keys, types and values."""
from datetime import UTC, date, datetime

import pytest

from capacity_sync.testing.engines import ScriptedServer
from tests.entrypoints.legacy.conftest import ENGINES, EVENING

MIB = 1024 * 1024
DAY = date(2026, 3, 2)
SIZES = {"shop": 3 * MIB + 1, "audit": 0, "tiny": 1, "system": 8 * MIB}
MEGABYTES = {
    "mysql": {"shop": 4, "audit": 0, "tiny": 1, "system": 8},
    "oracle": {"shop": 3, "audit": 0, "tiny": 0, "system": 8},
    "postgresql": {"shop": 3, "audit": 0, "tiny": 0},
    "sqlserver": {"shop": 3, "audit": 0, "tiny": 0},
}
"""What the legacy columns get: MySQL rounds up, the others cut; and whose system databases count."""
LOG = {"mysql": 2, "oracle": 1, "postgresql": 1, "sqlserver": 1}
OLD_KEYS = {"database_name": str, "size_mb": int, "data_size_mb": int, "log_size_mb": int | None,
            "collected_date": date, "collected_at": datetime, "is_system": bool}
NEW_KEYS = {"size_bytes": int, "data_size_bytes": int, "log_size_bytes": int | None, "max_size_bytes": int | None,
            "identity": str | None, "method": str, "basis": str}


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


@pytest.fixture
def service(legacy, engine):
    legacy.servers["orders"] = ScriptedServer(dict(SIZES), system={"system"}, logs={"shop": MIB + 5})
    with legacy.service(db_type=engine) as service:
        yield service


def test_metadata(service, engine):
    names = sorted(MEGABYTES[engine])

    assert service.fetch_databases_metadata() == [
        {"database_name": name, "is_system": name == "system"} for name in names]


def test_the_summary_of_the_inventory(service, engine):
    names = sorted(MEGABYTES[engine])

    assert service.synchronize_database_inventory() == {
        "created": len(names), "refreshed": 0, "reactivated": 0, "deactivated": 0, "active_databases": names,
        "filtered_databases": [], "synchronized_databases": names}


def test_sizes(service, engine):
    found = service.collect_database_sizes()

    assert [row["database_name"] for row in found] == sorted(MEGABYTES[engine])
    for row in found:
        name = row["database_name"]
        log = name == "shop"
        assert row == {
            "database_name": name, "size_mb": MEGABYTES[engine][name], "data_size_mb": MEGABYTES[engine][name],
            "log_size_mb": LOG[engine] if log else None, "collected_date": DAY, "collected_at": EVENING,
            "is_system": name == "system", "size_bytes": SIZES[name], "data_size_bytes": SIZES[name],
            "log_size_bytes": MIB + 5 if log else None, "max_size_bytes": None, "identity": None,
            "method": "scripted", "basis": "file",
        }
        assert all(isinstance(row[key], kind) for key, kind in (OLD_KEYS | NEW_KEYS).items())
        assert type(row["collected_date"]) is date
        assert row["collected_at"].tzinfo is UTC


def test_what_is_saved_of_them(service, engine, legacy):
    service.synchronize_database_inventory()
    data = service.collect_database_sizes()

    assert service.save_collected_data(data) == len(MEGABYTES[engine])
    assert service.save_instance_size_stat(data) is True

    total = legacy.total(DAY)
    assert {name: row.size_mb for name, row in legacy.sizes(DAY).items()} == MEGABYTES[engine]
    assert (total.total_mb, total.measured_count) == (sum(MEGABYTES[engine].values()), len(MEGABYTES[engine]))


def test_all_in_one_gives_the_same(service, engine, legacy):
    assert service.collect_and_save() == len(MEGABYTES[engine])
    assert {name: row.size_mb for name, row in legacy.sizes(DAY).items()} == MEGABYTES[engine]
    assert {name: row.size_bytes for name, row in legacy.sizes(DAY).items()} == {
        name: SIZES[name] for name in MEGABYTES[engine]}
    assert legacy.total(DAY).total_mb == sum(MEGABYTES[engine].values())
