"""What a login may not see, and the statement that mends it."""
from attrs import field, frozen

from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Failure


@frozen
class Diagnosis:
    """What `check` learned from inside one instance.

    `missing`: one `permission` failure per missing privilege; its message says what that hides, its remedy is
    the statement that mends it. Empty when nothing is missing.
    """

    server_version: str | None
    completeness: Completeness
    missing: tuple[Failure, ...] = field(default=(), converter=tuple[Failure, ...])


@frozen
class InstanceCheck:
    """`error` when the instance could not be entered, else `diagnosis`."""

    name: str
    engine: str
    error: Failure | None = None
    diagnosis: Diagnosis | None = None

    @property
    def healthy(self) -> bool:
        return self.diagnosis is not None and not self.diagnosis.missing
