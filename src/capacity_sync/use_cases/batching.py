"""Several instances in one transaction: a store pays for the commit once."""
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from threading import Lock
from typing import Any, Generic, NoReturn, TypeVar

from attrs import define, field

from capacity_sync.domain.outcomes import StoreFailed
from capacity_sync.ports import UnitOfWork
from capacity_sync.use_cases.run import transacted

Result = TypeVar("Result")


@define(eq=False)
class Entry(Generic[Result]):
    """One step that waits to be written. `outcome` gives its result, or raises what it raised; None: it waits."""

    step: Callable[[UnitOfWork], Result]
    outcome: Callable[[], Result] | None = None


@define
class Batches:
    """At most `most` steps to a transaction: those that wait while another one is written. Nobody waits for more.

    A step has been committed when its result is there, as without batches: a crash loses what nobody was told of.
    """

    most: int = 1
    _waiting: "deque[Entry[Any]]" = field(factory=deque, init=False, repr=False, eq=False)
    _turn: Lock = field(factory=Lock, init=False, repr=False, eq=False)

    def transacted(self, unit_of_work: Callable[[], UnitOfWork], step: Callable[[UnitOfWork], Result]) -> Result:
        """What *step* gives. Raises: StoreFailed: of this step, whatever becomes of the others."""
        if self.most == 1:
            return transacted(unit_of_work, step)
        entry = Entry(step)
        self._waiting.append(entry)
        with self._turn:
            while entry.outcome is None:
                self._write(unit_of_work)
        return entry.outcome()

    def _write(self, unit_of_work: Callable[[], UnitOfWork]) -> None:
        batch = [self._waiting.popleft() for _ in range(min(self.most, len(self._waiting)))]
        try:
            _write(unit_of_work, batch)
        except StoreFailed:  # one of them may be to blame: each on its own tells
            for entry in batch:
                _write_alone(unit_of_work, entry)
        finally:
            for entry in batch:
                entry.outcome = entry.outcome or _abandoned


def _write(unit_of_work: Callable[[], UnitOfWork], batch: "Sequence[Entry[Any]]") -> None:
    results = transacted(unit_of_work, lambda work: [entry.step(work) for entry in batch])
    for entry, result in zip(batch, results, strict=True):
        entry.outcome = partial(_given, result)


def _write_alone(unit_of_work: Callable[[], UnitOfWork], entry: "Entry[Any]") -> None:
    try:
        _write(unit_of_work, [entry])
    except StoreFailed as error:
        entry.outcome = partial(_raised, error)


def _given(result: Result) -> Result:
    return result


def _raised(error: BaseException) -> NoReturn:
    raise error


def _abandoned() -> NoReturn:
    raise StoreFailed("whoever wrote this batch was interrupted")
