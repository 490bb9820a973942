"""The validated configuration of one process."""
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from attrs import field, frozen

from capacity_sync.domain.alerts import AlertPolicy
from capacity_sync.domain.filters import FilterRules
from capacity_sync.domain.instance import EnvSecret, Instance
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.domain.schedule import NO_BUDGET, PER_HOST
from capacity_sync.domain.volume import Volume
from capacity_sync.ports.engines import EngineCatalog
from capacity_sync.settings.alerting import alert_policy
from capacity_sync.settings.document import Document, read
from capacity_sync.settings.filtering import FilterReading
from capacity_sync.settings.findings import Findings, Wrong, did_you_mean, one_line
from capacity_sync.settings.instances import InstanceDefaults, InstanceReading, instance_defaults
from capacity_sync.settings.queueing import Queueing
from capacity_sync.settings.schema import FleetEntry
from capacity_sync.settings.store_url import DEFAULT_STORE, placed, shown
from capacity_sync.settings.structure import Structuring
from capacity_sync.settings.volumes import volumes_of

CONFIG_VARIABLE = "CAPACITY_SYNC_CONFIG"
STORE_VARIABLE = "CAPACITY_SYNC_STORE"
DEFAULT_CONFIG = "fleet.yaml"
DEFAULT_WORKERS = 4
LEGACY_ZONE = "Asia/Shanghai"


