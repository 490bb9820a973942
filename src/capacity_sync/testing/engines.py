"""A scripted engine: answers, errors and delays per call, and a journal of every call."""
import time
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any, final

from attrs import Factory, define, field, frozen

from capacity_sync.domain.capacity import (
    Basis,
    CapacityRow,
    InstanceFacts,
    MbRounding,
    Measurements,
    Unmeasured,
)
from capacity_sync.domain.diagnosis import Diagnosis
from capacity_sync.domain.instance import EngineTraits, Instance
from capacity_sync.domain.inventory import Completeness, InventoryRow, Listing
from capacity_sync.domain.outcomes import Category, Failure, Unsupported
from capacity_sync.ports import Connection, ConnectionFactory, EngineAdapter, EngineCatalog, Severable

TRAITS = EngineTraits("scripted", "Scripted engine", MbRounding.TRUNCATE)


@frozen
class Raises:
    """A step of the script that fails. Any exception, `KeyboardInterrupt` too."""

    error: BaseException


@frozen
class Waits:
    """A step of the script that takes *seconds*, then goes on with `then`."""

    seconds: float
    then: Any = None


@frozen
class Hangs:
    """A step of the script that never ends, unless somebody sets `until`; then it goes on with `then`."""

    until: Event = field(factory=Event)
    then: Any = None


@define
class ScriptedServer:
    """What one instance contains and how it behaves; change it between two syncs.

    `sizes`: bytes by database name; `identities`, `lost` (reasons by name), `logs` (bytes) and `system` refine it.
    `script`: steps by method name (`connect`, `fetch_inventory`, `fetch_capacity`, `diagnose`, `sever`, `close`), used
    up one per call; None in it is a call that behaves. `calls` journals every call in order.
    """

    sizes: dict[str, int] = Factory(dict)
    identities: dict[str, str] = Factory(dict)
    lost: dict[str, Failure] = Factory(dict)
    system: set[str] = Factory(set)
    estimated: set[str] = Factory(set)
    completeness: Completeness = Completeness.COMPLETE
    facts: InstanceFacts = InstanceFacts()
    version: str | None = "1.0"
    script: dict[str, list[Raises | Waits | Hangs | None]] = Factory(dict)
    calls: list[str] = Factory(list)
    open_connections: int = 0
    logs: dict[str, int] = Factory(dict)

    def step(self, call: str) -> None:
        """Journal *call* and play its next step."""
        self.calls.append(call)
        steps = self.script.get(call, [])
        _play(steps.pop(0) if steps else None)


def _play(step: Raises | Waits | Hangs | None) -> None:
    match step:
        case Raises(error):
            raise error
        case Waits(seconds, then):
            time.sleep(seconds)
            _play(then)
        case Hangs(until, then):
            until.wait()
            _play(then)
        case None:
            pass


@final
@define
class ScriptedConnection(Connection, Severable):
    """`sever` is journalled and ends nothing: a driver that hangs all the same is the harder case."""

    server: ScriptedServer
    closed: bool = False

    def sever(self) -> None:
        self.server.step("sever")

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self.server.open_connections -= 1
        self.server.step("close")


@final
@frozen
class ScriptedAdapter(EngineAdapter):
    """Plays `ScriptedServer`s, found by instance name. An unknown instance raises KeyError."""

    servers: Mapping[str, ScriptedServer] = field(factory=dict)
    traits: EngineTraits = TRAITS

    def connect(self, instance: Instance, password: str | None) -> ScriptedConnection:
        server = self.servers[instance.name]
        server.step("connect")
        server.open_connections += 1
        return ScriptedConnection(server)

    def fetch_inventory(self, connection: Connection) -> Listing:
        server = _server(connection)
        server.step("fetch_inventory")
        witness = None if server.completeness is Completeness.COMPLETE else HIDDEN
        return Listing((InventoryRow(name, server.identities.get(name), name in server.system)
                        for name in server.sizes), server.completeness, witness, server.version)

    def fetch_capacity(self, connection: Connection, inventory: Sequence[str]) -> Measurements:
        if not inventory:
            return Measurements()
        server = _server(connection)
        server.step("fetch_capacity")
        here = [name for name in inventory if name in server.sizes]
        gone = [name for name in inventory if name not in server.sizes]
        return Measurements(
            (_row(server, name) for name in here if name not in server.lost),
            (*(Unmeasured(name, server.lost[name]) for name in here if name in server.lost),
             *(Unmeasured(name, GONE) for name in gone)),
            server.facts,
            degraded=server.estimated.intersection(here),
        )

    def diagnose(self, connection: Connection) -> Diagnosis:
        server = _server(connection)
        server.step("diagnose")
        missing = () if server.completeness is Completeness.COMPLETE else (HIDDEN,)
        return Diagnosis(server.version, server.completeness, missing)

    def grants(self, user: str) -> list[str]:
        return [f"GRANT SEE ALL TO {user}"]


GONE = Failure(Category.UNKNOWN_DATABASE, "the database is gone")
HIDDEN = Failure(Category.PERMISSION, "databases may be hidden", remedy="GRANT SEE ALL TO monitor")


def _server(connection: Connection) -> ScriptedServer:
    if not isinstance(connection, ScriptedConnection):
        raise TypeError("not a connection of the scripted engine")
    return connection.server


def _row(server: ScriptedServer, name: str) -> CapacityRow:
    basis = Basis.ESTIMATE if name in server.estimated else Basis.FILE
    return CapacityRow(name, server.sizes[name], "scripted", basis, log_bytes=server.logs.get(name),
                       identity=server.identities.get(name))


@final
@frozen
class ScriptedEngines(EngineCatalog, ConnectionFactory):
    """A catalogue with nothing but the given adapters, and the factory that opens their connections."""

    adapters: tuple[EngineAdapter, ...] = field(converter=tuple[EngineAdapter, ...])

    @classmethod
    def of(cls, servers: Mapping[str, ScriptedServer]) -> "ScriptedEngines":
        return cls([ScriptedAdapter(servers)])

    def names(self) -> list[str]:
        return sorted(adapter.traits.name for adapter in self.adapters)

    def adapter(self, engine: str) -> EngineAdapter:
        for adapter in self.adapters:
            if adapter.traits.name == engine:
                return adapter
        raise Unsupported(f"no engine {engine!r} is installed", remedy=f"installed: {', '.join(self.names())}")

    def open(self, instance: Instance) -> Connection:
        return self.adapter(instance.engine).connect(instance, None)


