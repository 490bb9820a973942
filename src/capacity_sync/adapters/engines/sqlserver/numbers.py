"""SQL Server's error numbers, by what the reader can do about them.

https://learn.microsoft.com/sql/relational-databases/errors-events/database-engine-events-and-errors
https://learn.microsoft.com/azure/azure-sql/database/troubleshoot-common-errors-issues
"""
from collections.abc import Iterable, Mapping

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

_KINDS: Mapping[type[EngineError], Iterable[int]] = {
    AuthenticationFailed: (
        18456, 18452, 18450, 18470, 18486,  # refused, untrusted domain, unknown, disabled, locked
        18487, 18488,  # the password expired, must be changed
        17892, 18461,  # a logon trigger, single user
        40531, 40532, 40607,  # Azure: server name, login
    ),
    PermissionMissing: (229, 230, 262, 297, 300, 371, 916, 15247),
    UnknownDatabase: (911, 4060, 4063, 4064, 40508, 40515),
    ServerUnavailable: (
        904, 905, 921, 922, 924, 926, 927, 941, 942, 945, 946, 951, 952,  # the database, by its state
        954, 955, 956, 976, 978, 979, 982, 983,  # its availability group
        596, 615, 4221, 5011, 6005, 17142, 18401, 18451,  # the server: stopping, paused, upgrading
        40143, 40197, 40540, 40613, 42108, 42109,  # Azure: moving, paused
    ),
    ServerTooBusy: (
        701, 802, 8628, 8645, 8651, 1204, 1205, 1222, 17189, 17809,
        10928, 10929, 10936, 40501, 40549, 40550, 40551, 40552, 40553, 49918, 49919, 49920,
    ),
    ServerUnreachable: (
        20002, 20004, 20006, 20009, 20012, 20017, 20020, 20047,  # DB-Lib's own
        64, 233, 10053, 10054, 10060, 17830, 17832, 17835, 17836,
        40615, 40914, 47073,  # Azure: firewall, virtual network, no public access
    ),
    TimedOut: (20003,),
    Unsupported: (40517, 40518),  # an option, a function
    QueryFailed: (102, 156, 170, 195, 207, 208, 245, 8114, 8115, 8134, 2812, 4104),
}
KINDS: Mapping[int, type[EngineError]] = {number: kind for kind, numbers in _KINDS.items() for number in numbers}

CREDENTIALS = "check user and password; the server's error log has the reason (the state of 18456)"
ADDRESS = "check host, port and firewall, and that the server runs"
TLS = "check `tls`, the port and whether the server wants encryption; the driver does not tell more"
REMEDIES: Mapping[int, str] = {
    18452: "use a SQL login: Windows logins need a trusted domain",
    18470: "enable the login (ALTER LOGIN ... ENABLE)",
    18486: "unlock the login (ALTER LOGIN ... WITH PASSWORD = ... UNLOCK)",
    18487: "give the login a new password",
    18488: "give the login a new password, without MUST_CHANGE",
    17892: "a logon trigger refused the login: exempt it there",
    18461: "the server is in single-user mode: wait, or end the other session",
    4060: "check `database`, and that the login has a user in it",
    4064: "the login's default database is missing: set `database: master`",
    911: "check `database`",
    916: "the login needs a user in the database, or CONNECT ANY DATABASE",
    17835: "the server wants encryption: set `tls: {mode: require}`",
    40615: "let this address through the server's firewall rules",
    40914: "let this virtual network through the server's network rules",
    47073: "public access is off: connect through the private endpoint",
    20002: TLS,
    20017: TLS,
    20020: "no SQL Server answers there: check host and port",
}
"""By number; the categories in `FALLBACKS` have one for all others."""
FALLBACKS: Mapping[type[EngineError], str] = {
    AuthenticationFailed: CREDENTIALS,
    ServerUnreachable: ADDRESS,
    TimedOut: "see what the server is doing, or raise the timeouts",
    UnknownDatabase: "check `database`",
}
