"""The fleet's standing in the text format of Prometheus."""
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from threading import Event
from typing import TYPE_CHECKING, final

from attrs import frozen

from capacity_sync.adapters.telemetry.gauges import families
from capacity_sync.domain.outcomes import Unsupported
from capacity_sync.domain.standing import Standing
from capacity_sync.ports import Exposition

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.core import Metric


@final
@frozen
class PrometheusExposition(Exposition):
    @property
    def content_type(self) -> str:
        return "text/plain; version=0.0.4; charset=utf-8"

    def text(self, standing: Standing) -> bytes:
        registry = _registry(lambda: standing)
        from prometheus_client import generate_latest

        return generate_latest(registry)

    def serve(self, host: str, port: int, standing: Callable[[], Standing]) -> None:
        registry = _registry(standing)
        from prometheus_client import start_http_server

        server, _ = start_http_server(port, host, registry)
        try:
            Event().wait()
        finally:
            server.shutdown()
            server.server_close()


@frozen
class _Collector:
    standing: Callable[[], Standing]

    def collect(self) -> "Iterator[Metric]":
        """Asked anew for every scrape."""
        from prometheus_client.core import GaugeMetricFamily

        for family in families(self.standing()):
            gauge = GaugeMetricFamily(f"capacity_sync_{family.name}", family.text, labels=family.labels)
            for values, value in family.samples:
                gauge.add_metric(values, value)
            yield gauge


def _registry(standing: Callable[[], Standing]) -> "CollectorRegistry":
    if find_spec("prometheus_client") is None:
        raise Unsupported("the package prometheus_client is not installed",
                          remedy="pip install 'capacity-sync[prometheus]'")
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    registry.register(_Collector(standing))
    return registry
