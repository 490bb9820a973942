"""What pymssql raises, as errors named by what the reader can do.

When a connection fails, pymssql gives the highest number that its process has ever seen, and only a fresh text
(https://github.com/pymssql/pymssql/issues/898). So there a number counts only next to a text of the server.
"""
import re
import socket
from typing import NamedTuple

from capacity_sync.adapters.engines.sqlserver.numbers import ADDRESS, FALLBACKS, KINDS, REMEDIES
from capacity_sync.domain.outcomes import (
    AuthenticationFailed,
    EngineError,
    PermissionMissing,
    QueryFailed,
    ServerTooBusy,
    ServerUnavailable,
    ServerUnreachable,
    TimedOut,
    UnknownDatabase,
    Unsupported,
)

DBLIB = re.compile(r"DB-Lib error message (\d+), severity (\d+):\n?")
"""FreeTDS puts its own messages after the server's. Its words change between versions, the numbers do not."""
REFUSED_BY_SERVER, TIME_OUT = 20018, 20003


class Said(NamedTuple):
    """One exception of pymssql, taken apart. `library`: number and severity of DB-Lib's own messages."""

    number: int
    text: str
    library: tuple[tuple[int, int], ...]
    while_connecting: bool

    @property
    def is_the_servers(self) -> bool:
        return bool(self.text)


def of_driver(error: Exception) -> EngineError | None:
    """*error* of pymssql as a domain error; None: it is not pymssql's."""
    if isinstance(error, ModuleNotFoundError) and error.name == "pymssql":
        return Unsupported("the driver 'pymssql' is not installed", remedy="pip install 'capacity-sync[sqlserver]'")
    if not any(kind.__module__.startswith("pymssql") for kind in type(error).__mro__):
        return None
    said = taken_apart(error)
    if type(error).__name__ == "InterfaceError":
        return _built(ServerUnreachable, 0, said.text)
    numbers = [number for number, _ in said.library]
    if TIME_OUT in numbers or said.number == TIME_OUT:
        return _built(TimedOut, TIME_OUT, said.text or "the server did not answer in time")
    if said.is_the_servers or not said.library:
        return _by_number(said)
    return _by_library(said)


def taken_apart(error: Exception) -> Said:
    """pymssql nests its arguments once more when it fails to connect."""
    inner = error.args[0] if error.args else ""
    nested = isinstance(inner, tuple)
    arguments = inner if isinstance(inner, tuple) else error.args
    number = next((a for a in arguments if isinstance(a, int)), getattr(error, "number", 0))
    raw = next((a for a in reversed(arguments) if isinstance(a, bytes | str)), b"") or getattr(error, "text", b"")
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
    library = tuple((int(n), int(severity)) for n, severity in DBLIB.findall(text))
    return Said(number, DBLIB.split(text)[0].strip(), library, nested)


def _by_number(said: Said) -> EngineError:
    kind = KINDS.get(said.number)
    if kind is None:
        severity = max((s for n, s in said.library if n == REFUSED_BY_SERVER), default=16)
        kind = _by_severity(severity, said.while_connecting)
    return _built(kind, said.number, said.text or str(said.number))


def _by_severity(severity: int, while_connecting: bool) -> type[EngineError]:
    """https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-error-severities"""
    if severity == 11 and while_connecting:
        return UnknownDatabase
    if severity == 14:
        return AuthenticationFailed if while_connecting else PermissionMissing
    if severity == 17:
        return ServerTooBusy
    return ServerUnavailable if severity > 17 else QueryFailed


def _by_library(said: Said) -> EngineError:
    """The server's text got lost, or there was none."""
    refused = [severity for number, severity in said.library if number == REFUSED_BY_SERVER]
    if refused:
        return _built(_by_severity(min(refused), said.while_connecting), REFUSED_BY_SERVER,
                      f"the server refused it with severity {min(refused)}")
    number = said.library[0][0]
    return _built(ServerUnreachable, number, f"the connection failed (DB-Lib {number})")


def _built(kind: type[EngineError], number: int, text: str) -> EngineError:
    return kind(text, code=str(number) if number else None, remedy=REMEDIES.get(number) or FALLBACKS.get(kind))


def of_network(error: OSError | UnicodeError, address: str) -> EngineError:
    """Why no TCP connection to *address* came about."""
    text = f"{address}: {getattr(error, 'strerror', None) or error}"
    match error:
        case socket.gaierror() | UnicodeError():
            return ServerUnreachable(text, remedy="check `host`: the name is not known")
        case TimeoutError():
            return TimedOut(text, remedy=ADDRESS)
        case _:
            return ServerUnreachable(text, code=str(error.errno) if error.errno else None, remedy=ADDRESS)
