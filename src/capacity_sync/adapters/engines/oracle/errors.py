"""What the errors of Oracle Database, of its listener and of python-oracledb mean.

Codes: https://docs.oracle.com/en/error-help/db/ (one page each). DPY codes:
https://python-oracledb.readthedocs.io/en/latest/user_guide/troubleshooting.html
"""
import re
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

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

ORA: Mapping[type[EngineError], tuple[int, ...]] = {
    AuthenticationFailed: (
        1004, 1005, 1017, 1988, 4088, 12638, 12641, 28000, 28001, 28002, 28003, 28009, 28030, 28273,
    ),
    PermissionMissing: (942, 990, 1031, 1039, 1045, 41900, 47306, 65040, 65050),
    UnknownDatabase: (12154, 12504, 12505, 12514, 12521, 65011),
    ServerUnavailable: (
        376, 1033, 1034, 1089, 1090, 1092, 1109, 1219, 12526, 12527, 12528, 12757, 16456, 28365, 65054,
    ),
    ServerTooBusy: (
        18, 20, 51, 54, 60, 1652, 2391, 4030, 4031, 12500, 12516, 12518, 12519, 12520, 12827,
    ),
    TimedOut: (40, 1013, 2393, 2396, 12170, 12535),
    ServerUnreachable: (
        28, 603, 1012, 3113, 3114, 3135, 12537, 12541, 12543, 12545, 12547, 12560, 12564, 12570, 12571,
    ),
    Unsupported: (2003, 3134, 28040),
    QueryFailed: (600, 7445),  # the driver gives the connection up, but the server's defect is the news
}
DPY: Mapping[type[EngineError], tuple[int, ...]] = {
    AuthenticationFailed: (4001,),
    UnknownDatabase: (4000, 4026, 4027, 6001, 6003),
    TimedOut: (4024, 4033),
    ServerUnreachable: (1001, 4011, 5005, 6000, 6002, 6005, 6006, 6008, 6009),
    Unsupported: (3001, 3010, 3012, 3015, 3016, 3040),
}
KINDS: Mapping[str, type[EngineError]] = {
    **{f"ORA-{code:05}": kind for kind, codes in ORA.items() for code in codes},
    **{f"DPY-{code:04}": kind for kind, codes in DPY.items() for code in codes},
}
NESTED = frozenset({"ORA-00604", "ORA-04088"})
"""Errors inside of the server's own statements, and inside of triggers: the next code in the text says more."""

_LISTENS = "check host, port, `tls` and firewall, and that the listener runs there"
_SERVICE = "check `database`: it is the service's name, as `lsnrctl services` lists it"
_BUSY = "look at who holds sessions and processes (V$RESOURCE_LIMIT)"
_LOCKED = "unlock the account, once its password is right here"
_EXPIRED = "set a new password for the account"
REMEDIES: Mapping[str, str] = {
    "DPY-3001": "thin mode has no native network encryption: give the listener a TCPS endpoint and set `tls`, or let "
                "the server no longer require SQLNET.ENCRYPTION_SERVER and SQLNET.CRYPTO_CHECKSUM_SERVER",
    "DPY-3010": "python-oracledb's thin mode reaches 12.1 and newer: upgrade the server, or leave the instance out",
    "DPY-3015": "the account has a 10G verifier only: set its password anew, with "
                "SQLNET.ALLOWED_LOGON_VERSION_SERVER at 11 or more",
    "DPY-3016": "pip install 'capacity-sync[oracle]'",
    "DPY-4001": "set `username` and `password`",
    "ORA-01045": "run GRANT CREATE SESSION for the account",
    "ORA-04088": "look at the LOGON trigger that turns the account away",
    "ORA-28000": _LOCKED,
    "ORA-28001": _EXPIRED,
    "ORA-28002": _EXPIRED,
    "ORA-28040": "let the server accept the driver: SQLNET.ALLOWED_LOGON_VERSION_SERVER",
    "ORA-12526": "the instance is in restricted mode: wait, or connect through another one",
    "ORA-12541": _LISTENS,
    "ORA-28365": "open the keystore (wallet) of the server",
}
BY_KIND: Mapping[type[EngineError], str] = {
    AuthenticationFailed: "check username and password",
    UnknownDatabase: _SERVICE,
    ServerUnavailable: "wait, or start and open the database",
    ServerTooBusy: _BUSY,
    TimedOut: "look at what the server is doing, or raise `statement_timeout`",
    ServerUnreachable: _LISTENS,
}
_CERTIFICATE = "check `tls`: its `ca`, the certificate's names and dates, and that the port is a TCPS endpoint"
_WRAPPER = "DPY-6005"
_CERTIFICATE_NAME = frozenset({"DPY-6002", "DPY-6006"})
_CODE = re.compile(r"\b(?:ORA-\d{5}|DPY-\d{4})\b")


def translate(error: Exception) -> EngineError | None:
    """*error* as a domain error; None when neither python-oracledb nor the network raised it."""
    if not (isinstance(error, OSError) or _of_driver(error)):
        return None
    error = _innermost(error)
    return unreachable(error) if isinstance(error, OSError) else _by_code(error)


def unreachable(error: OSError) -> EngineError:
    """Why no connection came about, by what the operating system or the TLS library said."""
    code = str(error.errno) if error.errno else None
    match error:
        case ssl.SSLError():
            return ServerUnreachable(f"TLS: {error}", code=code, remedy=_CERTIFICATE, retryable=False)
        case TimeoutError():
            remedy = "check host, port and firewall, or raise `connect_timeout`"
            return TimedOut(str(error) or "timed out", code=code, remedy=remedy)
        case socket.gaierror():
            return ServerUnreachable(str(error), code=code, remedy="check `host`: the name is not known")
        case _:
            return ServerUnreachable(str(error), code=code, remedy=_LISTENS)


def _of_driver(error: BaseException) -> bool:
    return any(kind.__module__ == "oracledb.exceptions" for kind in type(error).__mro__)


def _innermost(error: Exception) -> Exception:
    """Every failure before the login is DPY-6005; the truth is its cause."""
    while _facts(error).full_code == _WRAPPER and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error


class _Facts:
    """Of an exception that is not the driver's: nothing."""

    full_code = ""
    code = 0


def _facts(error: Exception) -> Any:
    told = error.args[0] if error.args else None
    return told if hasattr(told, "full_code") else _Facts


def _by_code(error: Exception) -> EngineError:
    text = "\n".join(line for line in str(error).splitlines() if not line.startswith("Help: ")).strip()
    codes = list(_codes(error, text))
    code = next((code for code in codes if code in KINDS), codes[0] if codes else None)
    kind = KINDS.get(code or "", QueryFailed)
    if code in _CERTIFICATE_NAME:
        return ServerUnreachable(f"TLS: {text}", code=code, remedy=_CERTIFICATE, retryable=False)
    return kind(text or type(error).__name__, code=code, remedy=REMEDIES.get(code or "") or BY_KIND.get(kind))


def _codes(error: Exception, text: str) -> Iterator[str]:
    """Codes that tell what happened, the most telling first.

    The server's own stands in `code` even where the driver says DPY-4011 for it; a listener's stands in the text of
    DPY-6000, DPY-6001 and DPY-6003.
    """
    facts = _facts(error)
    server = f"ORA-{facts.code:05}" if facts.code else None
    said = _CODE.findall(text)
    if server in NESTED:
        yield from (code for code in said if code not in NESTED)
    if server:
        yield server
    if facts.full_code.startswith("DPY-600"):
        yield from (code for code in said if code.startswith("ORA-"))
    yield from (code for code in (facts.full_code, *said[:1]) if code)
