"""Spans and metrics of runs, as the SDK's in-memory exporters get them."""
import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from capacity_sync.adapters.telemetry import otel
from capacity_sync.adapters.telemetry.otel import OpenTelemetryObserver, opentelemetry_observer
from capacity_sync.domain.outcomes import ServerUnreachable, Unsupported
from capacity_sync.testing.engines import Raises
from tests.use_cases.world import World


@pytest.fixture
def spans():
    return InMemorySpanExporter()


@pytest.fixture
def metrics():
    return InMemoryMetricReader()


@pytest.fixture
def world(spans, metrics):
    tracers, meters = TracerProvider(), MeterProvider([metrics])
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    meter = meters.get_meter("tests")
    yield World(observer=OpenTelemetryObserver(tracers.get_tracer("tests"), meter.create_counter("instances"),
                                               meter.create_histogram("durations")))
    meters.shutdown()
    tracers.shutdown()


def by_name(spans):
    return {span.attributes.get("capacity_sync.instance", span.name): span for span in spans.get_finished_spans()}


def points(metrics, name):
    [resource] = metrics.get_metrics_data().resource_metrics
    [metric] = [metric for scope in resource.scope_metrics for metric in scope.metrics if metric.name == name]
    return metric.data.data_points


@pytest.mark.parametrize("workers", [1, 3])
def test_an_instance_is_a_span_below_its_run(world, spans, workers):
    for name in ("a", "b", "c"):
        world.server(name, db=10, other=5)
    report = world.sync(workers=workers)
    found = by_name(spans)
    run = found.pop("capacity_sync.run")

    assert set(found) == {"a", "b", "c"}
    assert {span.parent.span_id for span in found.values()} == {run.context.span_id}
    assert run.attributes == {
        "capacity_sync.run_id": report.run_id, "capacity_sync.collected_date": "2026-03-01",
        "capacity_sync.instances": 3, "capacity_sync.status": "completed"}
    assert found["a"].attributes == {
        "capacity_sync.instance": "a", "capacity_sync.engine": "scripted", "capacity_sync.status": "completed",
        "capacity_sync.databases.active": 2, "capacity_sync.databases.held": 0, "capacity_sync.databases.measured": 2,
        "capacity_sync.databases.unmeasured": 0, "capacity_sync.total_bytes": 15}


def test_a_failure_is_an_error_with_its_category(world, spans):
    world.settings = {"host": "db1"}
    world.server("a").script["connect"] = [Raises(ServerUnreachable("refused"))]
    world.sync()
    failed = by_name(spans)["a"]

    assert (failed.status.status_code, failed.status.description) == (trace.StatusCode.ERROR, "refused")
    assert (failed.attributes["error.type"], failed.attributes["server.address"]) == ("network", "db1")
    assert not [key for key in failed.attributes if key.startswith("capacity_sync.databases")]
    assert by_name(spans)["capacity_sync.run"].status.status_code is trace.StatusCode.ERROR


def test_outcomes_are_counted_and_durations_recorded(world, metrics):
    world.server("a", db=10)
    world.server("b", db=10)
    world.server("c").script["connect"] = [Raises(ServerUnreachable("refused"))]
    world.sync()

    assert {(point.attributes["capacity_sync.status"], point.attributes.get("error.type"), point.value)
            for point in points(metrics, "instances")} == {("completed", None, 2), ("failed", "network", 1)}
    assert sum(point.count for point in points(metrics, "durations")) == 3


def test_two_runs_are_two_spans(world, spans):
    world.server("a", db=10)
    world.sync()
    world.sync()

    assert [span.name for span in spans.get_finished_spans()] == ["capacity_sync.instance", "capacity_sync.run"] * 2


def test_without_a_provider_of_the_host_it_costs_nothing(world):
    world.observer = opentelemetry_observer()
    world.server("a", db=10)

    assert world.sync().instances[0].warnings == ()


def test_without_the_package_the_way_out_is_named(monkeypatch):
    monkeypatch.setattr(otel, "find_spec", lambda _: None)

    with pytest.raises(Unsupported) as refused:
        opentelemetry_observer()
    assert refused.value.failure.remedy == "pip install 'capacity-sync[otel]'"
