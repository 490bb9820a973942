"""How large the tablespaces are, and why some have no size. A sum that is known to be incomplete is none. Pure."""
from collections.abc import Collection

from attrs import evolve

from capacity_sync.adapters.engines.oracle.rows import SEED, Space
from capacity_sync.adapters.engines.oracle.spaces import Spaces
from capacity_sync.domain.capacity import Basis, CapacityRow, InstanceFacts, Measurements, Unmeasured
from capacity_sync.domain.outcomes import Category, Failure

GONE = Failure(Category.UNKNOWN_DATABASE, "the tablespace is gone")
NO_FILE = Failure(Category.UNAVAILABLE, "the tablespace has no file", retryable=False,
                  remedy="add a file to it: temporary ones are lost in a restore and on a new standby")
UNREADABLE_REMEDY = "bring the tablespace's files online, or recover them; V$DATAFILE and V$RECOVER_FILE tell which"


def measurements(spaces: Spaces, wanted: Collection[str], own: int, log_bytes: int | None) -> Measurements:
    """The sizes of the *wanted*; system tablespaces that are not among them, and the seed, are the overhead."""
    verdicts = [verdict for name in sorted(wanted) for verdict in _verdicts(name, spaces, own)]
    others = [_verdict(_name(s, spaces), s, spaces) for s in spaces.found
              if s.container == SEED or (s.is_system and _name(s, spaces) not in wanted)]
    lost = [other for other in others if isinstance(other, Unmeasured)]
    incomplete = lost or spaces.missing or spaces.known.unseen
    overhead = None if incomplete else sum(o.size_bytes for o in others if isinstance(o, CapacityRow))
    return Measurements(
        (v for v in verdicts if isinstance(v, CapacityRow)), (v for v in verdicts if isinstance(v, Unmeasured)),
        InstanceFacts(overhead, log_bytes),
        (*spaces.failures, *map(_of_overhead, lost)),
    )


def _verdicts(name: str, spaces: Spaces, own: int) -> list[CapacityRow | Unmeasured]:
    """One, unless two tablespaces of different containers bear the same name: nothing may choose between them."""
    found = [s for s in spaces.found if s.container != SEED and _name(s, spaces) == name]
    return [_verdict(name, s, spaces) for s in found] or [Unmeasured(name, _absence(name, spaces, own))]


def _verdict(name: str, found: Space, spaces: Spaces) -> CapacityRow | Unmeasured:
    if found.files == 0:
        return Unmeasured(name, NO_FILE)
    if found.unknown_files or found.size is None:
        text = f"{found.unknown_files} of {found.files} files have no size: offline, or not readable"
        return Unmeasured(name, Failure(Category.UNAVAILABLE, text, remedy=UNREADABLE_REMEDY, retryable=False))
    identity = spaces.known.containers[found.container].identity_of(found.tablespace)
    return CapacityRow(name, found.size, found.source, Basis.FILE, max_bytes=found.limit, identity=identity)


def _absence(name: str, spaces: Spaces, own: int) -> Failure:
    """Why nothing was found under *name*."""
    known = spaces.known
    prefixed = [c.number for c in known.containers.values() if c.prefix and name.startswith(c.prefix)]
    if not prefixed and "/" in name and known.unseen:
        return known.unseen
    return spaces.missing.get(next(iter(prefixed), own), GONE)


def _name(found: Space, spaces: Spaces) -> str:
    return spaces.known.containers[found.container].name_of(found.tablespace)


def _of_overhead(lost: Unmeasured) -> Failure:
    return evolve(lost.failure, message=f"the overhead is not known, it contains {lost.database_name}: "
                                        f"{lost.failure.message}")
