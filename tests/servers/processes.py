"""Ports and processes of this machine."""

import os
import signal
import socket
import subprocess
from contextlib import suppress


def free_port() -> int:
    """A TCP port of 127.0.0.1 on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(pid: int) -> tuple[int, ...]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout
    return tuple(map(int, listed.split()))


def runs(pid: int) -> bool:
    """A zombie, which nobody collects in some containers, holds nothing any more."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True).stdout.strip()
    return state != "" and not state.startswith("Z")


def send(number: signal.Signals, *pids: int) -> None:
    """To each of *pids* that still exists."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
