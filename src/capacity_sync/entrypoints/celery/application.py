"""Celery, set up for errands: nothing is lost with a worker, nothing but JSON travels."""
from typing import Any

from celery import Celery
from celery.schedules import crontab

from capacity_sync.domain.errand import LONGEST_DISPATCHED
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.settings import Settings

INSTANCE, SIZES = "capacity_sync.instance", "capacity_sync.sizes"
AGGREGATES, OVERDUE = "capacity_sync.aggregates", "capacity_sync.overdue"
MARGIN = 300.0
"""Seconds that a worker has for what comes before and after an instance's deadline."""
CONNECT_SECONDS = 5
DAY = 86_400


def application(settings: Settings) -> Celery:
    """Without tasks. Connects to nothing. Raises: ConfigurationRefused: no broker is configured."""
    queueing = settings.queueing
    if queueing.broker is None:
        raise ConfigurationRefused(f"{settings.source}: no broker; write one under celery:, such as "
                                   "{broker: redis://HOST:6379/0}, or set CAPACITY_SYNC_BROKER")
    app = Celery("capacity_sync", broker=queueing.broker, backend=queueing.results, set_as_current=False)
    app.conf.update(configuration(settings))
    return app


def configuration(settings: Settings) -> dict[str, Any]:
    """https://docs.celeryq.dev/en/stable/userguide/configuration.html.

    A message is acknowledged when its task is over, and one whose worker was killed goes to another.
    """
    return {
        "task_serializer": "json", "result_serializer": "json", "accept_content": ["json"],
        "task_acks_late": True, "task_reject_on_worker_lost": True, "worker_prefetch_multiplier": 1,
        "task_default_queue": settings.queueing.queue, "task_create_missing_queues": True,
        "task_ignore_result": settings.queueing.results is None, "result_expires": DAY,
        "timezone": settings.timezone.key, "enable_utc": True, "beat_schedule": beat_schedule(),
        "broker_connection_retry_on_startup": True, "broker_connection_timeout": CONNECT_SECONDS,
        "broker_transport_options": transport_options(settings), "worker_hijack_root_logger": False,
    }


def transport_options(settings: Settings) -> dict[str, Any]:
    """Redis gives a message away again when it was not acknowledged in time, whether or not its worker lives.

    https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout
    """
    if not settings.queueing.on_redis:
        return {}
    longest = max((one.timeouts.deadline for one in settings.instances), default=0.0)
    again = settings.queueing.redeliver_after or longest + MARGIN
    return {"visibility_timeout": again, "unacked_restore_interval": min(10.0, again / 4),
            "unacked_restore_throttle": 1, "socket_connect_timeout": CONNECT_SECONDS}


def beat_schedule() -> dict[str, Any]:
    """What `celery beat` begins, on the clock of the configured zone: sizes at 03:00, aggregates at 04:00."""
    return {
        "sizes": {"task": SIZES, "schedule": crontab(hour="3", minute="0")},
        "aggregates": {"task": AGGREGATES, "schedule": crontab(hour="4", minute="0")},
        "overdue": {"task": OVERDUE, "schedule": crontab(minute="*/10")},
    }


def waiting_time(settings: Settings) -> float:
    """Seconds that a dispatched run may last."""
    return min(settings.budget, LONGEST_DISPATCHED)