@frozen
class Settings:
    """What fleet.yaml says, with every path absolute and every default filled in.

    `instances` stand in file order; `defaults` are for instances that come from elsewhere. `source` is how the
    user named the file. `warnings` are lines to show. `legacy_timezone`: the old interface has a default of its own.
    `budget`: seconds of a run. `batch`: instances whose sizes may share a transaction of the store.
    """

    store_url: str = field(repr=shown)
    timezone: ZoneInfo = field(factory=lambda: ZoneInfo("UTC"))
    filters: FilterRules = FilterRules()
    instances: tuple[Instance, ...] = field(default=(), converter=tuple[Instance, ...])
    workers: int = DEFAULT_WORKERS
    source: str = "settings"
    warnings: tuple[str, ...] = ()
    legacy_timezone: ZoneInfo = field(factory=lambda: ZoneInfo(LEGACY_ZONE))
    defaults: InstanceDefaults = field(factory=InstanceDefaults)
    alerts: AlertPolicy = AlertPolicy()
    per_host: int = PER_HOST
    budget: float = NO_BUDGET
    batch: int = 1
    queueing: Queueing = field(factory=Queueing)
    volumes: tuple[Volume, ...] = field(default=(), converter=tuple[Volume, ...])
    _places: Mapping[str, str] = field(factory=dict, repr=False, eq=False)

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None, store: str | None = None, *,
             engines: EngineCatalog | None = None, environ: Mapping[str, str] = os.environ) -> Self:
        """The fleet file at *path*, else at `CAPACITY_SYNC_CONFIG`, else `fleet.yaml` in the working directory.

        Raises: ConfigurationRefused: with all mistakes, one line each.
        """
        source = os.fspath(path or environ.get(CONFIG_VARIABLE) or DEFAULT_CONFIG)
        findings = Findings()
        try:
            document = read(source, Path(source).read_bytes(), findings)
        except (OSError, ValueError) as error:
            raise ConfigurationRefused(_unreadable(source, error)) from error
        return cls._of(document, Path(source).absolute().parent, findings, engines, _outside(store, environ), environ)

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any], base_folder: str | os.PathLike[str] = ".",
                     store: str | None = None, *, engines: EngineCatalog | None = None,
                     environ: Mapping[str, str] = os.environ) -> Self:
        """A mapping shaped like fleet.yaml; relative paths start at *base_folder*.

        Raises: ConfigurationRefused: with all mistakes, one line each.
        """
        folder = Path(base_folder).absolute()
        return cls._of(Document("settings", mapping), folder, Findings(), engines, _outside(store, environ),
                       environ)

    @classmethod
    def of_store(cls, store: str | None = None, *, environ: Mapping[str, str] = os.environ) -> Self:
        """No fleet at all: the store at *store*, else at `CAPACITY_SYNC_STORE`, else the default one.

        Raises: ConfigurationRefused: it is no database URL.
        """
        return cls(_outside(store, environ) or placed(DEFAULT_STORE, Path.cwd()), queueing=Queueing.of(None, environ))

    @classmethod
    def _of(cls, document: Document, folder: Path, findings: Findings, engines: EngineCatalog | None,
            store: str | None, environ: Mapping[str, str]) -> Self:
        catalog, structuring = engines or _installed(), Structuring(findings)
        data = {} if document.data is None else document.data
        top = structuring.take(FleetEntry, data, ())
        refused: tuple[str, ...] = ()
        filters = FilterRules()
        try:
            filters = FilterReading(catalog, folder, structuring).read(top.filters)
        except ConfigurationRefused as error:
            refused = error.mistakes
        instances = InstanceReading(catalog, folder, structuring, top).read(top.instances)
        volumes = volumes_of(top.volumes, instances.values(), findings)
        store_url = store or _store(top.store, folder, findings)
        if findings.mistakes or refused:
            raise ConfigurationRefused(*document.told(findings.mistakes), *refused)
        return cls(store_url, top.timezone or ZoneInfo("UTC"), filters, tuple(instances.values()),
                   top.workers or DEFAULT_WORKERS, document.source, document.told(findings.warnings),
                   top.timezone or ZoneInfo(LEGACY_ZONE), instance_defaults(top), alert_policy(top.alerts),
                   top.per_host or PER_HOST, top.budget or NO_BUDGET, top.batch or 1,
                   Queueing.of(top.celery, environ), volumes,
                   {one.name: _place(document, n) for n, one in instances.items()})

    def selected(self, names: Sequence[str] = (), tags: Mapping[str, str] | None = None, *,
                 environ: Mapping[str, str] = os.environ, secrets: bool = True) -> tuple[Instance, ...]:
        """The instances of those *names*, in that order, or all, that carry all *tags*.

        Raises: ConfigurationRefused: a name is not in the fleet, none is left, or an environment variable that
            one of them takes its password from is not set; without *secrets*, those are other machines' business.
        """
        by_name = {one.name: one for one in self.instances}
        chosen = [by_name[n] for n in dict.fromkeys(names or by_name) if n in by_name]
        chosen = [one for one in chosen if set((tags or {}).items()) <= set(one.tags.items())]
        mistakes = [*self._strangers(names, by_name), *(self._unset(chosen, environ) if secrets else ())]
        if not mistakes and not chosen:
            mistakes = [f"{self.source}: no instance carries these tags" if self.instances else
                        f"{self.source}: there are no instances in it; list them under instances:"]
        if mistakes:
            raise ConfigurationRefused(*map(one_line, mistakes))
        return tuple(chosen)

    def _strangers(self, names: Iterable[str], known: Mapping[str, Instance]) -> Iterator[str]:
        for name in dict.fromkeys(names):
            if name not in known:
                listed = f"; it has {', '.join(list(known)[:10])}{', ...' if len(known) > 10 else ''}" if known else ""
                yield f'{self.source}: no instance "{name}" in the fleet{did_you_mean(name, known) or listed}'

    def _unset(self, chosen: Iterable[Instance], environ: Mapping[str, str]) -> Iterator[str]:
        for one in chosen:
            if isinstance(one.password, EnvSecret) and one.password.name not in environ:
                yield (f"{self._places.get(one.name, self.source)}.password: the environment variable "
                       f'{one.password.name} is not set; instance "{one.name}" takes its password from it')


def _unreadable(source: str, error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return one_line(f"{source}: no such file; write one (see README, Configuration) or name another with --config")
    return one_line(f"{source}: cannot be read: {getattr(error, 'strerror', None) or error}")


def _outside(store: str | None, environ: Mapping[str, str]) -> str | None:
    """The store of the flag or the variable: relative to the working directory."""
    where, url = ("--store", store) if store else (STORE_VARIABLE, environ.get(STORE_VARIABLE))
    try:
        return placed(url, Path.cwd()) if url else None
    except Wrong as error:
        raise ConfigurationRefused(f"{where}: {error}") from error


def _store(url: str | None, folder: Path, findings: Findings) -> str:
    try:
        return placed(url or DEFAULT_STORE, folder)
    except Wrong as error:
        findings.wrong(("store",), str(error))
        return DEFAULT_STORE


def _place(document: Document, position: int) -> str:
    line = document.line(("instances", position, "password"))
    return f"{document.source}:{line}: instances[{position}]" if line else f"{document.source}: instances[{position}]"


def _installed() -> EngineCatalog:
    from capacity_sync.adapters.engines.installed import InstalledEngines

    return InstalledEngines()
