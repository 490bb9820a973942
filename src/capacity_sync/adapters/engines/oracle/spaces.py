"""The files of every tablespace, from the data dictionary, and where that tells nothing from the control file."""
from collections.abc import Mapping

from attrs import frozen

from capacity_sync.adapters.engines.oracle.rows import Space, space
from capacity_sync.adapters.engines.oracle.session import Session
from capacity_sync.adapters.engines.oracle.survey import Known, Reading, dictionary, known_containers, read
from capacity_sync.domain.outcomes import Category, Failure

EVERYTHING = frozenset(Category)
CLOSED = Failure(Category.UNAVAILABLE, "the files of this pluggable database are not shown",
                 remedy="see whether it is open, and whether its files can be read")


@frozen
class Spaces:
    """`missing`: by CON_ID, why files could not be read; `failures`: every refusal, also of what was replaced."""

    known: Known
    found: tuple[Space, ...]
    missing: Mapping[int, Failure]
    failures: tuple[Failure, ...]


def read_spaces(session: Session) -> Spaces:
    """Data and temporary files apart: a temporary file that is lost (ORA-01157) costs no other's size."""
    known = known_containers(session)
    data, temp = (_read_kind(session, known, kind) for kind in ("data_files", "temp_files"))
    return Spaces(known, (*data.found, *temp.found), temp.missing | data.missing,
                  tuple(dict.fromkeys((*data.failures, *temp.failures))))


@frozen
class _Kind:
    """The same of data files or of temporary files alone."""

    found: tuple[Space, ...]
    missing: dict[int, Failure]
    failures: tuple[Failure, ...]


def _read_kind(session: Session, known: Known, kind: str) -> _Kind:
    reading = read(session, dictionary(session, kind), EVERYTHING)
    found = [s for s in _spaces(reading) if s.container in known.containers]
    told = {session.container, *(s.container for s in found)} if reading.statement else set()
    dark = known.containers.keys() - told
    control = read(session, [f"{kind}_control"], EVERYTHING) if dark else Reading()
    rescued = [s for s in _spaces(control) if s.container in dark]
    failures = (*reading.failures, *control.failures)
    reason = next(iter(failures), CLOSED if kind == "data_files" else None)
    missing = dict.fromkeys(dark - {s.container for s in rescued}, reason) if reason else {}
    return _Kind((*found, *rescued), missing, failures)


def _spaces(reading: Reading) -> list[Space]:
    return [space(row, reading.source) for row in reading.rows]
