"""From a row of the `.sql` files to values. Pure."""
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from attrs import frozen

from capacity_sync.domain.capacity import Basis, CapacityRow
from capacity_sync.domain.inventory import InventoryRow
from capacity_sync.domain.outcomes import Failure

SYSTEM = frozenset({
    "template0", "template1",
    "rdsadmin",  # Amazon RDS and Aurora
    "cloudsqladmin", "alloydbadmin", "alloydbmetadata",  # Google Cloud SQL and AlloyDB
    "azure_maintenance", "azure_sys",  # Azure
})
"""`postgres` is not among them: people do put data there."""


@frozen
class Login:
    """Who asks, and what this role may read."""

    name: str
    inherits: bool
    reads_stats: bool
    reads_wal: bool


@frozen
class Database:
    """One row of `capacity.sql`. `failure`: why its own measurement went wrong, when measured alone."""

    oid: int
    name: str
    is_allowed: bool | None
    size_bytes: int | None
    login: Login
    failure: Failure | None = None


@lru_cache(maxsize=4096)
def decoded(name: str) -> str:
    """A name that came as hexadecimal bytes. Bytes that are no UTF-8 become `\\xe9`."""
    return bytes.fromhex(name).decode("utf-8", "backslashreplace")


def spellings(names: Iterable[str]) -> list[str]:
    """The hexadecimal bytes that may stand behind *names*; where there is a `\\x`, `decoded` has two origins."""
    plain = {name.encode("utf-8", "surrogatepass") for name in names}
    return sorted(raw.hex() for raw in plain | {_unescaped(name) for name in plain if rb"\x" in name})


def _unescaped(name: bytes) -> bytes:
    return re.sub(rb"\\x([89a-f][0-9a-f])", lambda found: bytes.fromhex(found[1].decode()), name)


def inventory_row(row: tuple[Any, ...]) -> InventoryRow:
    oid, name, is_template, allows_connections, is_invalid, _ = row
    states = {"invalid": is_invalid, "no connections": not allows_connections, "template": is_template}
    return InventoryRow(
        decoded(name),
        identity=str(oid),
        is_system=decoded(name) in SYSTEM,
        state=next((state for state, holds in states.items() if holds), None),
    )


def database(row: tuple[Any, ...]) -> Database:
    oid, name, is_allowed, size_bytes, *login = row
    return Database(oid, decoded(name), is_allowed, size_bytes, _login(*login))


@lru_cache(maxsize=64)
def _login(name: str, inherits: bool, reads_stats: bool, reads_wal: bool) -> Login:
    """One for all rows."""
    return Login(decoded(name), inherits, reads_stats, reads_wal)


def capacity_row(measured: Database, size_bytes: int) -> CapacityRow:
    return CapacityRow(measured.name, size_bytes, "pg_database_size", Basis.FILE, identity=str(measured.oid))
