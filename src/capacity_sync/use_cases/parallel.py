"""Tasks side by side, each in a thread of its own and with an end that holds whatever the thread does."""
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import NoReturn, Protocol, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
AGAIN_SECONDS = 0.05
"""After which a task that could not be cut is asked again."""


class Task(Protocol[T_co]):
    @property
    def seconds(self) -> float:
        """How long it may take."""

    def play(self) -> T_co:
        """Do it; in a thread that nobody waits for beyond `seconds`."""

    def cut(self) -> T_co | None:
        """Its result as it stands, from another thread; from now on `play` changes nothing. None: not this moment."""


Done = SimpleQueue[tuple[Task[T], Callable[[], T]]]
"""Tasks that have ended; calling the second part gives the result, or raises what the task raised."""


def side_by_side(begin: Callable[[], Task[T] | None], workers: int) -> Generator[T, None, None]:
    """The result of each task that *begin* gives, as they end; at most *workers* at a time.

    *begin* gives None when there is none, or none yet: it is asked again when one has ended. A thread whose task was
    cut is left to itself and keeps no place. All are daemons: none keeps the process alive. The first exception of
    any type, an interrupt of the caller too, passes at once, and what is under way then is cut.
    """
    running: dict[Task[T], float] = {}
    done: Done[T] = SimpleQueue()
    try:
        while _filled(running, begin, workers, done):
            for task, result in _ended(running, done):
                del running[task]
                yield result
    finally:
        for task in running:
            task.cut()


def _filled(running: dict[Task[T], float], begin: Callable[[], Task[T] | None], workers: int, done: Done[T]) -> bool:
    """Whether anything runs, now that as much as possible was begun. *running*: when each has to be over."""
    while len(running) < workers and (task := begin()) is not None:
        running[task] = monotonic() + task.seconds
        Thread(target=_play, args=(task, done), daemon=True).start()
    return bool(running)


def _ended(running: dict[Task[T], float], done: Done[T]) -> Iterator[tuple[Task[T], T]]:
    """The first that ends by itself, if one does before the next time is over, and those whose time is over then."""
    with suppress(Empty):
        task, result = done.get(timeout=max(0.0, min(running.values()) - monotonic()))
        if task in running:
            yield task, result()
    for task in [task for task, end in running.items() if end <= monotonic()]:
        running[task] = monotonic() + AGAIN_SECONDS
        if (cut := task.cut()) is not None:
            yield task, cut


def _play(task: Task[T], done: Done[T]) -> None:
    try:
        result = task.play()
    except BaseException as error:  # noqa: BLE001 - the caller raises it
        done.put((task, partial(_raised, error)))
    else:
        done.put((task, lambda: result))


def _raised(error: BaseException) -> NoReturn:
    raise error
