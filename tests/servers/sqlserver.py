"""An emulated SQL Server: what exists, what its login may see of it, and the answers that follow, over the wire.

    server = SQLServer(); server.add("sales", File(size=1024), File(LOG, 128))
    with server.listening() as wire: ...  # wire.port

What is visible follows the permissions sections of the documented views.
"""
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlglot
from attrs import Factory, define, frozen
from sqlglot import exp

from tests.servers.catalog import Catalog, CatalogError, NotEmulated, Trouble
from tests.servers.sqlserver_catalog import (
    DATABASES,
    EMULATION,
    FILE_STATS,
    MASTER_FILES,
    OWN_FILES,
    RESOURCE_STATS,
    TEMPDB_FILES,
    TSQL,
    WIRE_TYPES,
    database_files,
)
from tests.servers.tds import Reply, Session, TDSServer
from tests.servers.tds_tokens import Message, Result

ROWS, LOG, FILESTREAM, FULLTEXT = 0, 1, 2, 4
STATES = ("ONLINE", "RESTORING", "RECOVERING", "RECOVERY_PENDING", "SUSPECT", "EMERGENCY", "OFFLINE")
OFFLINE, DEFUNCT = 6, 7
TEMPDB = 2
USER, PASSWORD = "monitor", "s3cret"
EVERYTHING = frozenset({"VIEW ANY DATABASE", "VIEW ANY DEFINITION", "ALTER ANY DATABASE", "VIEW SERVER STATE",
                        "VIEW SERVER PERFORMANCE STATE", "CONNECT ANY DATABASE"})
MONITOR = frozenset({"VIEW ANY DATABASE", "VIEW ANY DEFINITION"})
PUBLIC = frozenset({"VIEW ANY DATABASE"})
NUMBERS = {Trouble.SYNTAX: 102, Trouble.NO_VIEW: 208, Trouble.NO_COLUMN: 207, Trouble.NO_FUNCTION: 195,
           Trouble.OVERFLOW: 8115, Trouble.CONVERSION: 8114}
NOT_EMULATED = 50000
SETTING = re.compile(r"\s*SET\s+([A-Z_]+(?:\s+ISOLATION\s+LEVEL)?)\s+([^;]+);", re.IGNORECASE)
SETTINGS = {"NOCOUNT", "LOCK_TIMEOUT", "DEADLOCK_PRIORITY", "TRANSACTION ISOLATION LEVEL", "QUOTED_IDENTIFIER",
            "ANSI_NULLS", "ANSI_PADDING", "ANSI_WARNINGS", "CONCAT_NULL_YIELDS_NULL"}
"""https://learn.microsoft.com/sql/t-sql/statements/set-statements-transact-sql"""
BORN = datetime(2024, 1, 2, 3, 4, 5, 123000)  # noqa: DTZ001 - `datetime` has no zone


@frozen
class File:
    """`size`, `max_size`: pages, as in sys.master_files. `inside`: the size that the database's own catalog tells."""

    type: int = ROWS
    size: int | None = 1024
    max_size: int = -1
    growth: int = 64
    state: int = 0
    inside: int | None = None
    on_disk: int | None = None


@define
class Database:
    """`door`: what a statement inside it is refused with. `is_named`: whether DB_NAME() tells its name."""

    name: str
    database_id: int
    files: list[File]
    create_date: datetime = BORN
    state: int = 0
    source_database_id: int | None = None
    is_distributor: bool = False
    group_database_id: UUID | None = None
    user_access: int = 0
    door: Message | None = None
    is_named: bool = True


