"""What a login may see, from the lines of SHOW GRANTS, and the statements that let it see more.

The lines are never logged or kept: MariaDB puts the hash of the password into them.
"""

import re
from collections.abc import Iterable

from attrs import frozen

from capacity_sync.adapters.engines.base import sql
from capacity_sync.domain.outcomes import Category, Failure

SHOWS_TABLES = frozenset({
    "ALL PRIVILEGES", "SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER",
    "CREATE VIEW", "SHOW VIEW", "TRIGGER", "DELETE HISTORY", "DELETE VERSIONING ROWS",
})  # fmt: skip
"""Any of these lets information_schema.TABLES show a table; tried one by one on MariaDB 10.11."""
SHOWS_NAMES = SHOWS_TABLES | {
    "SHOW DATABASES", "CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE", "EVENT", "LOCK TABLES", "CREATE TEMPORARY TABLES",
}  # fmt: skip
"""Any of these, held globally, lets SCHEMATA show every database; PROCESS does not, whatever the manual says."""

_NAME = r"`(?:[^`]|``)+`|\"(?:[^\"]|\"\")+\""
_ON = re.compile(rf"(GRANT|REVOKE) ([A-Z_, ]+) ON (\*|{_NAME})\.\* (?:TO|FROM) ")
_LIKE = re.compile(r"\\(.)|(%)|(_)", re.DOTALL)


@frozen
class Held:
    """Privileges on one database: its name, or a pattern with `%`, `_` and `\\`."""

    database: str
    privileges: frozenset[str]

    def covers(self, name: str) -> bool:
        pattern, end = "", 0
        for found in _LIKE.finditer(self.database):
            wild = ".*" if found[2] else "."
            pattern += re.escape(self.database[end : found.start()]) + (re.escape(found[1]) if found[1] else wild)
            end = found.end()
        return re.fullmatch(pattern + re.escape(self.database[end:]), name, re.DOTALL) is not None


@frozen
class Privileges:
    """Held everywhere, held on some databases, and taken back on some (MySQL's `partial_revokes`)."""

    everywhere: frozenset[str] = frozenset()
    on_databases: tuple[Held, ...] = ()
    revoked: tuple[Held, ...] = ()

    @property
    def shows_every_name(self) -> bool:
        """Whether no database can be hidden."""
        by_chance = SHOWS_NAMES & self.everywhere
        return "SHOW DATABASES" in by_chance or "ALL PRIVILEGES" in by_chance or bool(by_chance and not self.revoked)

    @property
    def shows_every_table(self) -> bool:
        return bool(SHOWS_TABLES & self.everywhere) and not self.revoked

    def shows_tables_of(self, name: str) -> bool:
        """Whether no table of database *name* can be hidden. Privileges on single tables do not count."""
        lost = frozenset[str]().union(*(held.privileges for held in self.revoked if held.database == name))
        if SHOWS_TABLES & self.everywhere - lost:
            return True
        return any(SHOWS_TABLES & held.privileges and held.covers(name) for held in self.on_databases)

    @property
    def shows_files(self) -> bool:
        return bool({"PROCESS", "ALL PRIVILEGES"} & self.everywhere)


EVERYTHING = Privileges(frozenset({"ALL PRIVILEGES"}))


def privileges(lines: Iterable[str]) -> Privileges:
    """From the lines of SHOW GRANTS: those of the account, its active roles and PUBLIC are one set."""
    matches = [found for found in map(_ON.match, lines) if found]
    held = [(found[1], _unquoted(found[3]), frozenset(found[2].split(", "))) for found in matches]
    return Privileges(
        everywhere=frozenset[str]().union(*(p for verb, on, p in held if verb == "GRANT" and on == "*")),
        on_databases=tuple(Held(on, p) for verb, on, p in held if verb == "GRANT" and on != "*"),
        revoked=tuple(Held(on, p) for verb, on, p in held if verb == "REVOKE"),
    )


def _unquoted(identifier: str) -> str:
    quote = identifier[0]
    return identifier if quote == "*" else identifier[1:-1].replace(quote * 2, quote)


def account(user: str) -> str:
    """`user@host`, or a user of any host, quoted for a statement. The host is behind the last `@`."""
    name, at, host = user.rpartition("@")
    return f"{_quoted(name if at else user)}@{_quoted(host if at else '%')}"


def _quoted(identifier: str) -> str:
    return "`" + identifier.replace("`", "``") + "`"


def missing(privilege: str, who: str, hides: str, code: str | None = None) -> Failure:
    """That *who*, a quoted account, lacks *privilege*; *hides*: what is not seen without it."""
    statement = sql(__package__, "grant").strip().format(privilege=privilege, account=who)
    return Failure(Category.PERMISSION, hides, code, statement)
