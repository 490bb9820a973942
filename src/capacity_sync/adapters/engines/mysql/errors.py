"""What the errors of the servers and of PyMySQL mean.

https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html
https://mariadb.com/kb/en/mariadb-error-codes/
"""

import socket
import ssl
from collections.abc import Mapping

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

CODES: Mapping[type[EngineError], tuple[int, ...]] = {
    AuthenticationFailed: (1045, 1129, 1130, 1251, 1524, 1698, 1820, 1862, 2058, 2059, 2061, 3118, 3955, 4151),
    PermissionMissing: (1044, 1142, 1143, 1227, 1370, 1410, 1419),
    UnknownDatabase: (1049,),
    ServerTooBusy: (1040, 1041, 1135, 1203, 1226),
    ServerUnavailable: (1053, 3032, 9001),
    TimedOut: (1205, 1969, 3024, 3572, 4031),
    ServerUnreachable: (1043, 1152, 1153, 1158, 1159, 1160, 1161, 1184, 1927, 2002, 2003, 2005, 2006, 2013, 2055),
    Unsupported: (1054, 1109, 1115, 1193, 1231, 1235, 1273, 1286, 1290, 1305, 1381),
}
KINDS: Mapping[int, type[EngineError]] = {code: kind for kind, codes in CODES.items() for code in codes}
REMEDIES: Mapping[int, str] = {
    1040: "raise max_connections, or look at who holds the connections",
    1044: "grant the account a privilege on that database, or mend `database`",
    1045: "check username, password, the host that the account is for, and whether it needs TLS",
    1049: "mend `database`, or leave it out: none is needed",
    1129: "run FLUSH HOSTS, and look at what broke off so many connections",
    1130: "create the account for the host that this client connects from",
    1203: "raise max_user_connections, or end the account's other connections",
    1226: "raise the account's limit (ALTER USER ... WITH MAX_USER_CONNECTIONS), or end its other connections",
    1524: "give the account an authentication plugin that the server has loaded",
    1698: "give the account a password: it may only log in in another way, through a socket, say",
    1820: "set a new password for the account (ALTER USER ... IDENTIFIED BY ...)",
    1862: "set a new password for the account (ALTER USER ... IDENTIFIED BY ...)",
    1969: "raise `statement_timeout`, or look at what the server is doing",
    2059: "give the account another authentication plugin: PyMySQL does not know this one",
    3024: "raise `statement_timeout`, or look at what the server is doing",
    3118: "unlock the account (ALTER USER ... ACCOUNT UNLOCK)",
    4151: "unlock the account (ALTER USER ... ACCOUNT UNLOCK)",
}
INSTALL = "pip install --upgrade 'capacity-sync[mysql]'"
_NO_TLS = "set `tls: {mode: prefer}` or `disable`, or give the server a certificate"
_TLS_NEEDED = "set `tls: {mode: require}` or `verify-full`"


def translate(error: Exception) -> EngineError | None:
    """*error* as a domain error; None when neither PyMySQL nor the network raised it."""
    if isinstance(error, OSError):
        return unreachable(error, str(error))
    if isinstance(error, RuntimeError) and "is required" in str(error):
        return Unsupported(str(error), remedy=INSTALL)
    if any(kind.__module__ == "pymysql.err" for kind in type(error).__mro__):
        return _of_driver(error)
    return None


def unreachable(cause: BaseException, text: str, code: str | None = None) -> EngineError:
    """Why no connection came about, by what the operating system or the TLS library said."""
    match cause:
        case ssl.SSLError():
            remedy = "check `tls`: its `ca`, the certificate's names and dates, and the TLS versions of both sides"
            return ServerUnreachable(f"TLS: {text}", code=code, remedy=remedy, retryable=False)
        case TimeoutError():
            return TimedOut(text, code=code, remedy="check host, port and firewall, or raise `connect_timeout`")
        case socket.gaierror():
            return ServerUnreachable(text, code=code, remedy="check `host`: the name is not known")
        case _:
            return ServerUnreachable(text, code=code, remedy="check host, port and firewall, and that the server runs")


def _of_driver(error: Exception) -> EngineError:
    """By number, where PyMySQL gives one: its first argument, unless that is a text."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    text = str(error.args[-1] if error.args else "") or "the connection is closed"
    code = str(number) if number else None
    cause = getattr(error, "original_exception", None)
    match number:
        case 0:
            return _without_number(text)
        case 2003 if cause is not None:
            return unreachable(cause, text, code)
        case 2006 | 2013 if "timed out" in text:
            return TimedOut(text, code=code, remedy="look at what the server is doing, or raise the timeouts")
        case 2026:
            return ServerUnreachable(f"TLS: {text}", code=code, remedy=_NO_TLS, retryable=False)
        case 3159:
            return ServerUnreachable(f"TLS: {text}", code=code, remedy=_TLS_NEEDED, retryable=False)
        case 1317:
            return QueryFailed(text, code=code, remedy="somebody ended the statement (KILL); try again", retryable=True)
        case _:
            return KINDS.get(number, QueryFailed)(text, code=code, remedy=REMEDIES.get(number))


def _without_number(text: str) -> EngineError:
    if "Packet sequence number" in text:
        return not_mysql(text)
    return ServerUnreachable(text)


def not_mysql(text: str) -> EngineError:
    """The port is open, and something else answers."""
    remedy = "check host and port: what answers there does not speak the protocol of MySQL"
    return ServerUnreachable(text, remedy=remedy, retryable=False)
