"""What a `sync` was asked for."""
from attrs import frozen


@frozen
class Order:
    """What one `sync` was asked for."""

    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    dry_run: bool = False
    accepted: tuple[str, ...] = ()
    workers: int | None = None
    budget: float | None = None
    stale_after: float | None = None
    dispatch: str | None = None

    @property
    def whole_fleet(self) -> bool:
        return not (self.names or self.tags)
