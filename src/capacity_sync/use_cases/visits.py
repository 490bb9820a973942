"""The connections of one sync: one at a time, opened when it is needed, and again when that gives hope."""
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from attrs import define, evolve

from capacity_sync.domain.instance import Instance
from capacity_sync.domain.outcomes import EngineError, TimedOut, as_engine_error, worth_another_try
from capacity_sync.ports import Clock, Retrying
from capacity_sync.use_cases.draft import SyncDraft
from capacity_sync.use_cases.run import RunContext
from capacity_sync.use_cases.steps import SyncSteps, Visit

T = TypeVar("T")
LAST_SECONDS, LAST_SHARE = 2.0, 0.1
"""What of the deadline is kept for saving what an engine gave, whichever is less."""


@define
class Visits:
    """`retries`: how many more connections there may be. `begun`: when the sync began, on the monotonic clock; its
    deadline counts from there, over all of them.
    """

    steps: SyncSteps
    retrying: Retrying
    clock: Clock
    instance: Instance
    run: RunContext
    draft: SyncDraft
    retries: int
    begun: float
    current: Visit | None = None

    def ask(self, question: Callable[[Visit], T], *, at_most: int | None = None) -> tuple[Visit, T]:
        """The answer, and who was asked. A failure that gives hope is followed by another connection.

        *at_most*: so many times, if that is less than `retries`. Raises: EngineError.
        """
        retries = self.retries if at_most is None else min(at_most, self.retries)
        return self.retrying.ask(partial(self._asked, question), retries=retries, within=self._left(),
                                 told=lambda error: self.draft.tried.append(error.failure))

    def leave(self) -> None:
        """Close what is open. What fails in that is a warning."""
        if self.current is None:
            return
        try:
            with as_engine_error():
                self.current.connection.close()
        except EngineError as error:
            self.draft.warnings.append(error.failure)
        finally:
            self.current = self.draft.connection = None

    def _asked(self, question: Callable[[Visit], T]) -> tuple[Visit, T]:
        visit = self.current or self._entered()
        try:
            return visit, question(visit)
        except EngineError as error:
            if self.retries and worth_another_try(error.failure):
                self.leave()
            raise

    def _entered(self) -> Visit:
        left = self._left()
        if left <= 0:
            deadline = f"{self.instance.timeouts.deadline:.6g} s"
            raise TimedOut(f"no time is left for a connection: {deadline} are all there is", remedy="raise `deadline`")
        hasty = evolve(self.instance, timeouts=evolve(self.instance.timeouts, deadline=left))
        self.current = self.steps.enter(hasty, self.run)
        with self.draft.writing():
            self.draft.connection = self.current.connection
        return self.current

    def _left(self) -> float:
        """Seconds that an engine may still take."""
        deadline = self.instance.timeouts.deadline
        return self.begun + deadline - min(LAST_SECONDS, deadline * LAST_SHARE) - self.clock.monotonic()
