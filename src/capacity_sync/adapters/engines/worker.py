"""A child process that holds one adapter and one connection, and answers one call at a time."""
import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection as Channel
from multiprocessing.spawn import get_executable
from typing import Any, Final, Self

from attrs import define, frozen

from capacity_sync.domain.outcomes import EngineError, Failure, as_engine_error
from capacity_sync.ports import Connection, EngineAdapter

STOP_SECONDS = 2.0
"""How long an idle child may take to close its connection before it is killed."""
ORPHAN_SECONDS = 1.0
"""How often a child looks whether its parent is still there."""


@frozen
class Answer:
    """`value`, or the `failure` that the adapter raised, or how the child `died`."""

    value: Any = None
    failure: Failure | None = None
    died: str | None = None


GAVE_UP: Final = Answer(died="killed")


@define
class Worker:
    """The parent's end. `busy`: a call was sent and not answered; then stopping is killing.

    A child that is not stopped ends with the parent: at its exit, or, where it has no time for that, a moment later.
    """

    process: subprocess.Popen[bytes]
    channel: Channel
    busy: bool = False

    @classmethod
    def started(cls) -> Self:
        ours, theirs = socket.socketpair()
        with theirs:
            command = [os.fsdecode(get_executable()), "-P", "-c", f"from {__name__} import main; main()"]
            process = subprocess.Popen(  # noqa: S603 - our own module
                [*command, str(theirs.fileno())], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, start_new_session=True, env=_environment())
        atexit.register(process.kill)
        return cls(process, Channel(ours.detach()))

    def call(self, method: str, arguments: tuple[object, ...], seconds: float) -> Answer:
        """The child's answer; `GAVE_UP` when there is none within *seconds*: then it is killed."""
        self.busy = True
        try:
            self.channel.send((method, arguments))
            if not self.channel.poll(max(seconds, 0)):
                self._kill()
                return GAVE_UP
            answer: Answer = self.channel.recv()
        except (EOFError, OSError):
            self._kill()
            return Answer(died=_last_words(self.process.returncode))
        self.busy = False
        return answer

    def stop(self) -> None:
        """End the child: politely when it is idle, at once when it is busy. Twice is once."""
        if self.channel.closed:
            return
        if not self.busy:
            self.call("close", (), STOP_SECONDS)
        self._kill()
        self.channel.close()

    def _kill(self) -> None:
        self.process.kill()
        self.process.wait()
        atexit.unregister(self.process.kill)


def _environment() -> dict[str, str]:
    """Ours, and the same places to import from: a plug-in is found there as here."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path or os.getcwd() for path in sys.path)}


def _last_words(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


@define
class _Room:
    """The child's end: what it holds between two calls."""

    adapter: EngineAdapter | None = None
    connection: Connection | None = None

    def answer(self, method: str, arguments: tuple[Any, ...]) -> Answer:
        try:
            with as_engine_error():
                return Answer(self._do(method, arguments))
        except EngineError as error:
            return Answer(failure=error.failure)

    def _do(self, method: str, arguments: tuple[Any, ...]) -> object:
        if method == "start":
            self.adapter, = arguments
        elif method == "connect":
            self.connection = self._adapter().connect(*arguments)
        elif method == "close":
            if self.connection is not None:
                self.connection.close()
        else:
            return getattr(self._adapter(), method)(self.connection, *arguments)
        return None

    def _adapter(self) -> EngineAdapter:
        if self.adapter is None:
            raise RuntimeError("a worker is started before it is used")
        return self.adapter


def _follow(parent: int) -> None:
    """End with the parent, even while a driver hangs."""
    while os.getppid() == parent:
        time.sleep(ORPHAN_SECONDS)
    os._exit(1)


def main() -> None:
    """Answer calls until the parent hangs up."""
    threading.Thread(target=_follow, args=[os.getppid()], daemon=True).start()
    channel, room = Channel(int(sys.argv[1])), _Room()
    with suppress(EOFError, OSError):
        while True:
            method, arguments = channel.recv()
            channel.send(room.answer(method, arguments))
