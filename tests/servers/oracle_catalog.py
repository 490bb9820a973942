"""Oracle's catalog views as documented, in DuckDB, and databases to put into them.

`Oracle` fills the views as the server would: CDB_* shows open pluggable databases only, V$ shows the control file, a
user without CONTAINER_DATA sees the root alone. Its `answer` is what a `TNSServer` needs.
"""
from collections.abc import Iterable, Mapping, Sequence

from attrs import Factory, define, field, frozen
from sqlglot import exp

from tests.servers.catalog import Catalog, CatalogError, Dialect, Trouble, View
from tests.servers.tns import Misbehaviour, OracleError, Result
from tests.servers.ttc import Column, Kind

OLDEST = 1201
"""12.1, as the lints write versions: 1202 is 12.2."""
ROOT, SEED = 1, 2
REFERENCE_121 = "https://docs.oracle.com/database/121/REFRN/"
REFERENCE_122 = "https://docs.oracle.com/database/122/REFRN/"
NUMBER, FLAG, NAME = "NUMBER", "VARCHAR2(3)", "VARCHAR2(30)"

_DATA_FILES = {
    "file_name": "VARCHAR2(513)", "file_id": NUMBER, "tablespace_name": NAME, "bytes": NUMBER, "blocks": NUMBER,
    "status": "VARCHAR2(9)", "relative_fno": NUMBER, "autoextensible": FLAG, "maxbytes": NUMBER, "maxblocks": NUMBER,
    "increment_by": NUMBER, "user_bytes": NUMBER, "user_blocks": NUMBER, "online_status": "VARCHAR2(7)",
    "lost_write_protect": "VARCHAR2(7)",
}
_TEMP_FILES = {
    "file_name": "VARCHAR2(513)", "file_id": NUMBER, "tablespace_name": NAME, "bytes": NUMBER, "blocks": NUMBER,
    "status": "VARCHAR2(7)", "relative_fno": NUMBER, "autoextensible": FLAG, "maxbytes": NUMBER, "maxblocks": NUMBER,
    "increment_by": NUMBER, "user_bytes": NUMBER, "user_blocks": NUMBER, "shared": "VARCHAR2(13)", "inst_id": NUMBER,
}
_TABLESPACES = {
    "tablespace_name": NAME, "block_size": NUMBER, "initial_extent": NUMBER, "next_extent": NUMBER,
    "min_extents": NUMBER, "max_extents": NUMBER, "max_size": NUMBER, "pct_increase": NUMBER, "min_extlen": NUMBER,
    "status": "VARCHAR2(9)", "contents": "VARCHAR2(21)", "logging": "VARCHAR2(9)", "force_logging": FLAG,
    "extent_management": "VARCHAR2(10)", "allocation_type": "VARCHAR2(9)", "segment_space_management": "VARCHAR2(6)",
    "def_tab_compression": "VARCHAR2(8)", "retention": "VARCHAR2(11)", "bigfile": FLAG,
    "predicate_evaluation": "VARCHAR2(7)", "encrypted": FLAG, "compress_for": "VARCHAR2(30)", "shared": "VARCHAR2(13)",
}
_NEWER_DATA_FILES = {"lost_write_protect": 1800}
_NEWER_TEMP_FILES = {"shared": 1202, "inst_id": 1202}
_NEWER_TABLESPACES = {"shared": 1202}
_CON_ID = {"con_id": NUMBER}
"""CDB_X has the columns of DBA_X and this one: https://docs.oracle.com/database/121/REFRN/GUID-8865FE4F-C22F-4B04-BC21-A28FFFC92072.htm
(V$CONTAINERS), and "CDB_* views" in the same book."""

