"""Who may do what: the host decides, and until it does nobody may write."""
from collections.abc import Callable

from attrs import frozen


@frozen
class Action:
    """`name`: `read`, `sync-capacity` or `aggregate`; `instance_id`: of the one to be synced."""

    name: str
    instance_id: int | None = None

    @property
    def writes(self) -> bool:
        return self.name != "read"


Policy = Callable[[Action], bool]


def reads_only(action: Action) -> bool:
    """The policy of an app that has none."""
    return not action.writes
