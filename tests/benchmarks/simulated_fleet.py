"""A fleet of scripted servers over a real store: wall clock against the ideal, memory, and every outcome.

    .venv/bin/python -m tests.benchmarks.simulated_fleet --instances 2000 --store sqlite|postgresql|URL --workers 8

Every call to a server takes 50 ms; 5 % refuse connections, 2 % hang, 1 % deny one database. The ideal is the sum of
all waits, with the deadlines of the hanging ones and the pauses between tries, by the number of workers, plus one
deadline.
"""
import argparse
import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import contextmanager

from attrs import define, field, frozen
from dependency_injector import providers

from capacity_sync import Container, Settings
from capacity_sync.adapters.retrying import JitteredRetrying
from capacity_sync.domain.instance import Instance, Timeouts
from capacity_sync.domain.outcomes import Category, Failure, ServerUnreachable
from capacity_sync.domain.sync_report import Status
from capacity_sync.testing.engines import ScriptedAdapter, ScriptedEngines, ScriptedServer
from tests.servers.postgresql import PostgreSQLServer, require_postgresql
from tests.servers.stores import postgresql_url

DENIED = Failure(Category.PERMISSION, "denied", "42501", "GRANT it")
KINDS = {"dead": 5, "hanging": 2, "denying": 1}
"""Of a hundred."""


@define
class Waits:
    """The seconds that servers, pauses and deadlines took."""

    sum: float = 0.0
    lock: threading.Lock = field(factory=threading.Lock)

    def sleep(self, seconds):
        with self.lock:
            self.sum += seconds
        time.sleep(seconds)


@define
class SlowServer(ScriptedServer):
    """Made anew for each connection and forgotten with it, so that what grows is not the servers' journals."""

    kind: str = "good"
    latency: float = 0.05
    waits: Waits = field(factory=Waits)
    hang: threading.Event = field(factory=threading.Event)

    def step(self, call):
        if self.kind == "hanging" and call == "fetch_inventory":
            self.hang.wait()
        if call != "close":
            self.waits.sleep(self.latency)
        if self.kind == "dead":
            raise ServerUnreachable("connection refused")


def kind_of(number):
    for kind, share in KINDS.items():
        if number % 100 < share:
            return kind
        number -= share
    return "good"


@frozen
class Fleet:
    """Servers by name, made when somebody connects. `databases` each."""

    databases: int
    latency: float
    waits: Waits = field(factory=Waits)
    hang: threading.Event = field(factory=threading.Event)

    def __getitem__(self, name):
        kind = kind_of(int(name.removeprefix("i")))
        names = [f"db{n:04}" for n in range(self.databases)]
        lost = {names[0]: DENIED} if kind == "denying" else {}
        return SlowServer(dict.fromkeys(names, 10**9), lost=lost, kind=kind, latency=self.latency, waits=self.waits,
                          hang=self.hang)


def instances(count, deadline):
    """Only those that hang have a *deadline* that comes: a busy machine must not make failures of good ones."""
    return [Instance(f"i{n}", "scripted", host=f"h{n // 2}", retries=2,
                     timeouts=Timeouts(deadline=deadline if kind_of(n) == "hanging" else 3600)) for n in range(count)]


EXPECTED = {"good": (Status.COMPLETED, None), "dead": (Status.FAILED, Category.NETWORK),
            "hanging": (Status.FAILED, Category.TIMEOUT), "denying": (Status.PARTIAL, None)}


def wrong_outcomes(report, databases):
    """Those that are not as they must be."""
    wrong = []
    for one in report.instances:
        kind = kind_of(int(one.name.removeprefix("i")))
        status, category = EXPECTED[kind]
        measured = databases - (kind == "denying") if kind in ("good", "denying") else 0
        sizes = len(one.capacity.databases) if one.capacity else 0
        found = (one.status, one.error.category if one.error else None, sizes)
        if found != (status, category, measured):
            wrong.append((one.name, kind, *found))
    return wrong


def simulated(store, count, databases=40, workers=8, latency=0.05, deadline=5.0):
    """The report, the seconds it took, and the ideal."""
    fleet = Fleet(databases, latency)
    container = Container.from_settings(Settings(store))
    engines = ScriptedEngines([ScriptedAdapter(fleet)])
    container.engines.override(providers.Object(engines))
    container.connections.override(providers.Object(engines))
    container.retrying.override(providers.Factory(JitteredRetrying, fleet.waits.sleep))
    sync = container.fleet()
    container.browser().instances()
    begun = time.monotonic()
    report = sync.run(instances(count, deadline), workers=workers)
    took = time.monotonic() - begun
    fleet.hang.set()
    hanging = sum(kind_of(n) == "hanging" for n in range(count))
    stored = container.browser().run(report.run_id)
    assert Counter(one.status for one in stored.instances) == Counter(one.status for one in report.instances)
    ideal = (fleet.waits.sum + hanging * deadline) / workers + deadline
    container.storage().dispose()
    return report, took, ideal


@contextmanager
def store_at(place):
    if place == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/store.db"
    elif place == "postgresql":
        with PostgreSQLServer(require_postgresql()) as server:
            server.execute("CREATE DATABASE store")
            yield postgresql_url(server, "store")
    else:
        yield place


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name, default in (("instances", 2000), ("databases", 40), ("workers", 8)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--store", default="sqlite")
    asked = parser.parse_args()
    with store_at(asked.store) as store:
        report, took, ideal = simulated(store, asked.instances, asked.databases, asked.workers)
    wrong = wrong_outcomes(report, asked.databases)
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    peak = cpu.ru_maxrss // 1024
    sys.stdout.write(
        f"{asked.store}: {asked.instances} instances x {asked.databases} databases, {asked.workers} workers: "
        f"{took:.1f} s, ideal {ideal:.1f} s, ratio {took / ideal:.2f}; CPU {cpu.ru_utime + cpu.ru_stime:.1f} s; "
        f"peak {peak} MiB; "
        f"{dict(Counter(one.status.value for one in report.instances))}; wrong: {wrong[:5]}\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
