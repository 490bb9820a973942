"""In which order instances are begun: what would last longest first, and never too many of one host at a time."""
from collections import deque
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from statistics import fmean

from attrs import define

from capacity_sync.domain.instance import Instance

PER_HOST = 2
"""How many instances of one host are asked at a time, unless configured otherwise."""
NO_BUDGET = float("inf")
"""Seconds of a run that takes what it needs."""
Host = str | int
"""A host as it is configured, or the number of an instance that has none: it is a host of its own."""


@define
class Schedule:
    """The instances that wait. `take` hands out the next one whose host has room, `release` makes room again."""

    _hosts: dict[str, Host]
    _waiting: dict[Host, deque[tuple[int, Instance]]]
    _room: dict[Host, int]
    _next: list[tuple[int, Host]]

    @classmethod
    def of(cls, instances: Iterable[Instance], seconds: Mapping[str, float], per_host: int = PER_HOST) -> "Schedule":
        """*instances*, whose names differ, in the order of `ordered`, at most *per_host* of a host at a time."""
        all_of_them = list(instances)
        hosts = _hosts(all_of_them)
        waiting: dict[Host, deque[tuple[int, Instance]]] = {}
        for rank, one in enumerate(ordered(all_of_them, seconds, per_host)):
            waiting.setdefault(hosts[one.name], deque()).append((rank, one))
        first = [(queue[0][0], host) for host, queue in waiting.items()]
        heapify(first)
        return cls(hosts, waiting, dict.fromkeys(waiting, per_host), first)

    def take(self) -> Instance | None:
        """None: there is none, or none whose host has room."""
        if not self._next:
            return None
        _, host = heappop(self._next)
        _, one = self._waiting[host].popleft()
        self._room[host] -= 1
        self._offer(host)
        return one

    def release(self, name: str) -> None:
        """The instance of that *name*, once taken, is over."""
        host = self._hosts[name]
        self._room[host] += 1
        if self._room[host] == 1:
            self._offer(host)

    def rest(self) -> list[Instance]:
        """All that still wait, which from now on do no longer."""
        left = sorted(entry for queue in self._waiting.values() for entry in queue)
        self._next.clear()
        self._waiting.clear()
        return [one for _, one in left]

    def _offer(self, host: Host) -> None:
        if self._room[host] and self._waiting.get(host):
            heappush(self._next, (self._waiting[host][0][0], host))


def ordered(instances: Iterable[Instance], seconds: Mapping[str, float], per_host: int = PER_HOST) -> list[Instance]:
    """*instances* by what would last longest if it came last: an instance, or what its host's queue has left then.

    *seconds*: how long each took last time, by name; one that is not there takes as long as the others on average.
    """
    all_of_them = list(instances)
    hosts, usual = _hosts(all_of_them), fmean(seconds.values()) if seconds else 1.0
    left: dict[Host, float] = {}
    lasting: dict[str, float] = {}
    quick_first = sorted((seconds.get(one.name, usual), -number) for number, one in enumerate(all_of_them))
    for took, number in quick_first:
        one = all_of_them[-number]
        host = hosts[one.name]
        left[host] = left.get(host, 0.0) + took
        lasting[one.name] = max(took, left[host] / per_host)
    return sorted(all_of_them, key=lambda one: -lasting[one.name])


def _hosts(instances: Iterable[Instance]) -> dict[str, Host]:
    """By name. Two names of one machine are two hosts."""
    return {one.name: one.host.casefold() if one.host else number for number, one in enumerate(instances)}
