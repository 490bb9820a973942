"""What tells databases apart and what kind they are, wherever they are listed. Pure."""
import re
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from attrs import frozen

from capacity_sync.adapters.engines.base import sql
from capacity_sync.adapters.engines.sqlserver.server import Kind

TEMPDB = 2
SYSTEM_IDS = frozenset({1, TEMPDB, 3, 4})
"""master, tempdb, model, msdb"""
FIRST_INTERNAL_ID = 32760
"""From here on come the resource database and the templates of contained availability groups and managed instances:
they have files and no row in sys.databases."""
PRODUCTS = frozenset({
    "ssisdb",  # Integration Services
    "rdsadmin",  # Amazon RDS
    "dwconfiguration", "dwdiagnostics", "dwqueue",  # PolyBase
})
REPORTING = re.compile(r"reportserver(\$.+)?(tempdb)?", re.IGNORECASE)
"""https://learn.microsoft.com/sql/reporting-services/report-server/report-server-database-ssrs-native-mode"""
CONTAINED = re.compile(r"(.+)_(master|msdb)", re.DOTALL)
"""https://learn.microsoft.com/sql/database-engine/availability-groups/windows/contained-availability-groups-overview"""


@frozen
class Facts:
    """What every list of databases begins with. `group_id`: its id in an availability group."""

    name: str
    database_id: int
    created: datetime | None
    group_id: UUID | None
    state: str | None
    source_id: int | None
    is_distributor: bool | None

    @property
    def is_snapshot(self) -> bool:
        return self.source_id is not None

    def identity(self, kind: Kind) -> str | None:
        """The incarnation. tempdb has none: it is made anew at every start.

        On Azure SQL Database the id depends on where one looks from.
        """
        if self.group_id is not None and kind is Kind.SERVER:
            return GROUP + str(self.group_id).lower()
        if self.created is None or (kind is Kind.SERVER and self.database_id == TEMPDB):
            return None
        stamp = self.created.isoformat(timespec="milliseconds")
        return stamp if kind in (Kind.AZURE_SERVER, Kind.AZURE_DATABASE) else f"{numbered(self.database_id)}{stamp}"

    def is_system(self, kind: Kind, grouped: Collection[str]) -> bool:
        """Whether the product, and not its user, made it. *grouped*: the names of all in availability groups."""
        name = self.name.casefold()
        if kind in (Kind.AZURE_SERVER, Kind.AZURE_DATABASE):
            return name == "master"
        return (self.database_id in SYSTEM_IDS or bool(self.is_distributor) or name in PRODUCTS
                or REPORTING.fullmatch(name) is not None or self._is_contained(grouped))

    def _is_contained(self, grouped: Collection[str]) -> bool:
        """A contained group has both a master and an msdb of its own."""
        parts = CONTAINED.fullmatch(self.name)
        return parts is not None and {f"{parts[1]}_master", f"{parts[1]}_msdb"} <= set(grouped)


GROUP = "ag:"
"""How the identity of a database in an availability group begins."""


def numbered(database_id: int) -> str:
    """How the identity of any other begins."""
    return f"{database_id}:"


def quoted(name: str) -> str:
    """*name* as an identifier: https://learn.microsoft.com/sql/t-sql/functions/quotename-transact-sql"""
    return "[" + name.replace("]", "]]") + "]"


def grant(permission: str, login: str) -> str:
    """The statement that gives *login* the server's *permission*."""
    return sql(__package__, "grant").strip().format(permission=permission, login=quoted(login))
