"""What PostgreSQL, libpq and poolers say, as errors named by what the reader can do.

Codes: https://www.postgresql.org/docs/current/errcodes-appendix.html. psycopg2 gives none for a failed connection
(https://github.com/psycopg/psycopg2/issues/1207): there the text decides, and for a translated server the probe.
"""
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

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

BY_SQLSTATE: Mapping[str, type[EngineError]] = {
    "28000": AuthenticationFailed,
    "28P01": AuthenticationFailed,
    "42501": PermissionMissing,
    "3D000": UnknownDatabase,
    "55000": ServerUnavailable,  # "is not currently accepting connections", "invalid database"
    "57P01": ServerUnavailable,
    "57P02": ServerUnavailable,
    "57P03": ServerUnavailable,
    "57014": TimedOut,  # also a cancel by the administrator; only the translated text tells
    "55P03": TimedOut,
    "25P03": TimedOut,
    "57P05": TimedOut,
    "42883": Unsupported,
    "42P01": Unsupported,
    "42703": Unsupported,
    "42704": Unsupported,
    "0A000": Unsupported,
    "08P01": Unsupported,  # poolers: a start-up parameter, a kind of statement
    "08": ServerUnreachable,
    "53": ServerTooBusy,
}
"""By code, else by its class, the first two characters."""

CREDENTIALS = "check user, password and the server's pg_hba.conf"
CERTIFICATE = "check `tls.ca` and that the server's certificate names the configured host"
ADDRESS = "check host and port"


class Text(NamedTuple):
    """What a connection attempt says, and what it means. `again`: retryable, None: as the category says."""

    pattern: str
    kind: type[EngineError]
    remedy: str | None = None
    again: bool | None = None


TEXTS = (
    Text(r"valid client certificate|certificate authentication failed", AuthenticationFailed, CREDENTIALS),
    Text(r"certificate|signature failure|hostname mismatch", ServerUnreachable, CERTIFICATE, again=False),
    Text(r"does not support SSL|SSL was required", ServerUnreachable,
         "turn TLS on there, or relax `tls.mode`", again=False),
    Text(r"SSL error", ServerUnreachable, "not TLS, or another version of it: check port and `tls.mode`"),
    Text(r"invalid response to SSL negotiation|expected authentication request", ServerUnreachable,
         "not a PostgreSQL server: " + ADDRESS, again=False),
    Text(r"could not translate host name|could not resolve", ServerUnreachable, ADDRESS),
    Text(r"timeout expired|timed out", TimedOut, ADDRESS),
    Text(r"refused|No route|unreachable|No such file or directory|Connection reset", ServerUnreachable, ADDRESS),
    Text(r"no password supplied|password authentication failed|pg_hba\.conf|not permitted to log in|"
         r"role \".*\" does not exist|no such user|authentication failed|SASL|SCRAM",
         AuthenticationFailed, CREDENTIALS),
    Text(r"permission denied for database", PermissionMissing),
    Text(r"database \".*\" does not exist|no such database", UnknownDatabase, "check `database`"),
    Text(r"not currently accepting connections|invalid database", ServerUnavailable,
         "choose another `database`", again=False),
    Text(r"starting up|shutting down|recovery mode|not (yet )?accepting connections", ServerUnavailable),
    Text(r"too many|remaining connection slots|no more connections", ServerTooBusy),
    Text(r"unrecognized configuration parameter|permission denied to set parameter|startup parameter", Unsupported),
    Text(r"closed the connection|terminating connection|connection .*(lost|closed|broken)|SSL SYSCALL",
         ServerUnreachable),
)
"""In English, first match wins; libpq's own texts are never translated in psycopg2-binary.

The text of "too many" changed in 16: https://www.postgresql.org/docs/16/release-16.html.
"""
SETTINGS_REFUSED = re.compile(r"startup parameter|startup option|command-line options", re.IGNORECASE)
"""PgBouncer (https://www.pgbouncer.org/config.html#ignore_startup_parameters), RDS Proxy and others."""


def by_code(code: str, text: str) -> EngineError:
    """The error of a SQLSTATE."""
    kind = BY_SQLSTATE.get(code) or BY_SQLSTATE.get(code[:2]) or QueryFailed
    return kind(text, code=code, remedy=CREDENTIALS if kind is AuthenticationFailed else None)


def by_text(text: str) -> EngineError | None:
    """The error that a connection attempt tells of; of several attempts (addresses, with and without TLS) the last."""
    for line in reversed(text.splitlines()):
        for known in TEXTS:
            if re.search(known.pattern, line, re.IGNORECASE):
                return known.kind(text, remedy=known.remedy, retryable=known.again)
    return None


def of_driver(error: Exception) -> EngineError | None:
    """*error* of psycopg2, by code or by text; None: it is not psycopg2's."""
    if not hasattr(error, "pgcode"):
        return None
    text = str(error).strip() or type(error).__name__
    if error.pgcode:
        return by_code(error.pgcode, _said(error) or text)
    return by_text(text) or QueryFailed(text)


def _said(error: Any) -> str:
    """The server's message without the excerpt of our statement."""
    return ": ".join(part for part in (error.diag.message_primary, error.diag.message_detail) if part)
