"""The sizes of one database or instance over days, and which of them tell of the same thing."""
from collections.abc import Iterable
from datetime import date

from attrs import field, frozen, validators

from capacity_sync.domain.capacity import Basis
from capacity_sync.domain.inventory import same_incarnation


@frozen
class Point:
    """The size on one day, in bytes, and of what and how it was measured: None is not known and contradicts nothing."""

    day: date
    bytes: int = field(validator=validators.ge(0))
    identity: str | None = None
    method: str | None = None
    basis: Basis | None = None

    def same_measure(self, other: "Point") -> bool:
        """Whether the difference of the two is growth: one incarnation, one way of measuring."""
        return same_incarnation(self.identity, other.identity) and all(
            one is None or two is None or one == two
            for one, two in ((self.method, other.method), (self.basis, other.basis)))

    @property
    def _marks(self) -> tuple[str, str, str]:
        return self.identity or "", self.method or "", self.basis.value if self.basis else ""


def _in_time(points: Iterable[Point]) -> list[Point]:
    """Sorted so that the same points give the same order however they came."""
    return sorted(set(points), key=lambda p: (p.day, p._marks, p.bytes))


def current(points: Iterable[Point]) -> tuple[Point, ...]:
    """The points of the newest incarnation, by the newest method and basis; one per day, the larger of two; sorted.

    What was measured under another name joins by its identity. A point that does not say what it is of counts with
    those after it, unless one between them is known to be of something else.
    """
    known, lost, kept = ["", "", ""], set[int](), dict[date, Point]()
    for point in reversed(_in_time(points)):
        known = [now or mark for now, mark in zip(known, point._marks, strict=True)]
        marks = list(enumerate(zip(known, point._marks, strict=True)))
        lost |= {n for n, (now, mark) in marks if mark and mark != now}
        if all(mark == now if mark else n not in lost for n, (now, mark) in marks):
            kept.setdefault(point.day, point)
    return tuple(kept[day] for day in sorted(kept))


def eras(points: Iterable[Point]) -> tuple[tuple[Point, ...], ...]:
    """All points, sorted, cut wherever a difference would be no growth."""
    found: list[list[Point]] = []
    for point in _in_time(points):
        if found and found[-1][-1].same_measure(point):
            found[-1].append(point)
        else:
            found.append([point])
    return tuple(map(tuple, found))
