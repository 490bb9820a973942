"""Which server answers: flavour and version, by its numbers. Routing never looks at how a text begins."""

import re
from enum import Enum

from attrs import frozen

SYSTEM = frozenset({"information_schema", "performance_schema", "mysql", "sys"})
"""The servers' own, in exactly this case: `SYS` is a user's."""


class Flavour(Enum):
    MYSQL = "MySQL"
    MARIADB = "MariaDB"


class Views(Enum):
    """Where a server tells the lengths of InnoDB's files. The value names the `.sql` file; None: nowhere."""

    MARIADB = "tablespaces_mariadb"
    MYSQL_57 = "tablespaces_mysql57"
    MYSQL_8 = "tablespaces_mysql8"
    NONE = None


@frozen
class Server:
    """`text`: VERSION() without the `5.5.5-` that MariaDB's replication put before it."""

    flavour: Flavour
    version: tuple[int, int, int]
    text: str

    @property
    def views(self) -> Views:
        """FILE_SIZE came with MySQL 5.7 and MariaDB 10.2.

        https://mariadb.com/kb/en/information-schema-innodb_sys_tablespaces-table/
        """
        if self.flavour is Flavour.MARIADB:
            return Views.MARIADB if self.version >= (10, 2, 0) else Views.NONE
        if self.version >= (8, 0, 0):
            return Views.MYSQL_8
        return Views.MYSQL_57 if self.version >= (5, 7, 0) else Views.NONE

    @property
    def session(self) -> str:
        """The `.sql` file with the settings of a monitor's session."""
        if self.flavour is Flavour.MARIADB:
            return "session_mariadb"
        return "session_mysql8" if self.version >= (8, 0, 0) else "session_mysql57"

    @property
    def redo_log(self) -> str:
        """The `.sql` file: the status variable came with MySQL 8.0.30, the setting left in 9.

        https://dev.mysql.com/doc/refman/8.0/en/innodb-redo-log.html
        """
        return "redo_log_mysql8" if self.version >= (8, 0, 30) else "redo_log_mysql57"

    @property
    def shared_files(self) -> str:
        """The `.sql` file with the tablespaces of no database that MySQL's view leaves out."""
        return "shared_files_mysql8" if self.version >= (8, 0, 0) else "shared_files_mysql57"

    def is_system(self, name: str) -> bool:
        """`sys` came with MySQL 5.7 and MariaDB 10.6; before, it is a user's."""
        since = (10, 6, 0) if self.flavour is Flavour.MARIADB else (5, 7, 0)
        return name in SYSTEM and (name != "sys" or self.version >= since)


def server(version: str, comment: str) -> Server:
    """From VERSION() and @@version_comment. Raises: ValueError: there is no version in the text."""
    text = version.removeprefix("5.5.5-")
    numbers = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if numbers is None:
        raise ValueError(f"no version number in {version!r}")
    major, minor, patch = (int(number or 0) for number in numbers.groups())
    mariadb = "mariadb" in f"{version} {comment}".casefold()
    return Server(Flavour.MARIADB if mariadb else Flavour.MYSQL, (major, minor, patch), text)
