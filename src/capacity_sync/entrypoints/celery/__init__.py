"""The Celery application: `celery -A capacity_sync.entrypoints.celery worker`, with `CAPACITY_SYNC_CONFIG` set."""
from typing import Any

__all__ = ["app"]


def __getattr__(name: str) -> Any:
    """`app`, made of the environment's settings when it is first asked for; one per process."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from capacity_sync.entrypoints.celery.tasks import application_of_environment

    return application_of_environment()
