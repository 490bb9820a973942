"""What a user does with the store itself: look at it, and upgrade it."""
from attrs import field, frozen

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import StoreState, check, upgrade


@frozen
class StoreMaintenance:
    """Raises: StoreRefused: the store cannot be read, or not be upgraded."""

    url: str = field(repr=False)

    def look(self) -> StoreState:
        """Changes nothing; a missing SQLite file stays missing."""
        return check(open_store(self.url, reading=True))

    def upgrade(self) -> StoreState:
        """Create, adopt or migrate; the state after it."""
        store = open_store(self.url)
        upgrade(store)
        return check(store)