@define
class SQLServer:
    """`version`: the major number. `permissions`: the effective ones of the one login. `lacking`: views that are not
    there. `inside`: the files that the current database tells of itself (Azure). `script`: answers something else,
    where it is not None. `faults`: what could not be emulated; a test that leaves any has shown nothing."""

    version: int = 16
    edition: int = 3
    babelfish: bool = False
    permissions: frozenset[str] = EVERYTHING
    lacking: frozenset[str] = frozenset()
    script: Callable[[str, Session], Iterable[Reply] | None] = lambda text, session: None
    databases: list[Database] = Factory(list)
    inside: list[File] = Factory(list)
    samples: list[dict[str, object]] = Factory(list)
    settings: list[dict[str, str]] = Factory(list)
    faults: list[str] = Factory(list)
    _catalog: Catalog | None = None

    def __attrs_post_init__(self) -> None:
        for name, number in (("master", 1), ("tempdb", TEMPDB), ("model", 3), ("msdb", 4)):
            self.databases.append(Database(name, number, [File(size=512), File(LOG, 128)]))

    def add(self, name: str, *files: File, **facts: object) -> Database:
        """A database with a data and a log file, or with *files*."""
        number = max([4, *(d.database_id for d in self.databases)]) + 1
        made = Database(name, number, list(files) or [File(), File(LOG, 128)])
        for fact, value in facts.items():
            setattr(made, fact, value)
        self.databases.append(made)
        self.changed()
        return made

    def drop(self, name: str) -> None:
        self.databases = [d for d in self.databases if d.name != name]
        self.changed()

    def named(self, name: str) -> Database:
        return next(d for d in self.databases if d.name == name)

    def changed(self) -> None:
        """To be called after a change: the views are made anew with the next question."""
        self._catalog = None

    def listening(self, **options: Any) -> TDSServer:
        return TDSServer(self.answer, {USER: PASSWORD}, lambda: [d.name for d in self.databases], **options)

    def answer(self, text: str, session: Session) -> list[Reply]:
        scripted = self.script(text, session)
        if scripted is not None:
            return list(scripted)
        text = self._without_settings(text)
        if text.lower().startswith("use "):
            return self._use(text[4:].strip(" ;[]").replace("]]", "]"), session)
        try:
            return self._query(text, session)
        except CatalogError as error:
            return [Message(NUMBERS[error.trouble], 16, str(error))]
        except NotEmulated as error:
            self.faults.append(str(error))
            return [Message(NOT_EMULATED, 16, f"not emulated: {error}")]

    def _without_settings(self, text: str) -> str:
        """*text* behind the SET statements it begins with."""
        found: dict[str, str] = {}
        while (setting := SETTING.match(text)) is not None:
            name = " ".join(setting[1].upper().split())
            if name not in SETTINGS:
                self.faults.append(f"unknown setting {name}")
            found[name], text = setting[2].strip(), text[setting.end():]
        if found:
            self.settings.append(found)
        return text.strip()

    def _use(self, name: str, session: Session) -> list[Reply]:
        entered = next((d for d in self.databases if d.name.casefold() == name.casefold()), None)
        if entered is None:
            return [Message(911, 16, f"Database '{name}' does not exist.")]
        if entered.door is not None:
            return [entered.door]
        session.database = entered.name
        return []

    def _query(self, text: str, session: Session) -> list[Reply]:
        refusal = self._refusal(text)
        if refusal:
            return list(refusal)
        if self._catalog is None:
            self._catalog = self._made()
        found = self._catalog.execute(text, variables={"current_database": session.database})
        columns = [(name, self._wire_type(kind)) for name, kind in found.columns]
        return [Result(columns, found.rows)]

    def _wire_type(self, kind: str) -> str:
        if kind not in WIRE_TYPES:
            raise NotEmulated(f"a column of DuckDB's type {kind}")
        return WIRE_TYPES[kind]

    def _refusal(self, text: str) -> list[Message]:
        """What the documented permissions forbid, where the server says so."""
        try:
            tables = list(sqlglot.parse_one(text, read="tsql").find_all(exp.Table))
        except sqlglot.ParseError:
            return []
        if any("dm_io_virtual_file_stats" in t.sql().lower() for t in tables) and not self._has("VIEW SERVER STATE"):
            return [Message(300, 14, "VIEW SERVER STATE permission was denied on object 'server', database 'master'."),
                    Message(297, 16, "The user does not have permission to perform this action.")]
        entered = [d for t in tables for d in self.databases if t.catalog == d.name]
        return [d.door for d in entered if d.door is not None]

    def _has(self, *any_of: str) -> bool:
        wider = {"VIEW SERVER STATE": {"VIEW SERVER PERFORMANCE STATE"}}
        return any(self.permissions & ({p} | wider.get(p, set())) for p in any_of)

    def _made(self) -> Catalog:
        views = (DATABASES.at(self.version), MASTER_FILES, TEMPDB_FILES, OWN_FILES, FILE_STATS, RESOURCE_STATS)
        catalog = Catalog(TSQL, [*(v for v in views if ".".join(v.name) not in self.lacking), *EMULATION])
        for name, rows in self._content().items():
            if name not in self.lacking:
                catalog.insert(name, *rows)
        for database in self.databases:
            if any(f.type == FILESTREAM for f in database.files):
                view = database_files(database.name)
                catalog.create(view).insert(view.name, *_inside(database))
        return catalog

    def _content(self) -> dict[str, list[dict[str, object]]]:
        seen = [d for d in self.databases if self._sees(d)]
        sees_files = self._has("VIEW ANY DEFINITION", "ALTER ANY DATABASE") and not self.babelfish
        return {
            "sys.databases": [_row(d) for d in seen],
            "sys.master_files": [_file(f, number, database_id=d.database_id) for d in self.databases if sees_files
                                 for number, f in enumerate(d.files, 1)],
            "tempdb.sys.database_files": [row for d in self.databases if d.database_id == TEMPDB and not self.babelfish
                                          for row in _inside(d)],
            "sys.database_files": [_file(f, number) for number, f in enumerate(self.inside, 1)],
            "sys.virtual_file_stats": [
                {"database_id": d.database_id, "file_id": n, "size_on_disk_bytes": f.on_disk or (f.size or 0) * 8192}
                for d in self.databases for n, f in enumerate(d.files, 1)],
            "sys.resource_stats": self.samples,
            "emulation.properties": [{"name": name, "value": value} for name, value in {
                "EngineEdition": str(self.edition), "ProductVersion": f"{self.version}.0.4125.3",
                "Babelfish": "1" if self.babelfish else None}.items()],
            "emulation.permissions": [{"name": p, "effective": int(p in self.permissions)} for p in EVERYTHING],
            "emulation.access": [
                {"name": d.name, "database_id": d.database_id, "has_access": int(d.state == 0 and d.door is None),
                 "is_named": d.is_named and self._has("VIEW ANY DATABASE")} for d in self.databases],
        }

    def _sees(self, database: Database) -> bool:
        """https://learn.microsoft.com/sql/relational-databases/system-catalog-views/sys-databases-transact-sql"""
        if database.name in ("master", "tempdb"):
            return True
        if self._has("ALTER ANY DATABASE"):
            return self._has("VIEW ANY DATABASE")
        return self._has("VIEW ANY DATABASE") and database.state != OFFLINE


def _row(database: Database) -> dict[str, object]:
    return {
        "name": database.name, "database_id": database.database_id, "create_date": database.create_date,
        "state": database.state, "state_desc": STATES[database.state],
        "source_database_id": database.source_database_id, "is_distributor": database.is_distributor,
        "group_database_id": database.group_database_id, "replica_id": database.group_database_id,
        "user_access": database.user_access, "is_read_only": database.source_database_id is not None,
        "collation_name": "Latin1_General_CI_AS" if database.state == 0 else None,
    }


def _file(file: File, number: int, **more: object) -> dict[str, object]:
    return {"file_id": number, "type": file.type, "state": file.state, "size": file.size, "max_size": file.max_size,
            "growth": file.growth, "is_sparse": file.on_disk is not None, **more}


def _inside(database: Database) -> list[dict[str, object]]:
    return [_file(f, n) | ({"size": f.inside} if f.inside is not None else {})
            for n, f in enumerate(database.files, 1)]
