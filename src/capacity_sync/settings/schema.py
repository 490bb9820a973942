"""The shape of fleet.yaml: which keys there are and what kind of value each takes."""
from collections.abc import Callable, Mapping
from typing import Any, NewType
from zoneinfo import ZoneInfo

import attrs
from attrs import frozen
from cattrs import Converter
from cattrs.gen import make_dict_structure_fn

from capacity_sync.domain.guard import GuardMode
from capacity_sync.domain.instance import Secret, TlsMode
from capacity_sync.settings import values
from capacity_sync.settings.byte_counts import byte_count
from capacity_sync.settings.durations import duration
from capacity_sync.settings.findings import Wrong, kind

Name = NewType("Name", str)
Port = NewType("Port", int)
Count = NewType("Count", int)
Retries = NewType("Retries", int)
Seconds = NewType("Seconds", float)
Duration = NewType("Duration", float)
Share = NewType("Share", float)
Bytes = NewType("Bytes", int)
Switch = NewType("Switch", bool)
Days = NewType("Days", int)
Hours = NewType("Hours", float)
Percent = NewType("Percent", float)
Part = NewType("Part", float)
Broker = NewType("Broker", str)
OnRedis = NewType("OnRedis", str)
QueueName = NewType("QueueName", str)


@frozen
class DefaultsEntry:
    connect_timeout: Seconds | None = None
    statement_timeout: Seconds | None = None
    deadline: Seconds | None = None


@frozen
class GuardEntry:
    mode: GuardMode | None = None
    min_active: Count | None = None
    max_lost: Share | None = None
    visible_only_days: Count | None = None


@frozen
class TlsEntry:
    mode: TlsMode | None = None
    ca: str | None = None


@frozen
class InstanceEntry(DefaultsEntry):
    name: Name | None = None
    engine: str | None = None
    url: str | None = None
    host: str | None = None
    port: Port | None = None
    database: str | None = None
    username: str | None = None
    password: Secret | None = None
    path: str | None = None
    tls: TlsEntry | None = None
    tags: Mapping[str, str] | None = None
    volume: str | None = None
    guard: GuardEntry | None = None
    include_system: Switch | None = None
    limit: Bytes | None = None
    retries: Retries | None = None


@frozen
class GrowthAlertEntry:
    percent: Percent | None = None
    bytes: Bytes | None = None
    days: Days | None = None


@frozen
class FullAlertEntry:
    share: Part | None = None
    days: Days | None = None


@frozen
class StaleAlertEntry:
    hours: Hours | None = None


@frozen
class AlertsEntry:
    growth: GrowthAlertEntry | None = None
    nearly_full: FullAlertEntry | None = None
    stale: StaleAlertEntry | None = None


@frozen
class CeleryEntry:
    broker: Broker | None = None
    results: OnRedis | None = None
    queue: QueueName | None = None
    route_by: str | None = None
    redeliver_after: Duration | None = None


@frozen
class FleetEntry:
    store: str | None = None
    timezone: ZoneInfo | None = None
    defaults: DefaultsEntry | None = None
    filters: Any = None
    instances: Any = None
    guard: GuardEntry | None = None
    include_system: Switch | None = None
    limit: Bytes | None = None
    volumes: Any = None
    workers: Count | None = None
    per_host: Count | None = None
    budget: Duration | None = None
    batch: Count | None = None
    retries: Retries | None = None
    alerts: AlertsEntry | None = None
    celery: CeleryEntry | None = None


@frozen
class RulesEntry:
    exclude_databases: tuple[str, ...] | None = None
    exclude_patterns: tuple[str, ...] | None = None


def converter() -> Converter:
    """Strict: text is text, a number a number, and a key that is not in the class is refused."""
    strict = Converter(detailed_validation=True)
    for accepted, function in _KINDS.items():
        strict.register_structure_hook(accepted, _hook(function))
    strict.register_structure_hook_func(_COMPOSED.__contains__, lambda raw, t: _COMPOSED[t](raw))
    for words in (GuardMode, TlsMode):
        strict.register_structure_hook(words, values.word)
    strict.register_structure_hook_factory(attrs.has, lambda t: _mapping_first(t, strict))
    return strict


def _hook(function: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda raw, _: function(raw)


def _mapping_first(entry: type, strict: Converter) -> Callable[[Any, Any], Any]:
    fill: Callable[[Any, Any], Any] = make_dict_structure_fn(
        entry, strict, _cattrs_forbid_extra_keys=True, _cattrs_detailed_validation=True)

    def structure(raw: Any, _: Any) -> Any:
        if not isinstance(raw, Mapping):
            raise Wrong(f"expected a mapping of keys to values, got {kind(raw)}")
        return fill(dict(raw), entry)
    return structure


_KINDS: dict[Any, Callable[[Any], Any]] = {
    str: values.text, Name: values.name, ZoneInfo: values.zone, Switch: values.switch,
    Seconds: values.seconds, Share: values.share, Bytes: byte_count,
    Duration: duration, Broker: values.broker, OnRedis: values.on_redis, QueueName: values.queue,
    Port: lambda raw: values.whole(raw, 1, 65_535),
    Count: lambda raw: values.whole(raw, 1, 1_000_000),
    Retries: lambda raw: values.whole(raw, 0, 100),
    Days: lambda raw: values.whole(raw, 1, 3_650),
    Hours: lambda raw: values.above_zero(raw, 87_600),
    Percent: lambda raw: values.above_zero(raw, 1_000_000),
    Part: lambda raw: values.above_zero(raw, 1),
}
_COMPOSED: dict[Any, Callable[[Any], Any]] = {
    Mapping[str, str]: values.tags, tuple[str, ...]: values.texts, Secret | None: values.secret,
}
