"""What an aggregation finds to do, and what it did."""
import hashlib
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import Enum

from attrs import frozen

from capacity_sync.domain.periods import Period

LONGEST_RUN = timedelta(days=2)
"""A run stamps its rows with its beginning and commits them until its end: so much older a new row may look."""


class Level(Enum):
    DATABASES = "databases"
    INSTANCES = "instances"


@frozen(order=True)
class Touch:
    """So many rows of one instance and day, sizes and totals, were written with the stamp `at`."""

    instance_id: int
    day: date
    at: datetime
    rows: int


@frozen
class Mark:
    """Up to where everything is aggregated: a stamp, and prints of what was found with stamps before and after it.

    Only a stamp from the future, by a clock that is ahead, is after it.
    """

    at: datetime
    fingerprint: str
    ahead: str

    @property
    def since(self) -> datetime:
        """What has a later stamp than this may be new."""
        return self.at - LONGEST_RUN

    def news(self, touches: Iterable[Touch]) -> list[Touch]:
        """Of all touches since `since` those that may not be aggregated.

        Stamps up to the mark are all news or none: of rows with one stamp nothing tells which came late.
        """
        settled, later = _around(self.at, touches)
        late = [] if fingerprint(settled) == self.fingerprint else settled
        return sorted([*late, *([] if fingerprint(later) == self.ahead else later)])


@frozen
class Computed:
    """One level of one period: so many aggregates were written, and so many were right already.

    `skipped` instances were asked for and have nothing in the period.
    """

    period: Period
    level: Level
    computed: int
    unchanged: int
    skipped: int


def mark_of(touches: Iterable[Touch], now: datetime, before: Mark | None) -> Mark:
    """After everything in *touches* is aggregated. A stamp from the future moves it to *now* at most."""
    found = sorted(touches)
    stamps = [touch.at for touch in found if touch.at <= now]
    at = max([*stamps, before.at] if before else stamps, default=now)
    settled, later = _around(at, found)
    return Mark(at, fingerprint(settled), fingerprint(later))


def _around(at: datetime, touches: Iterable[Touch]) -> tuple[list[Touch], list[Touch]]:
    """Those that the longest run may have stamped up to *at*, and those after it."""
    recent = [touch for touch in touches if touch.at > at - LONGEST_RUN]
    return [touch for touch in recent if touch.at <= at], [touch for touch in recent if touch.at > at]


def fingerprint(touches: Iterable[Touch]) -> str:
    """The same for the same touches in any order."""
    text = "\n".join(f"{t.instance_id} {t.day} {t.at.isoformat()} {t.rows}" for t in sorted(touches))
    return hashlib.sha256(text.encode()).hexdigest()
