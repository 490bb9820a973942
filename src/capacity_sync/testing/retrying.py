"""Another try without a pause."""
from collections.abc import Callable
from typing import TypeVar, final

from attrs import frozen

from capacity_sync.domain.outcomes import EngineError, worth_another_try
from capacity_sync.ports import Retrying

T = TypeVar("T")


@final
@frozen
class ImmediateRetrying(Retrying):
    """The model of every `Retrying`: the same tries, and no time between them."""

    def ask(self, question: Callable[[], T], *, retries: int, within: float, told: Callable[[EngineError], None]) -> T:
        for _ in range(retries if within > 0 else 0):
            try:
                return question()
            except EngineError as error:
                if not worth_another_try(error.failure):
                    raise
                told(error)
        return question()
