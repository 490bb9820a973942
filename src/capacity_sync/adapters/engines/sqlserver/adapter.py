"""SQL Server 2014 to 2025, Managed Instance, RDS; Azure SQL Database; Babelfish, which has no sizes to tell.

Databases from sys.databases, sizes from sys.master_files; how each edition differs stands in `server.py`.
"""
from collections.abc import Sequence
from typing import cast, final

from attrs import evolve, frozen

from capacity_sync.adapters.engines.base import BaseCapacitySyncAdapter, sql
from capacity_sync.adapters.engines.sqlserver import azure, sizes
from capacity_sync.adapters.engines.sqlserver.databases import grant, quoted
from capacity_sync.adapters.engines.sqlserver.errors import of_driver
from capacity_sync.adapters.engines.sqlserver.listing import NO_SIZES, listing
from capacity_sync.adapters.engines.sqlserver.server import Kind
from capacity_sync.adapters.engines.sqlserver.session import DEFAULT_PORT, LOST, Session, open_session
from capacity_sync.adapters.engines.sqlserver.sizes import Database, Measurer
from capacity_sync.domain.capacity import MbRounding, Measurements, nothing_measured
from capacity_sync.domain.diagnosis import Diagnosis
from capacity_sync.domain.instance import EngineTraits, Instance, TlsMode
from capacity_sync.domain.inventory import Listing
from capacity_sync.domain.outcomes import Category, EngineError, Failure
from capacity_sync.ports import Connection

TRAITS = EngineTraits(
    name="sqlserver",
    title="SQL Server",
    mb_rounding=MbRounding.TRUNCATE,
    driver="pymssql",
    distribution="pymssql",
    extra="sqlserver",
    default_port=DEFAULT_PORT,
    url_schemes=frozenset({"mssql", "sqlserver"}),
    tls_modes=frozenset(TlsMode),
    isolated=True,  # its time limits and its last connection error belong to the process
)


@final
@frozen
class SQLServerAdapter(BaseCapacitySyncAdapter):
    @property
    def traits(self) -> EngineTraits:
        return TRAITS

    def connect(self, instance: Instance, password: str | None) -> Connection:
        with self.translated():
            return open_session(instance, password)

    def fetch_inventory(self, connection: Connection) -> Listing:
        session = _session(connection)
        warnings: list[Failure] = []
        if session.server.kind is not Kind.SERVER:
            rows = session.rows("inventory_plain")
        else:
            try:
                rows = session.rows("inventory")
            except EngineError as error:
                if error.category in LOST:
                    raise
                warnings.append(error.failure)
                rows = session.rows("inventory_plain")
        found = listing(rows, session.server, session.login)
        return evolve(found, rows=self.normalize_inventory(found.rows), warnings=warnings)

    def fetch_capacity(self, connection: Connection, inventory: Sequence[str]) -> Measurements:
        if not inventory:
            return Measurements()
        session, wanted = _session(connection), frozenset(inventory)
        match session.server.kind:
            case Kind.BABELFISH:
                return nothing_measured(wanted, NO_SIZES)
            case Kind.AZURE_SERVER:
                measured = azure.of_server(session.rows("azure_server"), wanted)
            case Kind.AZURE_DATABASE:
                measured = azure.of_database(session.rows("azure_database"), wanted)
            case Kind.SERVER:
                found = sizes.databases(session.rows("capacity"))
                seen = _looked_closer(session, sizes.relevant(found, wanted))
                measured = Measurer(session.login, wanted).measurements(seen)
        return evolve(measured, rows=self.normalize_capacity(measured.rows))

    def diagnose(self, connection: Connection) -> Diagnosis:
        found = self.fetch_inventory(connection)
        measured = self.fetch_capacity(connection, [row.name for row in found if row.unmeasurable is None])
        lost = [found.witness, *found.warnings, *measured.warnings, *(u.failure for u in measured.unmeasured)]
        missing = {f.remedy: f for f in lost if f is not None and f.category is Category.PERMISSION and f.remedy}
        return Diagnosis(found.server_version, found.completeness, missing.values())

    def grants(self, user: str) -> list[str]:
        return sql(__package__, "grants").format(login=quoted(user)).splitlines()

    def translate(self, error: Exception) -> EngineError | None:
        return of_driver(error)


def _looked_closer(session: Session, found: Sequence[Database]) -> list[Database]:
    """With a second look where the first is known to be wrong: at snapshots, and into FILESTREAM containers."""
    databases = list(found)
    if any(d.facts.is_snapshot for d in databases):
        databases = sizes.with_snapshots(databases, _snapshots(session))
    return [evolve(d, extra=_containers(session, d)) if d.has_hidden_containers else d for d in databases]


def _snapshots(session: Session) -> dict[int, int] | Failure:
    try:
        return dict(session.rows("snapshots"))
    except EngineError as error:
        if error.category is not Category.PERMISSION:
            return error.failure
        permission = sizes.STATE if session.server.major < 16 else "VIEW SERVER PERFORMANCE STATE"
        return evolve(error.failure, remedy=grant(permission, session.login))


def _containers(session: Session, found: Database) -> sizes.Found | None:
    closed = sizes.closed_door(found, session.login)
    if closed is not None:
        return closed
    if not session.has_time:
        return sizes.OUT_OF_TIME
    try:
        ((size,),) = session.rows("filestream", database=quoted(found.name))
    except EngineError as error:
        return sizes.no_entry(session.login) if error.category is Category.PERMISSION else error.failure
    return cast("int | None", size)


def _session(connection: Connection) -> Session:
    return cast("Session", connection)
