"""Errands to the broker, reports back from Redis."""
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self, final

from attrs import evolve, frozen
from celery import Celery
from kombu.exceptions import OperationalError

from capacity_sync.domain.errand import Errand
from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import Category, DispatchFailed, Failure
from capacity_sync.domain.sync_report import SyncReport
from capacity_sync.entrypoints.celery.application import INSTANCE, application
from capacity_sync.entrypoints.celery.messages import errand_message, report_of
from capacity_sync.ports import Dispatcher
from capacity_sync.settings import Settings
from capacity_sync.settings.queueing import Queueing
from capacity_sync.settings.store_url import shown


@final
@frozen
class CeleryDispatcher(Dispatcher):
    """`broker` sends without listening for results, which would be a subscription per task; `results` is asked."""

    broker: Celery
    results: Celery
    queueing: Queueing

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Connects to nothing. Raises: ConfigurationRefused: no broker is configured."""
        silent = evolve(settings, queueing=evolve(settings.queueing, results=None))
        return cls(application(silent), application(settings), settings.queueing)

    def greet(self) -> None:
        """Raises: DispatchFailed: the broker is away."""
        with self._speaking(), self.broker.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0)

    def send(self, errand: Errand, instance: Instance) -> None:
        with self._speaking():
            self.broker.send_task(
                INSTANCE, args=[errand_message(errand)], task_id=_task_id(errand.run_id, instance.name),
                queue=self.queueing.queue_of(instance), expires=errand.budget, ignore_result=False)

    def answers(self, run_id: str, names: Collection[str]) -> Mapping[str, SyncReport | Failure]:
        """Nothing while Redis is away."""
        if self.queueing.results is None or not names:
            return {}
        backend, asked = self.results.backend, list(names)
        try:
            found = backend.mget([backend.get_key_for_task(_task_id(run_id, name)) for name in asked])
        except backend.connection_errors:
            return {}
        metas = {name: backend.decode_result(one) for name, one in zip(asked, found, strict=True) if one is not None}
        return {name: _answer(meta) for name, meta in metas.items() if meta["status"] in ("SUCCESS", "FAILURE")}

    @contextmanager
    def _speaking(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, OSError) as error:
            url = str(self.queueing.broker)
            said = " ".join(str(error).split()).replace(url, shown(url))
            raise DispatchFailed(f"the broker {shown(url)} cannot be reached: {said}") from error


def _answer(meta: Mapping[str, Any]) -> SyncReport | Failure:
    """What a task left: Celery's own exceptions come back as exceptions."""
    if meta["status"] == "SUCCESS":
        return report_of(meta["result"])
    return Failure(Category.INTERNAL, f"the worker failed: {type(meta['result']).__name__}: {meta['result']}")


def _task_id(run_id: str, name: str) -> str:
    """The same for the same errand: sent twice, it has one result."""
    return f"{run_id}.{name}"
