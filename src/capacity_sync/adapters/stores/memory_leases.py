"""The leases of a store in memory: no other process sees it, but threads do."""
from threading import Lock
from typing import final

from attrs import define, field

from capacity_sync.ports import Leases


@final
@define
class MemoryLeases(Leases):
    _held: set[str] = field(factory=set, init=False)
    _turn: Lock = field(factory=Lock, init=False, repr=False, eq=False)

    def take(self, what: str, seconds: float) -> bool:
        with self._turn:
            free = what not in self._held
            self._held.add(what)
            return free

    def release(self, what: str) -> None:
        with self._turn:
            self._held.discard(what)
