"""PostgreSQL 10 and newer: every database from pg_database, its size from pg_database_size, by oid."""
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast, final

from attrs import evolve, frozen

from capacity_sync.adapters.engines.base import BaseCapacitySyncAdapter
from capacity_sync.adapters.engines.postgresql import verdicts
from capacity_sync.adapters.engines.postgresql.errors import of_driver
from capacity_sync.adapters.engines.postgresql.opening import DEFAULT_PORT, open_session
from capacity_sync.adapters.engines.postgresql.rows import SYSTEM, Database, database, inventory_row, spellings
from capacity_sync.adapters.engines.postgresql.session import Session
from capacity_sync.domain.capacity import MbRounding, Measurements
from capacity_sync.domain.diagnosis import Diagnosis
from capacity_sync.domain.instance import EngineTraits, Instance, TlsMode
from capacity_sync.domain.inventory import Completeness, Listing
from capacity_sync.domain.outcomes import EngineError, Failure
from capacity_sync.ports import Connection

TRAITS = EngineTraits(
    name="postgresql",
    title="PostgreSQL",
    mb_rounding=MbRounding.TRUNCATE,
    driver="psycopg2",
    distribution="psycopg2-binary",
    extra="postgresql",
    default_port=DEFAULT_PORT,
    url_schemes=frozenset({"postgresql", "postgres"}),  # libpq-connect.html#LIBPQ-CONNSTRING-URIS
    tls_modes=frozenset(TlsMode),  # https://www.postgresql.org/docs/current/libpq-ssl.html
)


@final
@frozen
class PostgreSQLAdapter(BaseCapacitySyncAdapter):
    @property
    def traits(self) -> EngineTraits:
        return TRAITS

    def connect(self, instance: Instance, password: str | None) -> Connection:
        with self.translated():
            return open_session(instance, password)

    def fetch_inventory(self, connection: Connection) -> Listing:
        session = _session(connection)
        rows = self._fetch(session, "inventory")
        session.pooled = session.pooled or not all(has_our_settings for *_, has_our_settings in rows)
        return Listing(self.normalize_inventory(map(inventory_row, rows)), server_version=session.server_version)

    def fetch_capacity(self, connection: Connection, inventory: Sequence[str]) -> Measurements:
        if not inventory:
            return Measurements()
        session, wanted = _session(connection), frozenset(inventory)
        found = self._settled(session, self._measured(session, spellings(wanted | SYSTEM)))
        log_bytes, log_failure = self._log_bytes(session, found)
        measured = verdicts.measurements(found, wanted, log_bytes, log_failure)
        return evolve(measured, rows=self.normalize_capacity(measured.rows))

    def diagnose(self, connection: Connection) -> Diagnosis:
        session = _session(connection)
        found = [database(row) for row in self._fetch(session, "capacity", names=None, measure=False)]
        missing = verdicts.hidden(found, session.major)
        return Diagnosis(session.server_version, Completeness.COMPLETE, (missing,) if missing else ())

    def grants(self, user: str) -> list[str]:
        return verdicts.grants(user)

    def translate(self, error: Exception) -> EngineError | None:
        return of_driver(error)

    def _fetch(self, session: Session, name: str, **parameters: object) -> list[tuple[Any, ...]]:
        with self.translated():
            return session.fetch(name, **parameters)

    def _measured(self, session: Session, names: Sequence[str]) -> list[Database]:
        """All in one statement; when that fails and the session lives on, each alone."""
        try:
            return [database(row) for row in self._fetch(session, "capacity", names=names, measure=True)]
        except EngineError:
            if not session.alive:
                raise
        rows = self._fetch(session, "capacity", names=names, measure=False)
        return list(self._one_by_one(session, map(database, rows)))

    def _one_by_one(self, session: Session, found: Iterable[Database]) -> Iterator[Database]:
        """Each measured alone, as long as there is time and a connection."""
        last = verdicts.OUT_OF_TIME
        for each in found:
            if session.alive and session.remaining > 0:
                each = self._alone(session, each)
                last = each.failure or last
            elif each.is_allowed:
                each = evolve(each, failure=last if session.remaining > 0 else verdicts.OUT_OF_TIME)
            yield each

    def _alone(self, session: Session, found: Database) -> Database:
        """*found* measured with at most half of the time that is left, so that no giant starves the rest."""
        if not found.is_allowed:
            return found
        try:
            with self.translated():
                session.shorten(min(session.limit, session.remaining / 2))
            ((size_bytes,),) = self._fetch(session, "database", oid=found.oid)
        except EngineError as error:
            return evolve(found, failure=verdicts.of_one(error.failure))
        return evolve(found, size_bytes=size_bytes)

    def _settled(self, session: Session, found: Iterable[Database]) -> list[Database]:
        """*found* with a reason wherever no size came."""
        databases = list(found)
        silent = [d.name for d in databases if d.is_allowed is not False and d.size_bytes is None and not d.failure]
        there = {row[0] for row in self._again(session, silent)}
        return [verdicts.judged(d, there, session.major) for d in databases]

    def _again(self, session: Session, names: Sequence[str]) -> list[tuple[Any, ...]]:
        if not (names and session.alive):
            return []
        return self._fetch(session, "capacity", names=spellings(names), measure=False)

    def _log_bytes(self, session: Session, found: Sequence[Database]) -> tuple[int | None, Failure | None]:
        """The length of the WAL, or why it is not known."""
        if not session.alive:
            return None, verdicts.OUT_OF_TIME
        if not any(d.login.reads_wal for d in found):
            return None, verdicts.wal_hidden(found, session.major)
        try:
            ((size_bytes,),) = self._fetch(session, "wal")
        except EngineError as error:
            return None, error.failure
        return size_bytes, None


def _session(connection: Connection) -> Session:
    return cast("Session", connection)
