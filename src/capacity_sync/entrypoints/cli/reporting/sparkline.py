"""The last days in one line of characters: height is size, a dot is a day without a measurement."""
import sys
from collections.abc import Iterable
from datetime import date, timedelta

from capacity_sync.domain.series import Point, current

DAYS = 28
BLOCKS, GAP = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588", "\u00b7"
DIGITS, DOT = "12345678", "."
"""For terminals that have no block characters."""


def sparkline(points: Iterable[Point], day: date) -> str:
    """DAYS characters up to *day*; the least size of them lowest, the largest highest, equal ones in the middle.

    Only what can be compared is drawn: the newest incarnation by the newest way of measuring.
    """
    levels, gap = (BLOCKS, GAP) if _has_blocks() else (DIGITS, DOT)
    sizes = {point.day: point.bytes for point in current(points) if point.day > day - timedelta(DAYS)}
    least, most = min(sizes.values(), default=0), max(sizes.values(), default=0)
    cells = []
    for back in range(DAYS - 1, -1, -1):
        size = sizes.get(day - timedelta(back))
        cells.append(gap if size is None else levels[_level(size - least, most - least)])
    return "".join(cells)


def _level(height: int, whole: int) -> int:
    return len(BLOCKS) // 2 - 1 if whole == 0 else min(height * len(BLOCKS) // whole, len(BLOCKS) - 1)


def _has_blocks() -> bool:
    try:
        (BLOCKS + GAP).encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
