"""Another try after a pause, through tenacity."""
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar, final

from attrs import frozen

from capacity_sync.domain.outcomes import EngineError, worth_another_try
from capacity_sync.ports import Retrying

if TYPE_CHECKING:
    from tenacity import Future

T = TypeVar("T")
FIRST, LONGEST, JITTER = 0.5, 8.0, 0.5
"""Seconds: the first pause, which doubles up to the longest, and what chance adds to each, so that a fleet that lost
its connections together does not come back together."""


@final
@frozen
class JitteredRetrying(Retrying):
    _sleep: Callable[[float], None] = time.sleep

    def ask(self, question: Callable[[], T], *, retries: int, within: float, told: Callable[[EngineError], None]) -> T:
        import tenacity  # it brings asyncio along, which most commands do not need

        asking = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_hopeful),
            stop=tenacity.stop_after_attempt(retries + 1) | tenacity.stop_before_delay(within),
            wait=tenacity.wait_exponential(FIRST, LONGEST) + tenacity.wait_random(0, JITTER),
            sleep=self._sleep, reraise=True, before_sleep=lambda state: _tell(state.outcome, told),
        )
        return asking(question)


def _is_hopeful(error: BaseException) -> bool:
    return isinstance(error, EngineError) and worth_another_try(error.failure)


def _tell(outcome: "Future | None", told: Callable[[EngineError], None]) -> None:
    error = outcome.exception() if outcome is not None else None
    if isinstance(error, EngineError):
        told(error)
