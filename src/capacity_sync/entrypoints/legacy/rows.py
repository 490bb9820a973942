"""The old dicts: keys, types and units as the old service had them, and the exact bytes beside them."""
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from capacity_sync.domain.capacity import Basis, CapacityRow, MbRounding, StoredSize
from capacity_sync.domain.inventory import InventoryRow, Listing, storable
from capacity_sync.domain.reconciliation import InventoryChange
from capacity_sync.domain.stamp import Stamp
from capacity_sync.domain.sync_report import InventoryOutcome, inventory_outcome
from capacity_sync.use_cases.capacity_persistence import stored

Row = dict[str, Any]
BYTES = {"size_bytes": "size_bytes", "data_size_bytes": "data_bytes", "log_size_bytes": "log_bytes",
         "max_size_bytes": "max_bytes"}
"""Key of a size dict -> field of a stored size."""


def metadata_row(row: InventoryRow) -> Row:
    return {"database_name": row.name, "is_system": row.is_system}


def listing_of(metadata: Iterable[Mapping[str, Any]], fetched: Listing, left_out: Collection[str]) -> Listing:
    """The listing that *metadata* stands for.

    What *fetched* knows of a name beyond the dict comes along, and so do its rows *left_out* of the metadata.
    """
    known = fetched.by_name()
    given = [_inventory_row(item, known) for item in metadata if item.get("database_name")]
    return Listing((*given, *(known[name] for name in left_out)), fetched.completeness, fetched.witness,
                   fetched.server_version, fetched.warnings, fetched.hidden)


def _inventory_row(item: Mapping[str, Any], known: Mapping[str, InventoryRow]) -> InventoryRow:
    name, system = item["database_name"], bool(item.get("is_system", False))
    row = known.get(name)
    return row if row is not None and row.is_system == system else InventoryRow(name, is_system=system)


def inventory_summary(change: InventoryChange | InventoryOutcome) -> Row:
    outcome = inventory_outcome(change) if isinstance(change, InventoryChange) else change
    active = sorted(outcome.active_databases)
    return {
        "created": outcome.created, "refreshed": outcome.refreshed, "reactivated": outcome.reactivated,
        "deactivated": outcome.deactivated, "active_databases": active,
        "filtered_databases": sorted(outcome.filtered_databases), "synchronized_databases": list(active),
    }


def size_row(row: CapacityRow, rounding: MbRounding, stamp: Stamp, system: Collection[str]) -> Row:
    size = stored(row, rounding, stamp)
    return {
        "database_name": size.database_name, "size_mb": size.size_mb, "data_size_mb": size.data_size_mb,
        "log_size_mb": size.log_size_mb, "collected_date": size.collected_date, "collected_at": size.collected_at,
        "is_system": size.database_name in system,
        **{key: getattr(size, name) for key, name in BYTES.items()},
        "identity": size.identity, "method": size.method, "basis": size.basis.value if size.basis else None,
    }


def stored_rows(data: Iterable[Mapping[str, Any]], stamp: Stamp) -> list[StoredSize]:
    """What is saved of *data*: bytes that a dict does not have are not known. A name no store can hold is left out."""
    return [_stored(item, stamp) for item in data if item.get("database_name") and storable(item["database_name"])]


def _stored(item: Mapping[str, Any], stamp: Stamp) -> StoredSize:
    basis = item.get("basis")
    return StoredSize(
        item["database_name"], item.get("collected_date") or stamp.day, item.get("collected_at") or stamp.at,
        size_mb=item["size_mb"], data_size_mb=item.get("data_size_mb"), log_size_mb=item.get("log_size_mb"),
        identity=item.get("identity"), **{name: item.get(key) for key, name in BYTES.items()},
        method=item.get("method"), basis=None if basis is None else Basis(basis),
    )
