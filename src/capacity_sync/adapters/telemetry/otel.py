"""Runs as OpenTelemetry spans and metrics, through its API alone: the SDK and its exporters are the user's choice.

Attribute names: https://opentelemetry.io/docs/specs/semconv/registry/attributes/ (`error.type`, `server.address`), else
ours under `capacity_sync.`.
"""
import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, final

from attrs import define, field

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import Unsupported
from capacity_sync.domain.sync_report import RunRecord, RunReport, Status, SyncReport
from capacity_sync.ports import SyncObserver

if TYPE_CHECKING:
    from opentelemetry.trace import Span

SCOPE = "capacity_sync"
Attributes = Mapping[str, str | int | float]


@final
@define
class OpenTelemetryObserver(SyncObserver):
    """A span per run and, below it, one per instance; `capacity_sync.instances` counts outcomes.

    `tracer`, `outcomes`, `durations`: a Tracer, Counter and Histogram of OpenTelemetry, which is not imported here.
    Instances may come and go in any thread. A run that is broken off leaves its spans without an end: they are dropped.
    """

    _tracer: Any
    _outcomes: Any
    _durations: Any
    _run: Any = field(default=None, init=False)
    _instances: dict[str, Any] = field(factory=dict, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False, repr=False)

    def run_started(self, run: RunRecord, instances: Sequence[Instance]) -> None:
        self._run = self._tracer.start_span("capacity_sync.run", attributes={
            "capacity_sync.run_id": run.run_id, "capacity_sync.collected_date": run.collected_date.isoformat(),
            "capacity_sync.instances": len(instances)})

    def instance_started(self, instance: Instance) -> None:
        from opentelemetry.trace import set_span_in_context

        parent = None if self._run is None else set_span_in_context(self._run)
        span = self._tracer.start_span("capacity_sync.instance", context=parent, attributes=_whom(instance))
        with self._lock:
            self._instances[instance.name] = span

    def instance_finished(self, report: SyncReport) -> None:
        with self._lock:
            span = self._instances.pop(report.name, None)
        labels = {"capacity_sync.engine": report.engine, "capacity_sync.status": report.status.value}
        if report.error:
            labels["error.type"] = report.error.category.value
        self._outcomes.add(1, labels)
        self._durations.record(report.duration_s, labels)
        if span is not None:
            _end(span, report.status, report.error.message if report.error else None, labels | _counts(report))

    def run_finished(self, report: RunReport) -> None:
        if self._run is not None:
            _end(self._run, report.status, None, {"capacity_sync.status": report.status.value})
        self._run = None


def _whom(instance: Instance) -> Attributes:
    whom = {"capacity_sync.instance": instance.name, "capacity_sync.engine": instance.engine}
    if instance.host:
        whom["server.address"] = instance.host
    return whom


def _counts(report: SyncReport) -> dict[str, str | int | float]:
    counts: dict[str, str | int | float] = {}
    if report.inventory:
        counts["capacity_sync.databases.active"] = len(report.inventory.active_databases)
        counts["capacity_sync.databases.held"] = len(report.inventory.held)
    if report.capacity:
        counts["capacity_sync.databases.measured"] = len(report.capacity.databases)
        counts["capacity_sync.databases.unmeasured"] = len(report.capacity.unmeasured)
        if report.capacity.total_bytes is not None:
            counts["capacity_sync.total_bytes"] = report.capacity.total_bytes
    return counts


def _end(span: "Span", status: Status, error: str | None, attributes: Attributes) -> None:
    from opentelemetry.trace import StatusCode

    span.set_attributes(attributes)
    if status is Status.FAILED:
        span.set_status(StatusCode.ERROR, error)
    span.end()


def opentelemetry_observer() -> OpenTelemetryObserver:
    """Over the global providers. Imports OpenTelemetry now, not before.

    Raises: Unsupported: it is not installed.
    """
    if find_spec("opentelemetry") is None:
        raise Unsupported("OpenTelemetry is not installed", remedy="pip install 'capacity-sync[otel]'")
    from opentelemetry import metrics, trace

    meter = metrics.get_meter(SCOPE)
    return OpenTelemetryObserver(
        trace.get_tracer(SCOPE),
        meter.create_counter("capacity_sync.instances", "{instance}", "Instances synced, by outcome."),
        meter.create_histogram("capacity_sync.instance.duration", "s", "How long the sync of an instance took."),
    )
