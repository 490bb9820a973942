"""`celery:` as what a dispatched run needs to know of its broker and queues."""
import re
from collections.abc import Mapping
from typing import Self

from attrs import evolve, field, frozen

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.settings.findings import Wrong
from capacity_sync.settings.schema import CeleryEntry
from capacity_sync.settings.store_url import shown
from capacity_sync.settings.values import REDIS, broker

BROKER_VARIABLE = "CAPACITY_SYNC_BROKER"
DEFAULT_QUEUE = "capacity_sync"


def _shown(url: str | None) -> str:
    return repr(url and shown(url))


@frozen
class Queueing:
    """`results`: where workers leave their reports; by default the broker, if that can keep them. `route_by`: a tag
    whose value, after a dot, follows the queue's name. `redeliver_after`: seconds until a message of a worker that is
    gone is given to another one."""

    broker: str | None = field(default=None, repr=_shown)
    results: str | None = field(default=None, repr=_shown)
    queue: str = DEFAULT_QUEUE
    route_by: str | None = None
    redeliver_after: float | None = None

    @classmethod
    def of(cls, entry: CeleryEntry | None, environ: Mapping[str, str]) -> Self:
        """Raises: ConfigurationRefused: the variable holds no URL."""
        given = entry or CeleryEntry()
        found = cls(given.broker, given.results, given.queue or DEFAULT_QUEUE, given.route_by,
                    given.redeliver_after)
        try:
            outside = broker(environ[BROKER_VARIABLE]) if environ.get(BROKER_VARIABLE) else None
        except Wrong as error:
            raise ConfigurationRefused(f"{BROKER_VARIABLE}: {error}") from error
        found = evolve(found, broker=outside or found.broker)
        return evolve(found, results=found.results or (found.broker if found.on_redis else None))

    @property
    def on_redis(self) -> bool:
        return re.match(REDIS, self.broker or "") is not None

    def queue_of(self, instance: Instance) -> str:
        """The instance's own queue, for workers near it, or the one of all."""
        near = instance.tags.get(self.route_by) if self.route_by else None
        return f"{self.queue}.{near}" if near else self.queue
