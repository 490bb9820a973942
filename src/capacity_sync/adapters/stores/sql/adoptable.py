"""What an adopted table must have: the key by which a row is found again. To add one is its owner's decision."""
from sqlalchemy import Engine, inspect
from sqlalchemy.engine import Inspector

from capacity_sync.adapters.stores.sql.capacity import SIZE_OF_A_DAY, TOTAL_OF_A_DAY
from capacity_sync.adapters.stores.sql.inventory import BY_NAME
from capacity_sync.adapters.stores.sql.refusals import refusing, store_name
from capacity_sync.domain.outcomes import StoreRefused

KEYS = (BY_NAME, SIZE_OF_A_DAY, TOTAL_OF_A_DAY)


def refuse_without_keys(engine: Engine) -> None:
    """Raises: StoreRefused: a table of the legacy service lacks its unique key, and could not be written to."""
    with refusing(engine.url, StoreRefused), engine.connect() as connection:
        there = inspect(connection)
        present = set(there.get_table_names())
        missing = [f"{key.table.name} ({', '.join(key.key)})" for key in KEYS
                   if key.table.name in present and set(key.key) not in _unique(there, key.table.name)]
    if missing:
        raise StoreRefused(f"store {store_name(engine.url)}: no unique index on {'; '.join(missing)}: its owner has to "
                           "create what is missing first (on instance_size_stats with WHERE is_deleted = false)")


def _unique(there: Inspector, table: str) -> list[set[str | None]]:
    """The columns of each unique key, an index or a constraint."""
    keys = [set(index["column_names"]) for index in there.get_indexes(table) if index["unique"]]
    return keys + [set[str | None](one["column_names"]) for one in there.get_unique_constraints(table)]
