"""From the entries of fleet.yaml to the instances of the fleet."""
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as Folder
from typing import Any

import attrs
from attrs import field, frozen

from capacity_sync.domain.guard import GuardPolicy
from capacity_sync.domain.instance import (
    FileSecret,
    Instance,
    PlainSecret,
    Secret,
    Timeouts,
    Tls,
    TlsMode,
)
from capacity_sync.ports.engines import EngineCatalog
from capacity_sync.settings.address import IN_A_URL, Address, address, engine_of, misplaced, traits_of
from capacity_sync.settings.findings import Findings, Path, Wrong, did_you_mean, kind
from capacity_sync.settings.schema import DefaultsEntry, FleetEntry, GuardEntry, InstanceEntry, TlsEntry
from capacity_sync.settings.structure import Structuring
from capacity_sync.settings.volumes import strange_volume

PLAIN = "a password in plain text; better {env: NAME}, {file: PATH} or {command: [PROGRAM, ...]}"
RETRIES = 2
TIMEOUTS = {"connect": "connect_timeout", "statement": "statement_timeout", "deadline": "deadline"}


def under(folder: Folder, path: str) -> str:
    """*path* as it stands when it is absolute, else under *folder*. A glob stays one."""
    return str(folder / path)


@frozen
class InstanceDefaults:
    """What the top level of fleet.yaml gives to every instance that says nothing else."""

    timeouts: Timeouts = field(factory=Timeouts)
    guard: GuardPolicy = GuardPolicy()
    include_system: bool | None = None
    limit_bytes: int | None = None
    retries: int = RETRIES


def instance_defaults(top: FleetEntry) -> InstanceDefaults:
    return InstanceDefaults(_timeouts(InstanceEntry(), top.defaults), _guard(None, top.guard), top.include_system,
                            top.limit, _first(top.retries, RETRIES))


