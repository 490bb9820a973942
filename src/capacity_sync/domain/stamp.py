"""One reading of the wall clock, from which every date and time of a run derives."""
from datetime import UTC, date, datetime, tzinfo
from typing import Self

from attrs import field, frozen


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a stamp needs a time with its zone")
    return at.astimezone(UTC)


@frozen(order=True)
class Stamp:
    """The instant of a run (aware, UTC) and the calendar day it counts for in the configured zone."""

    at: datetime = field(converter=_utc)
    day: date

    @classmethod
    def of(cls, at: datetime, zone: tzinfo) -> Self:
        return cls(at, at.astimezone(zone).date())
