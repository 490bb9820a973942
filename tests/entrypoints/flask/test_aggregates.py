"""Weeks, months and quarters by the old API: computed on demand, listed with the old names and the exact bytes."""
from datetime import date

import pytest

from capacity_sync.entrypoints.flask import capacity_blueprint
from capacity_sync.entrypoints.flask.asking import PERIODS
from tests.entrypoints.flask.conftest import new_app
from tests.entrypoints.flask.test_api import at, problem

MIB = 1024 * 1024
CURRENT = "/capacity/aggregations/current"


@pytest.fixture
def aggregated(hosted):
    """Aggregated on a day of long ago; `shop` of the first instance doubled since the last quarter."""
    at(hosted, 3092)
    hosted.sync()
    today = date.fromisoformat(at(hosted, 3000))
    hosted.servers["orders"].sizes["shop"] = 6 * MIB
    hosted.sync()
    assert hosted.post(CURRENT).status_code == 200
    return hosted, today


def test_the_current_periods_are_computed_on_demand(hosted):
    answer = hosted.post(CURRENT)

    assert answer.status_code == 200
    assert [(row["period_type"], row["level"], row["computed"]) for row in answer.json["computed"]] == [
        (kind, *level) for kind in PERIODS for level in (("databases", 4), ("instances", 2))]
    assert {row["computed"] for row in hosted.post(CURRENT).json["computed"]} == {0}
    assert list(answer.json) == ["calculated_at", "computed"]


def test_a_database_of_a_quarter(aggregated):
    hosted, today = aggregated
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    chosen = {"instance_id": 1, "database_name": "shop", "end_date": today}
    [item] = hosted.get("/capacity/databases", period_type="quarterly", **chosen).json["items"][:1]

    assert item.pop("calculated_at").endswith("+00:00")
    assert item.pop("period_end") > today.isoformat() or today.day > 29
    assert item.pop("days_expected") >= 1
    assert item == {
        "instance_id": 1, "instance_name": "orders", "db_type": "scripted", "database_name": "shop",
        "series": "orders/shop", "period_type": "quarterly", "period_start": quarter.isoformat(), "data_count": 1,
        "avg_size_mb": 6, "max_size_mb": 6, "min_size_mb": 6, "avg_data_size_mb": 6, "max_data_size_mb": 6,
        "min_data_size_mb": 6, "avg_log_size_mb": None, "max_log_size_mb": None, "min_log_size_mb": None,
        "size_change_mb": 3, "size_change_percent": 100.0, "data_size_change_mb": 3, "data_size_change_percent": 100.0,
        "log_size_change_mb": None, "log_size_change_percent": None, "growth_rate": 100.0,
        "avg_size_bytes": 6 * MIB, "max_size_bytes": 6 * MIB, "min_size_bytes": 6 * MIB,
        "first_size_bytes": 6 * MIB, "last_size_bytes": 6 * MIB, "size_change_bytes": 3 * MIB,
        "comparison": "compared", "days_observed": 1}


def test_an_instance_of_a_quarter(aggregated):
    hosted, today = aggregated
    [item] = hosted.get("/capacity/instances", period_type="quarterly", instance_id=1, end_date=today).json["items"]

    for key in ("calculated_at", "period_start", "period_end", "days_expected"):
        del item[key]
    assert item == {
        "instance_id": 1, "instance_name": "orders", "db_type": "scripted", "period_type": "quarterly",
        "data_count": 1, "total_size_mb": 6, "avg_size_mb": 6, "max_size_mb": 6, "min_size_mb": 6,
        "database_count": 2, "avg_database_count": 2, "max_database_count": 2, "min_database_count": 2,
        "total_size_change_mb": 3, "total_size_change_percent": 100.0, "database_count_change": 0,
        "database_count_change_percent": 0.0, "growth_rate": 100.0, "trend_direction": "growing", "partial": False,
        "avg_size_bytes": 6 * MIB + 1, "max_size_bytes": 6 * MIB + 1, "min_size_bytes": 6 * MIB + 1,
        "first_size_bytes": 6 * MIB + 1, "last_size_bytes": 6 * MIB + 1, "total_size_change_bytes": 3 * MIB,
        "comparison": "compared", "days_observed": 1}


def test_filters_choose_periods_by_their_days(aggregated):
    hosted, today = aggregated

    def total(path="/capacity/databases", **query):
        return hosted.get(path, **query).json["total"]

    for kind in PERIODS[1:]:
        assert (total(period_type=kind), total("/capacity/instances", period_type=kind)) == (4, 2)
        assert total(period_type=kind, start_date=today, end_date=today, instance_id=1, db_type="scripted") == 2
        assert total(period_type=kind, end_date="2001-01-01") == 0
    assert total(period_type="daily") == total() == 12


def test_a_summary_counts_a_database_once_whatever_the_period(aggregated):
    hosted, _ = aggregated
    answers = [hosted.get("/capacity/databases/summary", period_type=kind).json for kind in PERIODS]

    assert [answer["total_databases"] for answer in answers] == [4] * 4


def test_computing_is_a_write(hosted):
    problem(hosted.post(CURRENT, headers={}), 403)
    problem(hosted.post(CURRENT, json={"period_type": "daily"}), 400)
    problem(hosted.post(CURRENT, data="{}", content_type="text/plain", json=None), 415)
    problem(hosted.get(CURRENT), 405)


@pytest.mark.parametrize(("options", "allowed"), [
    ({}, False), ({"authorise": lambda action: action.name == "aggregate"}, True)])
def test_the_host_decides_who_may_compute(options, allowed):
    app = new_app()
    app.register_blueprint(capacity_blueprint(**options))
    answer = app.test_client().post(f"/api/v1{CURRENT}", json={}, headers={"X-Requested-With": "x"})

    assert answer.status_code == (200 if allowed else 403)
