"""No password in anything that is printed, logged, traced, stored or served, whatever goes wrong where."""
import sqlite3
import sys
from contextlib import closing

import pytest
from click.testing import CliRunner
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from capacity_sync.domain.outcomes import AuthenticationFailed, Category, Failure, ServerUnreachable
from capacity_sync.entrypoints.cli.commands import cli
from capacity_sync.testing.engines import Raises, ScriptedServer

WORD = "c0rrect h/rse'b@ttery"
FORMS = (WORD, "c0rrect%20h%2Frse%27b%40ttery", "c0rrect+h%2Frse%27b%40ttery", "c0rrect h/rse\\'b@ttery")
REFERENCES = {
    "plain": f'"{WORD}"',
    "env": "{env: THE_WORD}",
    "file": "{file: word}",
    "command": f"{{command: ['{sys.executable}', '-c', 'print(open(\"word\").read(), end=\"\")']}}",
}
ECHO = [f"DSN postgresql://monitor:{form}@db1/ was refused" for form in FORMS]


def talkative(call):
    """A server whose *call* fails with an error that echoes what the driver was given."""
    errors = [Raises(ServerUnreachable(" ".join(ECHO), remedy=f"look at {ECHO[0]}")), Raises(KeyError(ECHO[0])),
              Raises(ConnectionError(ECHO[1]))]
    return ScriptedServer({"shop": 1, "audit": 2}, script={call: errors * 3})


def hinting():
    """A server that gives its answers, with the DSN in every reason."""
    return ScriptedServer({"shop": 1, "audit": 2}, lost={"audit": Failure(Category.QUERY, ECHO[0], remedy=ECHO[1])})


@pytest.fixture
def fleet(desk, monkeypatch):
    """Every way to refer to a password, at every call that can fail; PostgreSQL and MariaDB at closed ports too."""
    monkeypatch.setenv("THE_WORD", WORD)
    (desk.folder / "word").write_text(WORD)
    lines = []
    for kind, reference in REFERENCES.items():
        for call in ("connect", "fetch_inventory", "fetch_capacity", "diagnose", "close", "none"):
            desk.servers[f"{kind}-{call}"] = hinting() if call == "none" else talkative(call)
            lines.append(f"- {{name: {kind}-{call}, engine: scripted, host: h, password: {reference}}}")
        lines += [f"- {{name: {kind}-{engine}, engine: {engine}, host: 127.0.0.1, port: 1, username: u, "
                  f"password: {reference}}}" for engine in ("postgresql", "mysql", "sqlserver", "oracle")]
    lines.append(f'- {{name: url, url: "postgresql://u:{FORMS[1]}@127.0.0.1:1/"}}')
    desk.fleet("retries: 0\ninstances:\n" + "\n".join(lines))
    return desk


@pytest.fixture
def traced(monkeypatch):
    spans, reader = InMemorySpanExporter(), InMemoryMetricReader()
    tracers, meters = TracerProvider(), MeterProvider([reader])
    tracers.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(trace, "get_tracer", tracers.get_tracer)
    monkeypatch.setattr(metrics, "get_meter", meters.get_meter)
    monkeypatch.setenv("OTEL_SERVICE_NAME", "tests")
    yield lambda: "".join(span.to_json() for span in spans.get_finished_spans()) + reader.get_metrics_data().to_json()
    meters.shutdown()
    tracers.shutdown()


def in_store(desk):
    with closing(sqlite3.connect(desk.folder / "capacity.db")) as store:
        return "\n".join(store.iterdump())


COMMANDS = [
    ("sync", "--format", "json"), ("-v", "sync"), ("--log-format", "json", "-v", "sync", "--format", "ndjson"),
    ("sync", "--format", "csv"), ("check", "--format", "json"), ("-v", "check"), ("metrics",), ("runs",),
    ("inventory", "--format", "json"), ("store", "check"),
]


def test_no_form_of_a_password_is_told_anywhere(fleet, traced):
    told = {" ".join(command): (answer := fleet(*command)).out + answer.err for command in COMMANDS}
    run_id = fleet("runs", "--limit", "1", "--format", "json").json[0]["run_id"]
    told["runs ID"] = fleet("runs", run_id, "--format", "json").out + fleet("runs", run_id).out
    told |= {"the spans": traced(), "the store": in_store(fleet)}

    assert {(what, form) for what, text in told.items() for form in FORMS if form in text} == set()
    assert all("was refused" in told[what] for what in ("sync --format json", "check --format json", "-v sync",
                                                        "runs ID", "the spans", "the store"))
    assert "***" in told["sync --format json"]


@pytest.mark.parametrize("store", ["postgresql://u:{}@127.0.0.1:1/x", "mysql://u:{}@127.0.0.1:1/x"])
@pytest.mark.parametrize("command", [("sync",), ("-v", "sync"), ("sizes",), ("store", "check"), ("metrics",)], ids=str)
def test_a_store_that_is_away_is_named_without_its_password(desk, store, command):
    desk.serve(orders=ScriptedServer({"shop": 1}))
    done = CliRunner().invoke(cli, ["--store", store.format(FORMS[1]), *command])

    assert done.exit_code == 2
    assert "127.0.0.1:1/x" in done.stderr
    assert [form for form in FORMS if form in done.output] == []


def test_a_mistake_in_the_file_repeats_no_password(desk):
    desk.fleet(f"""instances:
- {{name: a, engine: scripted, host: h, password: "{WORD}", pasword: "{WORD}"}}
- {{name: b, url: "postgresql://u:{FORMS[1]}@h:x/"}}
- {{name: c, engine: nosuch, password: {{plain: "{WORD}"}}}}
""")
    answer = desk("sync")

    assert answer.code == 2
    assert len(answer.err.splitlines()) >= 3
    assert [form for form in FORMS if form in answer.err] == []


def test_an_error_that_is_raised_with_the_password_is_denied_without_it(desk):
    desk.servers["a"] = ScriptedServer({"shop": 1}, script={"connect": [Raises(AuthenticationFailed(ECHO[0]))] * 9})
    desk.fleet(f'instances:\n- {{name: a, engine: scripted, host: h, password: "{WORD}"}}')

    assert desk("sync", "--format", "json").json["instances"][0]["error"]["message"] == (
        "DSN postgresql://monitor:***@db1/ was refused")
