"""Calls side by side in a few threads."""
from collections import deque
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def side_by_side(calls: Sequence[Callable[[], T]], workers: int) -> list[T]:
    """The results of *calls* in their order, at most *workers* at a time; one worker is the calling thread.

    The first exception of any type, an interrupt of the caller too, passes at once: calls not begun are never begun,
    and those under way are not waited for (their threads are daemons: none keeps the process alive).
    """
    if workers <= 1 or len(calls) <= 1:
        return [call() for call in calls]
    waiting, done = deque(enumerate(calls)), SimpleQueue[tuple[int, T | BaseException]]()
    for _ in range(min(workers, len(calls))):
        Thread(target=_work, args=(waiting, done), daemon=True).start()
    results: dict[int, T] = {}
    try:
        while len(results) < len(calls):
            position, result = done.get()
            if isinstance(result, BaseException):
                raise result
            results[position] = result
    finally:
        waiting.clear()
    return [results[position] for position in range(len(calls))]


def _work(waiting: deque[tuple[int, Callable[[], T]]], done: "SimpleQueue[tuple[int, T | BaseException]]") -> None:
    while True:
        try:
            position, call = waiting.popleft()
        except IndexError:
            return
        try:
            done.put((position, call()))
        except BaseException as error:  # noqa: BLE001 - the caller raises it
            done.put((position, error))
