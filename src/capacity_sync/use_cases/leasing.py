"""One process at a time: for the work on an instance, and for the record of a run."""
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import Category, Failure, StoreFailed
from capacity_sync.domain.sync_report import Status
from capacity_sync.ports import UnitOfWork
from capacity_sync.use_cases.run import RunContext, again, store_errors, transacted

AFTER_THE_DEADLINE = 60.0
LONGEST_RUN = 86_400.0
"""Seconds; they matter where nobody can see whether the process that holds a lease still lives."""
ELSEWHERE = Failure(Category.TOO_BUSY, "another sync of this instance is under way and does the work",
                    remedy="look at its result; if it failed, sync again")


@contextmanager
def leased(unit_of_work: Callable[[], UnitOfWork], what: str, seconds: float,
           given_back: Callable[[], bool] = lambda: False) -> Iterator[bool]:
    """Whether *what* is ours inside; what the answer is worth ends with the connection to the store.

    *given_back*: asked in the end, whether somebody else has done that.
    It keeps work from being done twice. That work done twice does no harm is for transactions to see to.
    Raises: StoreFailed.
    """
    leases = unit_of_work().leases

    def taken() -> bool:
        with store_errors():
            return leases.take(what, seconds)

    def released() -> None:
        with store_errors():
            if not given_back():
                leases.release(what)

    if not again(taken):
        yield False
        return
    try:
        yield True
    except BaseException:
        with suppress(StoreFailed):
            again(released)
        raise
    again(released)


def instance_lease(unit_of_work: Callable[[], UnitOfWork], instance: Instance, run: RunContext,
                   given_back: Callable[[], bool]) -> AbstractContextManager[bool]:
    """Whether this process is the one to sync *instance*. A dry run asks nobody."""
    seconds = instance.timeouts.deadline + AFTER_THE_DEADLINE
    if run.dry_run:
        return nullcontext(True)
    return leased(unit_of_work, f"instance {instance.name}", seconds, given_back)


def give_back(unit_of_work: Callable[[], UnitOfWork], instance: Instance) -> None:
    """The lease of *instance*, instead of a thread that may hang for ever."""
    leases = unit_of_work().leases

    def released() -> None:
        with store_errors():
            leases.release(f"instance {instance.name}")

    again(released)


def run_lease(unit_of_work: Callable[[], UnitOfWork], run: RunContext) -> AbstractContextManager[bool]:
    """While it lasts nobody takes *run* for one whose process is gone. A dry run has no record."""
    return nullcontext(True) if run.dry_run else leased(unit_of_work, f"run {run.run_id}", LONGEST_RUN)


def close_the_dead(unit_of_work: Callable[[], UnitOfWork], running: Iterable[str], run: RunContext) -> None:
    """Close those of *running* whose leases are free: their processes are gone.

    One that waits for workers has no process of its own; it is left to them, unless it is older than any run can be.
    """
    for run_id in running:
        with leased(unit_of_work, f"run {run_id}", LONGEST_RUN) as free:
            if free:
                transacted(unit_of_work, partial(_close, run_id=run_id, run=run))


def _close(work: UnitOfWork, run_id: str, run: RunContext) -> None:
    record = work.runs.find(run_id) if run_id in work.runs.running() else None
    if record is None:
        return
    old = (run.stamp.at - record.started_at).total_seconds() > LONGEST_RUN
    if old or not work.runs.awaited(run_id):
        work.runs.finish(run_id, Status.INTERRUPTED, run.stamp.at, f"its process ended; found by run {run.run_id}")
