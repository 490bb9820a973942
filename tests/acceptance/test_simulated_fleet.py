"""A fleet of which some are dead, hang or deny: every outcome is right, over stores on disk. Its times: benchmarks."""
import pytest

from capacity_sync.domain.sync_report import Status
from tests.benchmarks.simulated_fleet import simulated, wrong_outcomes
from tests.servers.stores import emptied


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/store.db"
    url = request.getfixturevalue("postgresql_store")
    emptied(url).dispose()
    return url


@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.measured)])
def test_every_instance_of_a_simulated_fleet_ends_as_it_must(store, count):
    report, _, _ = simulated(store, count, databases=5, workers=6, latency=0.001, deadline=0.5)

    assert wrong_outcomes(report, 5) == []
    assert (report.status, len(report.instances)) == (Status.PARTIAL, count)
