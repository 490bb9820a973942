"""What the core needs from a store so that two processes do not do the same."""
from abc import abstractmethod
from typing import Protocol


class Leases(Protocol):
    """Who works on what, across processes. Outside of transactions; a lease ends with the process that holds it."""

    @abstractmethod
    def take(self, what: str, seconds: float) -> bool:
        """Whether *what* was free and is now ours; False when somebody has it, in this process too.

        After *seconds* others may take it, in stores that cannot see whether its holder lives. Raises: StoreFailed.
        """

    @abstractmethod
    def release(self, what: str) -> None:
        """Give back what `take` gave. Nothing for what it did not give, or what others took since."""
