"""What every use case is told about the run it belongs to, and the one way into the store."""
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import TypeVar

from attrs import field, frozen

from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.outcomes import StoreFailed, StoreInterrupted, StoreRefused
from capacity_sync.domain.stamp import Stamp
from capacity_sync.ports import UnitOfWork

PAUSES = (0.05, 0.2, 1.0)
"""Seconds before an interrupted transaction is run again."""
Result = TypeVar("Result")


@frozen
class RunContext:
    """One reading of the clock, and what the user said. `accepted` is by instance name.

    `fresh_since`: a database with a size from then or later need not be measured.
    """

    stamp: Stamp
    run_id: str | None = None
    accepted: Mapping[str, Accepted] = field(factory=dict)
    dry_run: bool = False
    fresh_since: datetime | None = None


@contextmanager
def store_errors() -> Iterator[None]:
    """Raises: StoreFailed: whatever the store raised inside, with its cause."""
    try:
        yield
    except (StoreFailed, StoreRefused):
        raise
    except Exception as error:
        raise StoreFailed(f"the store failed: {type(error).__name__}: {error}") from error


@contextmanager
def transaction(unit_of_work: Callable[[], UnitOfWork], *, commit: bool = True) -> Iterator[UnitOfWork]:
    """One unit of work, committed at the end. Only store calls and pure functions belong inside.

    Raises: StoreFailed: whatever the store raised, with its cause.
    """
    with store_errors(), unit_of_work() as work:
        yield work
        if commit:
            work.commit()


def transacted(unit_of_work: Callable[[], UnitOfWork], step: Callable[[UnitOfWork], Result], *,
               commit: bool = True) -> Result:
    """What *step* gives, run in a `transaction`, and again from its beginning when the store interrupted it.

    A lost connection may have committed: *step* reads what it changes, so that doing it twice is doing it once.
    Raises: StoreFailed: StoreInterrupted, after the last attempt.
    """
    def attempt() -> Result:
        with transaction(unit_of_work, commit=commit) as work:
            return step(work)

    return again(attempt)


def again(attempt: Callable[[], Result]) -> Result:
    """What *attempt* gives, made again when the store interrupted it, and not for ever."""
    for pause in PAUSES:
        with suppress(StoreInterrupted):
            return attempt()
        time.sleep(pause)
    return attempt()
