"""`capacity-sync metrics`, and traces of `sync`."""
import os
from importlib.util import find_spec

import pytest
from prometheus_client.parser import text_string_to_metric_families

from capacity_sync.adapters.telemetry import otel
from capacity_sync.testing.engines import ScriptedServer


def test_after_a_sync_the_sizes_can_be_scraped(desk):
    desk.serve(orders=ScriptedServer({"shop": 2_000, "audit": 1_000}))
    desk("sync")
    answer = desk("metrics")
    found = {family.name: family.samples for family in text_string_to_metric_families(answer.out)}

    assert answer.code == 0
    assert {sample.labels["database_name"]: sample.value for sample in found["capacity_sync_database_size_bytes"]} == {
        "shop": 2_000, "audit": 1_000}
    assert [sample.value for sample in found["capacity_sync_instance_size_bytes"]] == [3_000]
    assert found["capacity_sync_instance_last_success_timestamp_seconds"]


def test_before_the_first_sync_the_way_out_is_named(desk):
    desk.serve(orders=ScriptedServer({"shop": 2_000}))
    answer = desk("metrics")

    assert (answer.code, answer.out) == (2, "")
    assert "run `capacity-sync sync` first" in answer.err


@pytest.mark.parametrize("listen", ["nonsense", "host:", "127.0.0.1:70000", "a b:1", ":123456"])
def test_an_address_that_is_none_is_refused(desk, listen):
    answer = desk("metrics", "--listen", listen)

    assert (answer.code, answer.err) == (2, f"--listen {listen}: expected [HOST]:PORT, such as 127.0.0.1:9187\n")


@pytest.mark.parametrize(("listen", "address"), [
    (":9187", ("127.0.0.1", 9187)), ("0.0.0.0:1", ("0.0.0.0", 1)), ("[::1]:9187", ("::1", 9187)),
    ("localhost:0", ("localhost", 0))])
def test_serving_is_at_the_address(desk, monkeypatch, listen, address):
    desk.serve(orders=ScriptedServer({"shop": 2_000}))
    desk("sync")
    served = []
    monkeypatch.setattr("capacity_sync.adapters.telemetry.prometheus.PrometheusExposition.serve",
                        lambda _, host, port, standing: served.append((host, port, standing().totals[0].total)))
    answer = desk("metrics", "--listen", listen)

    assert answer.err == f"metrics at http://{listen}/metrics; Ctrl-C ends\n"
    assert [one[:2] for one in served] == [address]
    assert served[0][2].total_bytes == 2_000


def test_an_address_that_is_taken_is_refused(desk, monkeypatch):
    def taken(*_):
        raise OSError(98, "Address already in use")

    desk.serve(orders=ScriptedServer({"shop": 2_000}))
    desk("sync")
    monkeypatch.setattr("capacity_sync.adapters.telemetry.prometheus.PrometheusExposition.serve", taken)
    answer = desk("metrics", "--listen", ":9187")

    assert (answer.code, answer.err.splitlines()[-1]) == (2, "--listen :9187: Address already in use")


@pytest.mark.parametrize(("variables", "is_traced"), [({"OTEL_SERVICE_NAME": "x"}, True), ({}, False)])
def test_a_sync_is_traced_where_the_environment_says_so(desk, monkeypatch, variables, is_traced):
    looked_for = []
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(otel, "find_spec", lambda name: looked_for.append(name) or find_spec(name))
    desk.serve(orders=ScriptedServer({"shop": 2_000}))

    assert desk("sync", env=variables).code == 0
    assert looked_for == ["opentelemetry"] * is_traced
