"""The axis of sizes: in the IEC unit that fits, so that ticks are round numbers of it."""
from collections.abc import Iterable

from attrs import frozen

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


@frozen
class Scale:
    """`bounds` of the axis, in `unit`, which is 1024 to the power of `step` bytes."""

    step: int
    bounds: tuple[float, float]

    @property
    def unit(self) -> str:
        return UNITS[self.step]

    def of(self, size: float) -> float:
        return float(size / 1024**self.step)

    def tick(self, height: float) -> str:
        return f"{height:g} {self.unit}"

    def told(self, size: int) -> str:
        step = _step(size)
        return f"{round(size / 1024**step, 1):g} {UNITS[step]}"


def scale_of(sizes: Iterable[float]) -> Scale:
    """An axis that holds *sizes* with some room around them, and never goes below zero."""
    seen = list(sizes)
    low, high = min(seen, default=0), max(seen, default=0)
    step = _step(high)
    room = (high - low or high or 1) * 0.1
    unit: int = 1024**step
    return Scale(step, (max(0, low - room) / unit, (high + room) / unit))


def _step(size: float) -> int:
    step = 0
    while size >= 1024 and step < len(UNITS) - 1:
        size, step = size / 1024, step + 1
    return step