VIEWS = (
    View("dual", "https://docs.oracle.com/database/121/SQLRF/queries009.htm", {"dummy": "VARCHAR2(1)"}),
    View("dba_tablespaces", REFERENCE_121 + "refrn23287.htm", _TABLESPACES, _NEWER_TABLESPACES),
    View("cdb_tablespaces", REFERENCE_121 + "refrn23287.htm", _TABLESPACES | _CON_ID, _NEWER_TABLESPACES),
    View("user_tablespaces", REFERENCE_121 + "refrn26231.htm", _TABLESPACES, _NEWER_TABLESPACES),
    View("dba_data_files", REFERENCE_121 + "GUID-0FA17297-73ED-4B5D-B511-103993C003D3.htm", _DATA_FILES,
         _NEWER_DATA_FILES),
    View("cdb_data_files", REFERENCE_121 + "GUID-0FA17297-73ED-4B5D-B511-103993C003D3.htm", _DATA_FILES | _CON_ID,
         _NEWER_DATA_FILES),
    View("dba_temp_files", REFERENCE_121 + "GUID-9251BF75-0FC4-4271-8736-8AAD4C549563.htm", _TEMP_FILES,
         _NEWER_TEMP_FILES),
    View("cdb_temp_files", REFERENCE_121 + "GUID-9251BF75-0FC4-4271-8736-8AAD4C549563.htm", _TEMP_FILES | _CON_ID,
         _NEWER_TEMP_FILES),
    View("v$containers", REFERENCE_121 + "refrn30708.htm", {
        "con_id": NUMBER, "dbid": NUMBER, "con_uid": NUMBER, "guid": "RAW(16)", "name": NAME,
        "open_mode": "VARCHAR2(10)", "restricted": FLAG, "open_time": "TIMESTAMP(3)", "create_scn": NUMBER,
        "total_size": NUMBER, "application_root": FLAG,
    }, {"application_root": 1202}),
    View("v$tablespace", REFERENCE_122 + "V-TABLESPACE.htm", {
        "ts#": NUMBER, "name": NAME, "included_in_database_backup": FLAG, "bigfile": FLAG, "flashback_on": FLAG,
        "encrypt_in_backup": FLAG, "con_id": NUMBER,
    }),
    View("v$datafile", REFERENCE_122 + "V-DATAFILE.htm", {
        "file#": NUMBER, "ts#": NUMBER, "rfile#": NUMBER, "status": "VARCHAR2(7)", "enabled": "VARCHAR2(10)",
        "bytes": NUMBER, "blocks": NUMBER, "create_bytes": NUMBER, "block_size": NUMBER, "name": "VARCHAR2(513)",
        "con_id": NUMBER,
    }),
    View("v$tempfile", REFERENCE_122 + "V-TEMPFILE.htm", {
        "file#": NUMBER, "ts#": NUMBER, "rfile#": NUMBER, "status": "VARCHAR2(7)", "enabled": "VARCHAR2(10)",
        "bytes": NUMBER, "blocks": NUMBER, "create_bytes": NUMBER, "block_size": NUMBER, "name": "VARCHAR2(513)",
        "con_id": NUMBER,
    }),
    View("v$log", REFERENCE_122 + "V-LOG.htm", {
        "group#": NUMBER, "thread#": NUMBER, "sequence#": NUMBER, "bytes": NUMBER, "blocksize": NUMBER,
        "members": NUMBER, "archived": FLAG, "status": "VARCHAR2(16)", "con_id": NUMBER,
    }),
)
"""Not every column of V$ and CDB_ views: all that the adapter could wish for."""

TYPES = {"number": "DECIMAL(38, 0)", "varchar2": "VARCHAR", "raw": "VARCHAR", "timestamp": "TIMESTAMP"}
NUMERIC = ("DECIMAL", "INT", "HUGEINT", "DOUBLE", "FLOAT")
NUMBERS = {Trouble.SYNTAX: 933, Trouble.NO_VIEW: 942, Trouble.NO_COLUMN: 904, Trouble.NO_FUNCTION: 904,
           Trouble.OVERFLOW: 1426, Trouble.CONVERSION: 1722}


def _rewrite(node: exp.Expression) -> exp.Expression:
    """DuckDB knows no `#` in a bare name."""
    if isinstance(node, exp.Identifier) and "#" in node.name:
        node.set("quoted", True)
    return node


def dialect(con_id: int = 0, user: str = "MONITOR") -> Dialect:
    told = f"CASE upper(b) WHEN 'CON_ID' THEN '{con_id}' WHEN 'SESSION_USER' THEN '{user}' ELSE error('ORA-02003') END"
    return Dialect("oracle", TYPES, _rewrite, (
        f"CREATE MACRO sys_context(a, b) AS {told}",
        "CREATE MACRO rawtohex(a) AS a",
    ))


@frozen
class File:
    """`size` None: offline or unreadable. `limit` None: it does not extend itself."""

    size: int | None
    limit: int | None = None
    status: str = "AVAILABLE"
    instance: int | None = None


