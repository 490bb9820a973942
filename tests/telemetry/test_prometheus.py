"""The text, read by the parser of Prometheus' own client."""
import threading
import urllib.request
from contextlib import closing
from datetime import UTC, date, datetime
from socket import create_server
from urllib.error import HTTPError

import pytest
from prometheus_client import parser

from capacity_sync.adapters.telemetry import prometheus
from capacity_sync.adapters.telemetry.prometheus import PrometheusExposition
from capacity_sync.domain.capacity import StoredSize
from capacity_sync.domain.history import Owner, SizeOfDay
from capacity_sync.domain.outcomes import StoreFailed, Unsupported
from capacity_sync.domain.standing import Standing
from tests.servers.processes import free_port

HARD_NAMES = ["plain", 'qu"ote', "back\\slash", "line\nbreak", "數據", "🦆", " blank ", "{a=b}"]


def sized(*names):
    at = datetime(2026, 3, 1, tzinfo=UTC)
    return Standing(SizeOfDay(Owner(1, "orders", "mysql"),
                              StoredSize(name, date(2026, 3, 1), at, size_mb=0, size_bytes=n))
                    for n, name in enumerate(names))


def test_names_come_through_the_parser_unchanged():
    text = PrometheusExposition().text(sized(*HARD_NAMES)).decode()
    found = {family.name: family for family in parser.text_string_to_metric_families(text)}

    assert [sample.labels for sample in found["capacity_sync_database_size_bytes"].samples] == [
        {"instance_name": "orders", "engine": "mysql", "database_name": name} for name in HARD_NAMES]
    assert [sample.value for sample in found["capacity_sync_database_size_bytes"].samples] == list(range(8))
    assert {(family.type, bool(family.documentation)) for family in found.values()} == {("gauge", True)}


def test_without_the_package_the_way_out_is_named(monkeypatch):
    monkeypatch.setattr(prometheus, "find_spec", lambda _: None)

    with pytest.raises(Unsupported) as refused:
        PrometheusExposition().text(Standing())
    assert refused.value.failure.remedy == "pip install 'capacity-sync[prometheus]'"


@pytest.fixture
def served():
    """The address of an endpoint over the standings that a test puts into the list."""
    standings, port = [sized("plain")], free_port()

    def now():
        if isinstance(standings[-1], Exception):
            raise standings[-1]
        return standings[-1]

    threading.Thread(target=PrometheusExposition().serve, args=("127.0.0.1", port, now), daemon=True).start()
    return f"http://127.0.0.1:{port}/metrics", standings


def scraped(address):
    for _ in range(200):
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:
                return answer.headers["Content-Type"], answer.read().decode()
        except ConnectionError:
            threading.Event().wait(0.02)
        except urllib.error.URLError as error:
            if isinstance(error, HTTPError):
                raise
            threading.Event().wait(0.02)
    pytest.fail("the endpoint never answered")


def test_every_scrape_asks_anew(served):
    address, standings = served
    kind, text = scraped(address)
    standings.append(sized("plain", "new"))

    assert kind.startswith("text/plain; version=0.0.4")
    assert ('"new"' in text, '"new"' in scraped(address)[1]) == (False, True)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_broken_store_is_a_failed_scrape_and_the_next_one_is_good(served):
    address, standings = served
    scraped(address)
    standings.append(StoreFailed("the store is away"))
    with pytest.raises(HTTPError) as failed:
        scraped(address)
    with closing(failed.value):
        assert failed.value.code == 500
    standings.append(sized("plain"))

    assert '"plain"' in scraped(address)[1]


def test_an_address_that_is_taken_is_an_error():
    with closing(create_server(("127.0.0.1", 0))) as taken, pytest.raises(OSError, match="in use"):
        PrometheusExposition().serve(*taken.getsockname(), Standing)
