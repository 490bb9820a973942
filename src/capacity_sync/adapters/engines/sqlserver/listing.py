"""What the rows of the inventory mean: the databases, and whether one that is missing is gone. Pure."""
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from capacity_sync.adapters.engines.sqlserver.databases import (
    FIRST_INTERNAL_ID,
    GROUP,
    TEMPDB,
    Facts,
    grant,
    numbered,
)
from capacity_sync.adapters.engines.sqlserver.server import Kind, Server
from capacity_sync.domain.inventory import Completeness, InventoryRow, Listing
from capacity_sync.domain.outcomes import Category, Failure

DATABASES, DEFINITIONS = "VIEW ANY DATABASE", "VIEW ANY DEFINITION"
NO_SIZES = Failure(
    Category.UNSUPPORTED, "Babelfish keeps all its databases in one PostgreSQL database and does not tell their sizes",
    remedy="add its PostgreSQL port to the fleet as `engine: postgresql`",
)


@frozen
class Login:
    """Permissions: 1, 0, or None where they cannot be asked."""

    name: str
    views_databases: int | None
    views_definitions: int | None
    alters_databases: int | None


@frozen
class Row:
    """A row of `inventory.sql`: a listed database, or (`name` may be None) one that only its files betray."""

    name: str | None
    database_id: int
    facts: Facts | None
    has_files: bool


def listing(rows: Sequence[tuple[Any, ...]], server: Server, login: str) -> Listing:
    """The rows of `inventory.sql` or `inventory_plain.sql`."""
    found = [_row(row) for row in rows if row[1] < FIRST_INTERNAL_ID or row[7]]
    who = Login(login, *(rows[0][9:] if rows else (None, None, None)))
    nameless = sorted(row.database_id for row in found if row.name is None)
    witness = _witness(found, server, who, nameless)
    grouped = {row.name for row in found if row.name and row.facts and row.facts.group_id}
    return Listing(
        [_inventory_row(row.name, row.facts, server.kind, grouped) for row in found if row.name is not None],
        Completeness.VISIBLE_ONLY if witness else Completeness.COMPLETE,
        witness=witness,
        server_version=server.version or None,
        hidden=_hidden(nameless) if witness and _sees_all_files(found, who) else None,
    )


def _row(row: tuple[Any, ...]) -> Row:
    name, database_id, created, group_id, state, source_id, is_distributor, is_listed, has_files = row[:9]
    facts = Facts(name, database_id, created, group_id, state, source_id, is_distributor) if is_listed else None
    return Row(name, database_id, facts, bool(has_files))


def _inventory_row(name: str, facts: Facts | None, kind: Kind, grouped: set[str]) -> InventoryRow:
    if facts is None:
        return InventoryRow(name, state="HIDDEN")
    return InventoryRow(
        name,
        identity=facts.identity(kind),
        is_system=facts.is_system(kind, grouped),
        state="SNAPSHOT" if facts.is_snapshot else facts.state,
        unmeasurable=NO_SIZES if kind is Kind.BABELFISH else None,
    )


def _sees_all_files(found: Sequence[Row], login: Login) -> bool:
    """Then a database without files is gone."""
    return login.views_definitions == 1 and all(row.has_files for row in found if row.database_id != TEMPDB)


def _hidden(nameless: Sequence[int]) -> frozenset[str]:
    """A group's id says nothing of the database's number: none of a group is proven gone while any is hidden."""
    return frozenset([*map(numbered, nameless), GROUP] if nameless else ())


def _witness(found: Sequence[Row], server: Server, login: Login, nameless: Sequence[int]) -> Failure | None:
    """What may hide databases from this login; None: nothing does."""
    match server.kind:
        case Kind.AZURE_SERVER | Kind.BABELFISH:
            return None
        case Kind.AZURE_DATABASE:
            return Failure(Category.PERMISSION, f"seen from {server.database!r}, no other database of the server is",
                           remedy="set `database: master`, with a login that has a user there")
        case Kind.SERVER:
            return _of_server(found, login, nameless)


def _of_server(found: Sequence[Row], login: Login, nameless: Sequence[int]) -> Failure | None:
    if login.alters_databases == 1 and login.views_databases == 1:
        return None
    lacking = [DATABASES] if login.views_databases == 0 else []
    if not _sees_all_files(found, login):
        lacking.append(DEFINITIONS)
    if lacking:
        return Failure(
            Category.PERMISSION, f"databases may be hidden from a login without {' and '.join(lacking)}",
            remedy="\n".join(grant(permission, login.name) for permission in lacking),
        )
    if nameless:
        ids = ", ".join(map(str, nameless))
        return Failure(Category.UNAVAILABLE, f"databases exist whose names are hidden (database_id {ids})",
                       remedy="they are OFFLINE: bring them online, or drop them")
    return None
