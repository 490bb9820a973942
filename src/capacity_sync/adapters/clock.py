"""The clocks of the machine."""
import time
from datetime import UTC, datetime, tzinfo
from typing import final

from attrs import frozen

from capacity_sync.domain.stamp import Stamp
from capacity_sync.ports import Clock


@final
@frozen
class SystemClock(Clock):
    """`zone` decides which calendar day an instant counts for."""

    zone: tzinfo

    def stamp(self) -> Stamp:
        return Stamp.of(datetime.now(UTC), self.zone)

    def monotonic(self) -> float:
        return time.monotonic()
