"""What a worker on another machine is told: one instance of one run, by name."""
from attrs import frozen

from capacity_sync.domain.guard import Accepted
from capacity_sync.domain.stamp import Stamp

LONGEST_DISPATCHED = 6 * 3600.0
"""Seconds after which nobody waits for workers any more, unless the budget is shorter."""


@frozen
class Errand:
    """No address and no secret: the worker has a fleet file of its own. `budget`: seconds of the whole run, from its
    stamp on; `place`: the machine that sent it; `stale_after`: seconds, as `--stale-after`."""

    run_id: str
    instance: str
    engine: str
    stamp: Stamp
    budget: float = LONGEST_DISPATCHED
    accepted: Accepted = Accepted()
    place: str = ""
    stale_after: float | None = None