@frozen
class Pdb:
    con_id: int
    name: str
    open_mode: str = "READ WRITE"
    restricted: bool = False
    guid: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether CDB_* shows it."""
        return self.open_mode != "MOUNTED" and not self.restricted


@define
class Oracle:
    """One server. `here`: the CON_ID of the session; `pdbs`: those of a container database, seen from its root.

    `refuses`: the answer to every statement that names a view; `asked` journals the statements.
    """

    here: int = 0
    pdbs: Sequence[Pdb] = ()
    user: str = "MONITOR"
    sees_containers: bool = True
    version: int = 1900
    refuses: dict[str, OracleError | Misbehaviour] = Factory(dict)
    asked: list[str] = Factory(list)
    catalog: Catalog = field(init=False)
    _numbers: dict[tuple[int, str], int] = Factory(dict)

    def __attrs_post_init__(self) -> None:
        self.catalog = Catalog(dialect(self.here, self.user), [view.at(self.version) for view in VIEWS])
        self.catalog.insert("dual", {"dummy": "X"})
        if self.here == ROOT:
            seed = Pdb(SEED, "PDB$SEED", "READ ONLY")
            shown = [Pdb(ROOT, "CDB$ROOT"), *((seed, *self.pdbs) if self.sees_containers else ())]
            self.catalog.insert("v$containers", *({
                "con_id": pdb.con_id, "name": pdb.name, "open_mode": pdb.open_mode, "guid": pdb.guid,
                "restricted": "YES" if pdb.restricted else "NO", "total_size": 0,
            } for pdb in shown))

    def tablespace(self, name: str, *files: File, contents: str = "PERMANENT", status: str = "ONLINE",
                   con_id: int | None = None, granted: bool = False) -> "Oracle":
        """Create a tablespace, in the container of the session unless *con_id* says another."""
        home = self.here if con_id is None else con_id
        row = {"tablespace_name": name, "contents": contents, "status": status, "block_size": 8192, "bigfile": "NO"}
        number = sum(container == home for container, _ in self._numbers)  # counted anew in each container
        number = self._numbers.setdefault((home, name), number)
        if home == self.here or self.sees_containers:
            self.catalog.insert("v$tablespace", {"con_id": home, "ts#": number, "name": name})
            self._control_file(home, number, files, contents)
        self._dictionary(home, row, files)
        if granted and home == self.here:
            self.catalog.insert("user_tablespaces", row)
        return self

    def _dictionary(self, home: int, row: Mapping[str, object], files: Iterable[File]) -> None:
        kind = "temp" if row["contents"] == "TEMPORARY" else "data"
        told = [_file(kind, str(row["tablespace_name"]), file) for file in files]
        if home == self.here:
            self.catalog.insert("dba_tablespaces", row).insert(f"dba_{kind}_files", *told)
        if self.here == ROOT and self._shown_in_cdb(home):
            self.catalog.insert("cdb_tablespaces", {**row, "con_id": home})
            self.catalog.insert(f"cdb_{kind}_files", *(file | {"con_id": home} for file in told))

    def _shown_in_cdb(self, home: int) -> bool:
        return home == ROOT or (self.sees_containers and any(p.con_id == home and p.is_open for p in self.pdbs))

    def _control_file(self, home: int, number: int, files: Iterable[File], contents: str) -> None:
        view = "v$tempfile" if contents == "TEMPORARY" else "v$datafile"
        self.catalog.insert(view, *({"con_id": home, "ts#": number, "bytes": file.size or 0} for file in files))

    def redo_log(self, *groups: tuple[int, int]) -> "Oracle":
        """Bytes and members of each group."""
        self.catalog.insert("v$log", *({"bytes": size, "members": members} for size, members in groups))
        return self

    def drop(self, name: str) -> "Oracle":
        for view in ("dba_tablespaces", "user_tablespaces", "dba_data_files", "dba_temp_files"):
            self.catalog.clear(view, tablespace_name=name)
        self.catalog.clear("v$tablespace", name=name, con_id=self.here)
        return self

    def denies(self, *views: str, code: int = 942) -> "Oracle":
        """Every statement that names one of *views* is refused."""
        text = "table or view does not exist" if code == 942 else "insufficient privileges"
        self.refuses |= {view: OracleError(code, text) for view in views}
        return self

    def answer(self, statement: str) -> Result | Misbehaviour | None:
        self.asked.append(statement)
        text = statement.lower()
        for view, refusal in self.refuses.items():
            if view in text:
                if isinstance(refusal, OracleError):
                    raise refusal
                return refusal
        if text.startswith("set transaction"):
            return None
        try:
            found = self.catalog.execute(statement)
        except CatalogError as error:
            raise OracleError(NUMBERS[error.trouble], str(error).splitlines()[0]) from error
        return Result([Column(name.upper(), _kind(kind)) for name, kind in found.columns], found.rows)


def _kind(duckdb_type: str) -> Kind:
    return Kind.NUMBER if duckdb_type.startswith(NUMERIC) or duckdb_type.endswith("INT") else Kind.VARCHAR2


def _file(kind: str, tablespace: str, file: File) -> dict[str, object]:
    grows = None if file.size is None else "NO" if file.limit is None else "YES"
    told: dict[str, object] = {
        "tablespace_name": tablespace, "bytes": file.size, "autoextensible": grows,
        "maxbytes": None if file.size is None else file.limit or 0,
    }
    if kind == "data":
        return told | {"status": file.status, "online_status": "OFFLINE" if file.size is None else "ONLINE"}
    return told | {"status": "UNKNOWN" if file.size is None else "ONLINE", "inst_id": file.instance}
