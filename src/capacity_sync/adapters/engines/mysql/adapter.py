"""MySQL and MariaDB: the lengths of InnoDB's files, and the server's statistics for what lies elsewhere."""

from collections.abc import Sequence
from typing import cast, final

from attrs import frozen

from capacity_sync.adapters.engines.base import BaseCapacitySyncAdapter, sql
from capacity_sync.adapters.engines.mysql import errors
from capacity_sync.adapters.engines.mysql.capacity import read
from capacity_sync.adapters.engines.mysql.facts import binary_log_bytes, redo_bytes, shared_file_bytes
from capacity_sync.adapters.engines.mysql.privileges import Privileges, account, missing
from capacity_sync.adapters.engines.mysql.session import Identity, MySQLConnection, open_session
from capacity_sync.adapters.engines.mysql.sizes import Evidence, is_phantom, measure, overhead, some
from capacity_sync.domain.capacity import CapacityRow, InstanceFacts, MbRounding, Measurements, Unmeasured
from capacity_sync.domain.diagnosis import Diagnosis
from capacity_sync.domain.instance import EngineTraits, Instance, TlsMode
from capacity_sync.domain.inventory import Completeness, InventoryRow, Listing
from capacity_sync.domain.outcomes import Category, EngineError, Failure
from capacity_sync.ports import Connection

TRAITS = EngineTraits(
    name="mysql",
    title="MySQL and MariaDB",
    mb_rounding=MbRounding.CEIL,
    driver="pymysql",
    distribution="PyMySQL",
    extra="mysql",
    default_port=3306,
    url_schemes=frozenset({"mysql", "mariadb"}),
    tls_modes=frozenset(TlsMode),
    legacy_system=True,
)


@final
@frozen
class MySQLAdapter(BaseCapacitySyncAdapter):
    @property
    def traits(self) -> EngineTraits:
        return TRAITS

    def connect(self, instance: Instance, password: str | None) -> Connection:
        with self.translated():
            return open_session(instance, password)

    def fetch_inventory(self, connection: Connection) -> Listing:
        session = _session(connection)
        with self.translated():
            names = [name for (name,) in session.rows("inventory")]
        identity = session.identity
        phantoms = sorted(name.decode(errors="backslashreplace") for name in names if is_phantom(name))
        databases = [name.decode() for name in names if not is_phantom(name)]
        return Listing(
            self.normalize_inventory(InventoryRow(n, is_system=identity.server.is_system(n)) for n in databases),
            _completeness(identity),
            witness=_witness(identity),
            server_version=identity.server.text,
            warnings=(_phantoms(phantoms),) if phantoms else (),
        )

    def fetch_capacity(self, connection: Connection, inventory: Sequence[str]) -> Measurements:
        if not inventory:
            return Measurements()
        session = _session(connection)
        with self.translated():
            evidence = read(session, inventory)
            elsewhere = shared_file_bytes(session) if evidence.placed else None
            redo = redo_bytes(session, evidence.redo_bytes)
            binary = binary_log_bytes(session)
        measured = [measure(name, evidence, session.identity) for name in inventory]
        rows = self.normalize_capacity(row for row in measured if isinstance(row, CapacityRow))
        log = redo + binary if redo is not None and isinstance(binary, int) else None
        return Measurements(
            rows,
            (one for one in measured if isinstance(one, Unmeasured)),
            InstanceFacts(overhead(evidence, session.identity, inventory, elsewhere), log),
            (warning for warning in (evidence.refusal, binary) if isinstance(warning, Failure)),
            degraded=(row.database_name for row in rows) if _lacks_privilege(evidence) else (),
        )

    def diagnose(self, connection: Connection) -> Diagnosis:
        identity = _session(connection).identity
        return Diagnosis(identity.server.text, _completeness(identity), _missing(identity))

    def grants(self, user: str) -> list[str]:
        """Files, names, tables; and the size of the binary logs, which can be left out. No row of data can be read."""
        return sql(__package__, "grants").format(account=account(user)).splitlines()

    def translate(self, error: Exception) -> EngineError | None:
        return errors.translate(error)


def _session(connection: Connection) -> MySQLConnection:
    return cast("MySQLConnection", connection)


def _completeness(identity: Identity) -> Completeness:
    if identity.privileges is None:
        return Completeness.UNKNOWN
    return Completeness.COMPLETE if identity.privileges.shows_every_name else Completeness.VISIBLE_ONLY


def _witness(identity: Identity) -> Failure | None:
    if _completeness(identity) is Completeness.COMPLETE:
        return None
    return missing("SHOW DATABASES", identity.account, "databases on which the login has no privilege are hidden")


def _missing(identity: Identity) -> list[Failure]:
    held = identity.privileges or Privileges()
    found = [_witness(identity)]
    if not held.shows_files:
        hides = "the lengths of InnoDB's files are hidden: sizes are estimates from the server's statistics"
        found.append(missing("PROCESS", identity.account, hides))
    if not held.shows_every_table:
        hides = "tables on which the login has no privilege are hidden: their databases cannot be measured"
        found.append(missing("SHOW VIEW", identity.account, hides))
    return [failure for failure in found if failure]


def _phantoms(names: Sequence[str]) -> Failure:
    message = f"no databases, but folders in the data directory that the server shows as such: {some(names)}"
    return Failure(Category.UNSUPPORTED, message, remedy="move them elsewhere, or list them in ignore_db_dirs")


def _lacks_privilege(evidence: Evidence) -> bool:
    return evidence.refusal is not None and evidence.refusal.category is Category.PERMISSION
