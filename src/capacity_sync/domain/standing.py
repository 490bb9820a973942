"""How the fleet stands now, for a system that watches it."""
from attrs import field, frozen

from capacity_sync.domain.history import LastOutcome, SizeOfDay, TotalOfDay
from capacity_sync.domain.sync_report import RunRecord


@frozen
class Standing:
    """The newest of everything; what is not known is not in it. `last_run`: None before the first."""

    sizes: tuple[SizeOfDay, ...] = field(default=(), converter=tuple[SizeOfDay, ...])
    totals: tuple[TotalOfDay, ...] = field(default=(), converter=tuple[TotalOfDay, ...])
    outcomes: tuple[LastOutcome, ...] = field(default=(), converter=tuple[LastOutcome, ...])
    last_run: RunRecord | None = None
