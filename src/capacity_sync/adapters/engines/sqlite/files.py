"""Finding files below a directory, and telling from a header what SQLite says of a file.

Nothing is opened through SQLite, so nothing is ever locked. Symbolic links below the root are not followed.
"""
import os
from fnmatch import fnmatchcase
from pathlib import Path

from attrs import Factory, define, frozen

MAGIC = b"SQLite format 3\x00"
HEADER_BYTES = 100
WILDCARDS = frozenset("*?[")
ANY_DEPTH = "**"


@frozen
class FileRoot:
    """A directory, and the pattern below it, one item per path segment; `**` is any depth."""

    directory: Path
    pattern: tuple[str, ...]

    def close(self) -> None:
        """Nothing is held open."""


def root_of(path: str) -> FileRoot:
    """*path*, a directory or a glob, cut before the segment with its first wildcard."""
    parts = Path(path).parts
    wild = next((i for i, part in enumerate(parts) if WILDCARDS.intersection(part)), None)
    if wild is not None:
        return FileRoot(Path(*parts[:wild]), parts[wild:])
    if Path(path).is_file():
        return FileRoot(Path(path).parent, (Path(path).name,))
    return FileRoot(Path(path), (ANY_DEPTH, "*"))


@define
class Walk:
    """The files found, and the sub-folders that could not be read."""

    files: dict[str, Path] = Factory(dict)
    unreadable: list[str] = Factory(list)


def walk(root: FileRoot) -> Walk:
    """Every regular file below *root* that matches, by name: its path relative to the root, with `/`.

    Raises: OSError: the root itself cannot be read.
    """
    found = Walk()
    _descend(root.directory, "", _reached(root.pattern, {0}), root.pattern, found)
    return found


def _descend(folder: Path, prefix: str, states: frozenset[int], pattern: tuple[str, ...], found: Walk) -> None:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        name, after = prefix + _text(entry.name), _advance(entry.name, states, pattern)
        if entry.is_dir(follow_symlinks=False) and any(i < len(pattern) for i in after):
            _enter(Path(entry.path), name, after, pattern, found)
        elif entry.is_file(follow_symlinks=False) and len(pattern) in after:
            found.files[name] = Path(entry.path)


def _enter(folder: Path, name: str, states: frozenset[int], pattern: tuple[str, ...], found: Walk) -> None:
    try:
        _descend(folder, name + "/", states, pattern, found)
    except FileNotFoundError:
        pass  # removed while we walked: gone like any other
    except OSError:
        found.unreadable.append(name)


def _advance(name: str, states: frozenset[int], pattern: tuple[str, ...]) -> frozenset[int]:
    """The positions in *pattern* that a path segment *name* leads to from *states*."""
    stay = {i for i in states if i < len(pattern) and pattern[i] == ANY_DEPTH}
    step = {i + 1 for i in states if i < len(pattern) and pattern[i] != ANY_DEPTH and fnmatchcase(name, pattern[i])}
    return _reached(pattern, stay | step)


def _reached(pattern: tuple[str, ...], states: set[int]) -> frozenset[int]:
    """*states* and those behind a `**`, which may also stand for no segment at all."""
    reached = set(states)
    for i, segment in enumerate(pattern):
        if i in reached and segment == ANY_DEPTH:
            reached.add(i + 1)
    return frozenset(reached)


def _text(name: str) -> str:
    """A file name as valid Unicode: bytes that are none become `\\xNN`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


@frozen
class Header:
    """The first bytes of a file, and its length in bytes."""

    content: bytes
    size: int

    @property
    def is_sqlite(self) -> bool:
        return self.content.startswith(MAGIC)

    @property
    def promised(self) -> int:
        """The bytes a file with this header has at least.

        The page count is valid only if the change counter equals the version-valid-for number:
        https://www.sqlite.org/fileformat2.html#in_header_database_size
        """
        if len(self.content) < HEADER_BYTES:
            return HEADER_BYTES
        page = int.from_bytes(self.content[16:18]) or 1
        page_size = 65536 if page == 1 else page
        pages = int.from_bytes(self.content[28:32]) if self.content[24:28] == self.content[92:96] else 0
        return page_size * max(pages, 1)


def read_header(path: Path) -> Header:
    """Raises: OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        return Header(os.read(handle, HEADER_BYTES), os.fstat(handle).st_size)
    finally:
        os.close(handle)
