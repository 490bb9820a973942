"""Who answers: which edition, which version, and hence where its sizes stand."""
from enum import Enum

from attrs import frozen

from capacity_sync.domain.outcomes import Unsupported

OLDEST = 11
"""The first major version with availability groups: SQL Server 2012. Tested from 2014 (12) on."""


class Kind(Enum):
    """What differs in where databases and sizes are to be found."""

    SERVER = "SQL Server, Managed Instance, RDS"
    AZURE_SERVER = "Azure SQL Database, seen from master"
    AZURE_DATABASE = "Azure SQL Database, seen from one of its databases"
    BABELFISH = "Babelfish"


@frozen
class Server:
    """`version`: as the server writes it, `16.0.4125.3`. `database`: the current one."""

    kind: Kind
    version: str
    database: str

    @property
    def major(self) -> int:
        return _major(self.version)


AZURE_SQL_DATABASE = 5
ELSEWHERE = {
    6: "an Azure Synapse dedicated pool",
    11: "an Azure Synapse serverless pool",
    12: "a Microsoft Fabric SQL database",
}
"""Values of EngineEdition, https://learn.microsoft.com/sql/t-sql/functions/serverproperty-transact-sql"""


def server(engine_edition: int | None, version: str | None, babelfish: int | None, database: str | None) -> Server:
    """From the row of `identify.sql`. Raises: Unsupported."""
    version, database = version or "", database or ""
    if babelfish == 1:
        return Server(Kind.BABELFISH, version, database)
    if engine_edition == AZURE_SQL_DATABASE:
        is_master = database.casefold() == "master"
        return Server(Kind.AZURE_SERVER if is_master else Kind.AZURE_DATABASE, version, database)
    if engine_edition in ELSEWHERE:
        raise Unsupported(f"this is {ELSEWHERE[engine_edition]}, whose sizes cannot be read",
                          remedy="leave this instance out of the fleet")
    if _major(version) < OLDEST:
        raise Unsupported(f"SQL Server {version or '?'} is too old", remedy="SQL Server 2014 and newer are supported")
    return Server(Kind.SERVER, version, database)


def _major(version: str) -> int:
    head = version.partition(".")[0]
    return int(head) if head.isdecimal() else 0
