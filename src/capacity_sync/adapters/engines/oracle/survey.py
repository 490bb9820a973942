"""What the login can see: containers and their tablespaces, what hides some, and which privilege is missing.

Each statement that is refused is replaced by the next one that tells nearly the same; nothing else is decided by it.
"""
from collections.abc import Collection, Mapping, Sequence

from attrs import field, frozen

from capacity_sync.adapters.engines.oracle.privileges import READS, container_data, grant
from capacity_sync.adapters.engines.oracle.rows import SEED, Container, Row, Tablespace, containers, tablespace
from capacity_sync.adapters.engines.oracle.session import Session
from capacity_sync.domain.outcomes import Category, EngineError, Failure


@frozen
class Reading:
    """The rows of the first statement that was not refused, and why those before it were."""

    rows: tuple[Row, ...] = field(default=(), converter=tuple[Row, ...])
    statement: str | None = None
    failures: tuple[Failure, ...] = ()

    @property
    def source(self) -> str:
        """The view that told."""
        return READS[self.statement][-1].replace("v_$", "v$") if self.statement else ""


@frozen
class Known:
    """The containers by CON_ID; `unseen`: why some may be missing."""

    containers: Mapping[int, Container]
    unseen: Failure | None = None


@frozen
class Survey:
    """`hidden`: why the listing may lack something; `degraded`: what was replaced without loss of names."""

    known: Known
    tablespaces: tuple[Tablespace, ...]
    hidden: tuple[Failure, ...]
    degraded: tuple[Failure, ...]


def read(session: Session, statements: Sequence[str], tolerated: Collection[Category]) -> Reading:
    """Raises: EngineError of a category that is not tolerated."""
    failures: list[Failure] = []
    for statement in statements:
        try:
            return Reading(session.rows(statement), statement, tuple(failures))
        except EngineError as error:
            if error.category not in tolerated:
                raise
            failures.append(error.failure)
    return Reading(failures=tuple(failures))


REFUSED = frozenset({Category.PERMISSION})


def known_containers(session: Session) -> Known:
    """Outside of a root: the one where the session is."""
    own = Container(session.container)
    if not session.is_root:
        return Known({own.number: own})
    reading = read(session, ["containers"], REFUSED)
    found = {own.number: own} | dict(containers(reading.rows, own.number))
    if reading.failures:
        return Known(found, reading.failures[0])
    return Known(found, None if SEED in found else not_shown(session))


def not_shown(session: Session) -> Failure:
    """Some things are always there: who does not see the seed sees no pluggable database, and everybody has SYSTEM.

    https://docs.oracle.com/database/122/DBSEG/managing-security-for-oracle-database-users.htm (CONTAINER_DATA)
    """
    if not session.is_root:
        text = "no tablespace is shown to this user, not even SYSTEM"
        return Failure(Category.PERMISSION, text, remedy=grant(READS["tablespaces_dba"], session.user))
    return Failure(Category.PERMISSION, "pluggable databases are not shown to this user: its CONTAINER_DATA is not ALL",
                   remedy=container_data(session.user))


def dictionary(session: Session, kind: str) -> list[str]:
    """The statements of *kind* over the data dictionary, best first."""
    return [f"{kind}_cdb", f"{kind}_dba"] if session.is_root else [f"{kind}_dba"]


def survey(session: Session) -> Survey:
    """Raises: EngineError: nothing can be listed at all."""
    known = known_containers(session)
    reading = read(session, dictionary(session, "tablespaces"), REFUSED)
    hidden, degraded = [known.unseen] if known.unseen else [], list(reading.failures)
    found = _of(known, reading.rows)
    if dark := known.containers.keys() - {SEED} - {t.container for t in found}:
        control = read(session, ["tablespaces_control"], REFUSED)
        found += [t for t in _of(known, control.rows) if t.container in dark]
        if still := dark - {t.container for t in found}:
            hidden += [*degraded, *(control.failures if session.is_root else ())] or [not_shown(session)]
            degraded.clear()
            if session.container in still:
                found += map(tablespace, session.rows("tablespaces_user"))
    return Survey(known, tuple(found), tuple(hidden), tuple(degraded))


def _of(known: Known, rows: Sequence[Row]) -> list[Tablespace]:
    """Those in a known container; not the seed's."""
    return [t for t in map(tablespace, rows) if t.container in known.containers and t.container != SEED]
