"""Processes that hold leases, and whether one of them is still there."""
import os
import socket
from contextlib import suppress
from pathlib import Path

from attrs import frozen

PROC = Path("/proc")
"""Linux tells there when a process began, which machine start it belongs to and in which namespace its number counts.

https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
"""


@frozen
class Holder:
    """A process. `place`: where its number means anything; `born`: what tells it from a later one of that number."""

    place: str
    pid: int
    born: str


def this_process() -> Holder:
    return Holder(_place(), os.getpid(), _born(os.getpid()) or "")


def is_gone(holder: Holder) -> bool:
    """Whether that is certain. Of another machine, or of one that does not tell, it never is."""
    if os.name != "posix" or holder.place != _place():
        return False
    try:
        os.kill(holder.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass  # it is there, and somebody else's
    return _born(holder.pid) not in (holder.born, None)


def _place() -> str:
    known = [socket.gethostname()]
    with suppress(OSError):
        known += [(PROC / "sys/kernel/random/boot_id").read_text().strip(), os.readlink(PROC / "self/ns/pid")]
    return " ".join(known)


def _born(pid: int) -> str | None:
    """The tick of its start, `gone` for one that only waits to be collected; None where the system does not tell."""
    try:
        fields = (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return "gone" if fields[0] in "ZX" else fields[19]