@frozen
class InstanceReading:
    engines: EngineCatalog
    folder: Folder
    structuring: Structuring
    top: FleetEntry

    @property
    def findings(self) -> Findings:
        return self.structuring.findings

    def read(self, raw: Any) -> Mapping[int, Instance]:
        """The instances that are right, by their position in the list *raw*."""
        if raw is None:
            return {}
        if not isinstance(raw, (list, tuple)):
            self.findings.wrong(("instances",), f"expected a list of instances, got {kind(raw)}")
            return {}
        read = {n: self._instance(item, ("instances", n)) for n, item in enumerate(raw)}
        self._refuse_same_names(raw)
        return {n: instance for n, instance in read.items() if instance is not None}

    def _refuse_same_names(self, raw: Sequence[Any]) -> None:
        first: dict[str, int] = {}
        for n, item in enumerate(raw):
            name = item.get("name") if isinstance(item, Mapping) else None
            if isinstance(name, str) and first.setdefault(name, n) != n:
                self.findings.wrong(("instances", n, "name"),
                                    f'"{name}" is already the name of instances[{first[name]}]; names are unique')

    def _instance(self, raw: Any, path: Path) -> Instance | None:
        so_far = len(self.findings.mistakes)
        entry = self.structuring.take(InstanceEntry, raw, path)
        if not isinstance(raw, Mapping):
            return None
        given = {str(key) for key, value in raw.items() if value is not None}
        for key, text in self._mistakes(entry, given):
            self.findings.wrong((*path, key) if key else path, text)
        if len(self.findings.mistakes) > so_far:
            return None
        made = self._made(entry)
        if isinstance(made.password, PlainSecret):
            self.findings.warn((*path, "password" if entry.password else "url"), PLAIN)
        return made

    def _mistakes(self, entry: InstanceEntry, given: set[str]) -> Iterator[tuple[str, str]]:
        """Key and text of everything that only shows when the keys are seen together."""
        if "name" not in given:
            yield "name", "missing; every instance has a name of its own"
        if not {"engine", "url"} & given:
            yield "engine", f"missing; installed are {', '.join(self.engines.names())}"
        yield from strange_volume(entry.volume, self.top.volumes)
        at, engine = None, entry.engine
        try:
            at = address(entry.url) if entry.url else None
            from_url = engine_of(at.dialect, self.engines) if at else None
            if engine and from_url and engine != from_url:
                yield "engine", f"the URL says {from_url}"
            engine = engine or from_url
        except Wrong as error:
            yield "url", str(error)
        yield from _twice(at, given)
        if engine and engine not in self.engines.names():
            near = did_you_mean(engine, self.engines.names())
            yield "engine", f'unknown engine "{engine}"{near} installed: {", ".join(self.engines.names())}'
        elif engine and (at or "url" not in given):
            yield from self._against_traits(engine, entry, given | _parts(at))

    def _against_traits(self, engine: str, entry: InstanceEntry, given: set[str]) -> Iterator[tuple[str, str]]:
        traits = traits_of(engine, self.engines)
        if traits is None:
            return
        yield from misplaced(traits, given)
        if "tls" in given and not traits.tls_modes:
            yield "tls", f"{traits.title} has none"
        elif entry.tls and entry.tls.mode and entry.tls.mode not in traits.tls_modes:
            offered = ", ".join(mode.value for mode in TlsMode if mode in traits.tls_modes)
            yield "tls", f"{traits.title} cannot do mode {entry.tls.mode.value}; it can do {offered}"

    def _made(self, entry: InstanceEntry) -> Instance:
        at = address(entry.url) if entry.url else Address("")
        engine = entry.engine or engine_of(at.dialect, self.engines)
        traits = traits_of(engine, self.engines)
        path = entry.path or at.path
        return Instance(
            name=entry.name or "", engine=engine,
            host=entry.host or at.host, port=entry.port or at.port or (traits.default_port if traits else None),
            database=entry.database or at.database, username=entry.username or at.username,
            password=self._secret(entry.password or (PlainSecret(at.password) if at.password else None)),
            path=under(self.folder, path) if path else None,
            tls=self._tls(entry.tls), tags=entry.tags or {},
            timeouts=_timeouts(entry, self.top.defaults), guard=_guard(entry.guard, self.top.guard),
            include_system=_first(entry.include_system, self.top.include_system),
            limit_bytes=_first(entry.limit, self.top.limit), retries=_first(entry.retries, self.top.retries, RETRIES),
            volume=entry.volume,
        )

    def _secret(self, secret: Secret | None) -> Secret | None:
        return FileSecret(under(self.folder, secret.path)) if isinstance(secret, FileSecret) else secret

    def _tls(self, entry: TlsEntry | None) -> Tls:
        if entry is None:
            return Tls()
        return Tls(entry.mode or Tls().mode, under(self.folder, entry.ca) if entry.ca else None)


def _parts(at: Address | None) -> set[str]:
    return {key for key in IN_A_URL if at and getattr(at, key) is not None}


def _twice(at: Address | None, given: set[str]) -> Iterator[tuple[str, str]]:
    for key in sorted(given & (_parts(at) | ({"host", "path"} if at else set()))):
        yield key, "stands beside url, which says the same or something else; keep one of them"


def _first(*values: Any) -> Any:
    """The first of *values* that is given."""
    return next((value for value in values if value is not None), None)


def _timeouts(entry: InstanceEntry, defaults: DefaultsEntry | None) -> Timeouts:
    chosen = {name: _first(getattr(entry, key), getattr(defaults, key, None)) for name, key in TIMEOUTS.items()}
    return Timeouts(**{name: seconds for name, seconds in chosen.items() if seconds is not None})


def _guard(own: GuardEntry | None, top: GuardEntry | None) -> GuardPolicy:
    chosen = {a.name: _first(getattr(own, a.name, None), getattr(top, a.name, None)) for a in attrs.fields(GuardEntry)}
    return GuardPolicy(**{name: value for name, value in chosen.items() if value is not None})
