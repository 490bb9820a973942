"""The clock of the demo's first day."""
from datetime import timedelta
from typing import final

from attrs import frozen

from capacity_sync.domain.stamp import Stamp
from capacity_sync.ports import Clock

DAY = timedelta(days=1)


@final
@frozen
class DayBefore(Clock):
    """`clock`, a day earlier."""

    clock: Clock

    def stamp(self) -> Stamp:
        now = self.clock.stamp()
        return Stamp(now.at - DAY, now.day - DAY)

    def monotonic(self) -> float:
        return self.clock.monotonic()
