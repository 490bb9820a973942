"""`capacity-sync sync --dispatch celery`."""
import socket
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec

from capacity_sync.container import Container
from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import ConfigurationRefused, Unsupported
from capacity_sync.domain.sync_report import RunReport
from capacity_sync.entrypoints.cli.sync_order import Order as SyncOrder
from capacity_sync.settings import Settings
from capacity_sync.use_cases.dispatching import Order


def dispatched(settings: Settings, container: Container, asked: SyncOrder, instances: Sequence[Instance],
               accepted: Mapping[str, Accepted], say: Callable[[str], None]) -> RunReport:
    """The run, at its end. *say*: what it waits for.

    Raises: ConfigurationRefused: no broker is configured, or an option makes no sense here; Unsupported: Celery is not
    installed; DispatchFailed: the broker is away.
    """
    if asked.dry_run or asked.workers:
        raise ConfigurationRefused("--dispatch: --dry-run is done here, without workers" if asked.dry_run else
                                   "--dispatch: --workers is for this process; each worker has its own --concurrency")
    if find_spec("celery") is None:
        raise Unsupported("the package celery is not installed: pip install 'capacity-sync[celery]'")
    from capacity_sync.entrypoints.celery.application import waiting_time
    from capacity_sync.entrypoints.celery.dispatching import CeleryDispatcher

    dispatcher = CeleryDispatcher.of(settings)
    dispatcher.greet()
    queues = ",".join(sorted({settings.queueing.queue_of(one) for one in instances}))
    say(f"left to Celery's workers: celery -A capacity_sync.entrypoints.celery worker -Q {queues}")
    budget = min(asked.budget or settings.budget, waiting_time(settings))
    order = Order(instances, budget, accepted, asked.whole_fleet, socket.gethostname(), asked.stale_after)
    return container.dispatching().run(order, dispatcher)
