"""Oracle Database 12.1 and newer: a database is a tablespace; its size is that of its files, as the dictionary tells.

Never DBA_FREE_SPACE or DBA_SEGMENTS: they take minutes, and an allocated byte is a byte that the disk lacks.

A pluggable database that was created anew or renamed is recognised by its GUID, seen from the root. A tablespace that
was dropped and created anew between two runs is not: no value that can be read with little privilege tells.
"""
from collections.abc import Iterator, Sequence
from typing import cast, final

from attrs import evolve, frozen

from capacity_sync.adapters.engines.base import BaseCapacitySyncAdapter
from capacity_sync.adapters.engines.oracle import errors, privileges, tls
from capacity_sync.adapters.engines.oracle.session import DEFAULT_PORT, ROOT, Session, open_session
from capacity_sync.adapters.engines.oracle.sizes import measurements
from capacity_sync.adapters.engines.oracle.spaces import read_spaces
from capacity_sync.adapters.engines.oracle.survey import Survey, survey
from capacity_sync.domain.capacity import MbRounding, Measurements
from capacity_sync.domain.diagnosis import Diagnosis
from capacity_sync.domain.instance import EngineTraits, Instance
from capacity_sync.domain.inventory import Completeness, InventoryRow, Listing
from capacity_sync.domain.outcomes import Category, EngineError
from capacity_sync.ports import Connection

TRAITS = EngineTraits(
    name="oracle",
    title="Oracle Database",
    mb_rounding=MbRounding.TRUNCATE,
    driver="oracledb",
    distribution="oracledb",
    extra="oracle",
    default_port=DEFAULT_PORT,
    url_schemes=frozenset({"oracle"}),  # https://docs.sqlalchemy.org/en/20/dialects/oracle.html
    tls_modes=tls.MODES,
    include_system=True,  # undo and temporary tablespaces grow too
    isolated=True,  # thin mode has no login timeout: https://github.com/oracle/python-oracledb/issues/451
)
INSTANCE_WIDE = frozenset({0, ROOT})
"""Where the redo log is the instance's own: a pluggable database shares it with others."""


@final
@frozen
class OracleAdapter(BaseCapacitySyncAdapter):
    @property
    def traits(self) -> EngineTraits:
        return TRAITS

    def connect(self, instance: Instance, password: str | None) -> Connection:
        with self.translated():
            return open_session(instance, password)

    def fetch_inventory(self, connection: Connection) -> Listing:
        session = _session(connection)
        with self.translated():
            session.label("inventory")
            found = survey(session)
        grace = (session.grace,) if session.grace else ()
        return Listing(
            self.normalize_inventory(_rows(found)), _completeness(found), privileges.together(found.hidden),
            session.server_version, (*found.degraded, *grace),
        )

    def fetch_capacity(self, connection: Connection, inventory: Sequence[str]) -> Measurements:
        if not inventory:
            return Measurements()
        session = _session(connection)
        with self.translated():
            session.label("capacity")
            spaces = read_spaces(session)
        measured = measurements(spaces, frozenset(inventory), session.container, _redo_log(session))
        return evolve(measured, rows=self.normalize_capacity(measured.rows))

    def diagnose(self, connection: Connection) -> Diagnosis:
        session = _session(connection)
        with self.translated():
            session.label("check")
            found = survey(session)
            refused = [f for f in read_spaces(session).failures if f.category is Category.PERMISSION]
        missing = dict.fromkeys((*found.hidden, *found.degraded, *refused))
        return Diagnosis(session.server_version, _completeness(found), missing)

    def grants(self, user: str) -> list[str]:
        return privileges.grants(user)

    def translate(self, error: Exception) -> EngineError | None:
        return errors.translate(error)


def _session(connection: Connection) -> Session:
    return cast("Session", connection)


def _rows(found: Survey) -> Iterator[InventoryRow]:
    for t in found.tablespaces:
        home = found.known.containers[t.container]
        yield InventoryRow(home.name_of(t.name), home.identity_of(t.name), t.is_system, t.status or home.open_mode)


def _completeness(found: Survey) -> Completeness:
    return Completeness.VISIBLE_ONLY if found.hidden else Completeness.COMPLETE


def _redo_log(session: Session) -> int | None:
    """None too where the login may not read it: the bytes are a fact beside the sizes, no size of anything."""
    if session.container not in INSTANCE_WIDE:
        return None
    try:
        ((size_bytes,),) = session.rows("redo_log")
    except EngineError:
        return None
    return cast("int | None", size_bytes)
