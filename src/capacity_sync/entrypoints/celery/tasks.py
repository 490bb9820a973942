"""What workers do: one task per instance, and what `beat` begins."""
import socket
from functools import cache

from celery import Celery, Task
from celery.exceptions import Ignore

from capacity_sync.domain.errand import Errand
from capacity_sync.domain.outcomes import ErrandPostponed, StoreFailed, StoreRefused
from capacity_sync.domain.sync_report import SyncReport
from capacity_sync.entrypoints.celery.application import (
    AGGREGATES,
    INSTANCE,
    OVERDUE,
    SIZES,
    application,
    waiting_time,
)
from capacity_sync.entrypoints.celery.dispatching import CeleryDispatcher
from capacity_sync.entrypoints.celery.messages import Json, errand_of, report_message
from capacity_sync.entrypoints.site import Site, current_site
from capacity_sync.settings.store_url import is_file
from capacity_sync.use_cases.dispatching import Order
from capacity_sync.use_cases.errands import unknown_instance

LATER, LATEST = 2.0, 30.0
"""Seconds until an errand that could not be run now is tried again: the first time, and at most."""


@cache
def application_of_environment() -> Celery:
    """Of the fleet file that the environment names. Raises: ConfigurationRefused."""
    return worker_application(current_site())


def worker_application(site: Site) -> Celery:
    """The application whose workers sync the instances of *site*."""
    app = application(site.settings)

    def instance(task: Task, message: Json) -> Json:
        try:
            report = run_errand(site, errand_of(message))
        except (ErrandPostponed, StoreFailed) as error:
            later = min(LATER * 2**task.request.retries, LATEST)
            raise task.retry(exc=error, countdown=later, max_retries=None) from error
        if report is None:
            raise Ignore
        return report_message(report)

    def sizes(task: Task) -> str:
        order = Order(site.instances(), waiting_time(site.settings), whole_fleet=True, place=socket.gethostname())
        dispatcher = CeleryDispatcher.of(site.settings)
        return site.container.dispatching().begin(order, dispatcher, task.request.id.replace("-", "")).run_id

    def aggregates() -> int:
        return len(site.container.aggregation().due().computed)

    def overdue() -> list[str]:
        return site.container.errands().close_overdue(waiting_time(site.settings))

    app.task(bind=True, shared=False, name=INSTANCE)(instance)
    app.task(bind=True, shared=False, name=SIZES)(sizes)
    app.task(shared=False, name=AGGREGATES)(aggregates)
    app.task(shared=False, name=OVERDUE)(overdue)
    return app


def run_errand(site: Site, errand: Errand) -> SyncReport | None:
    """None: nobody waits for it. Raises: StoreFailed, ErrandPostponed: later again; StoreRefused: never here."""
    if is_file(site.settings.store_url) and errand.place != (here := socket.gethostname()):
        raise StoreRefused(f"the store is a file, which {errand.place} and {here} cannot share: for several machines "
                           "keep it on a database server")
    errands, found = site.container.errands(), site.instance(errand.instance)
    if found is not None:
        return errands.run(errand, found)
    errands.record(errand.run_id, unknown_instance(errand))
    return unknown_instance(errand)
