"""What a user does with the store itself: look at it, and upgrade it."""
from attrs import evolve, field, frozen

from capacity_sync.adapters.stores.sql.opening import open_store
from capacity_sync.adapters.stores.sql.schema import UPGRADABLE, Condition, StoreState, check, upgrade


@frozen
class StoreMaintenance:
    """Raises: StoreRefused: the store cannot be read, or not be upgraded."""

    url: str = field(repr=False)

    def look(self) -> StoreState:
        """With what `upgrade` would add. Changes nothing; a missing SQLite file stays missing."""
        store = open_store(self.url, reading=True)
        state = check(store)
        if state.condition in UPGRADABLE:
            from capacity_sync.adapters.stores.sql.planning import additions

            return evolve(state, additions=additions(None if state.condition is Condition.MISSING else store))
        return state

    def upgrade(self) -> StoreState:
        """Create, adopt or migrate; the state after it."""
        store = open_store(self.url)
        upgrade(store)
        return check(store)
