"""From a row of the `.sql` files to values. Pure."""
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve, frozen

SEED = 2
"""CON_ID of PDB$SEED, the template of pluggable databases: always there, never anybody's database."""
TEMPORARY = "TEMPORARY"
SYSTEM_CONTENTS = frozenset({"UNDO", TEMPORARY, "LOST WRITE PROTECTION"})
SYSTEM_NAMES = frozenset({"SYSTEM", "SYSAUX", "RDSADMIN"})
"""RDSADMIN is Amazon's."""
UNDO_PREFIX = "UNDO"
"""How undo tablespaces are usually called: the control file does not tell what they contain."""

Row = tuple[Any, ...]


@frozen
class Container:
    """`prefix`: what stands before the names of its tablespaces. `guid`: proves that it is the same as before."""

    number: int
    prefix: str = ""
    open_mode: str | None = None
    guid: str | None = None

    def name_of(self, tablespace: str) -> str:
        return self.prefix + tablespace

    def identity_of(self, tablespace: str) -> str | None:
        """Of the pluggable database, not of the tablespace: nothing proves that one was created anew."""
        return f"{self.guid}/{tablespace}" if self.guid else None


@frozen
class Tablespace:
    container: int
    name: str
    contents: str | None
    status: str | None

    @property
    def is_system(self) -> bool:
        return is_system(self.name, self.contents)


@frozen
class Space:
    """The files of one tablespace. `limit`: what they may grow to, None if not known. `source`: the view."""

    container: int
    tablespace: str
    contents: str | None
    files: int
    unknown_files: int
    size: int | None
    limit: int | None
    source: str

    @property
    def is_system(self) -> bool:
        return is_system(self.tablespace, self.contents)


def is_system(name: str, contents: str | None) -> bool:
    if name in SYSTEM_NAMES or contents in SYSTEM_CONTENTS:
        return True
    return contents is None and name.startswith(UNDO_PREFIX)


def containers(rows: Iterable[Row], own: int) -> Mapping[int, Container]:
    """By CON_ID. GUIDs that are not unique prove nothing."""
    found = [Container(number, "" if number == own else f"{name}/", open_mode, None if number == own else guid)
             for number, name, open_mode, guid in rows]
    guids = [c.guid for c in found]
    return {c.number: c if guids.count(c.guid) == 1 else evolve(c, guid=None) for c in found}


def tablespace(row: Row) -> Tablespace:
    return Tablespace(*row)


def space(row: Row, source: str) -> Space:
    number, name, contents, files, unknown_files, size, limit = row
    return Space(number, name, contents, files or 0, unknown_files or 0, size, limit, source)
