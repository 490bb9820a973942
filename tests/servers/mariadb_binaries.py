"""Where the MariaDB server of this machine is, who may run it, and how any server of the family gets a data folder.

Looked for in this order: MYSQL_BIN (a folder with an unpacked MariaDB or MySQL; the way to try another version), PATH,
the two sbin folders. A server never runs as root; then an unprivileged account runs it. One with MyRocks may come from
MYROCKS_BIN: Debian's packages unpacked, because to install the plug-in restarts the machine's server.
"""

import atexit
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import pytest
from attrs import evolve, frozen

MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3
PLUGINS = Path("usr/lib/mysql/plugin")
MYROCKS = "ha_rocksdb.so"
_SEARCHED = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
_ROOT_BY_PASSWORD = ("--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve")


@frozen
class Binaries:
    """A server program, and what gives it a data folder: a command (`{data}` stands for the folder) or a copy."""

    server: Path
    version: str
    """The number alone: `10.11.19`."""
    prepare: tuple[str, ...] = ()
    template: Path | None = None
    options: tuple[str, ...] = ()

    @property
    def is_mariadb(self) -> bool:
        """Its numbers begin at 10; MySQL's end before."""
        return self._series >= 10

    @property
    def needs_create_user(self) -> bool:
        """MySQL dropped GRANT ... IDENTIFIED BY in 8.0."""
        return 8 <= self._series < 10

    @property
    def _series(self) -> int:
        return int(self.version.partition(".")[0])


def find_mariadb() -> Binaries | None:
    """The server of MYSQL_BIN, else the MariaDB of this machine, else None."""
    if given := os.environ.get("MYSQL_BIN"):
        return binaries_in(Path(given))
    server = shutil.which("mariadbd", path=_SEARCHED)
    install = shutil.which("mariadb-install-db", path=_SEARCHED)
    if server is None or install is None:
        return None
    prepare = (install, "--no-defaults", "--datadir={data}", *_ROOT_BY_PASSWORD)
    return Binaries(Path(server), _version(Path(server)), prepare)


def binaries_in(folder: Path) -> Binaries:
    """A MySQL unpacked into *folder*: one that brings a filled `data` (npm's 5.6), or 5.7 and newer."""
    server = next(found for found in (folder / "mysqld", folder / "bin" / "mysqld") if found.exists())
    filled = folder / "data" / "mysql"
    if (filled / "mysql").exists():
        options = (f"--lc-messages-dir={folder / 'share'}",)
        return Binaries(server, _version(server), template=filled, options=options)
    prepare = (str(server), "--no-defaults", "--initialize-insecure", "--datadir={data}")
    return Binaries(server, _version(server), prepare)


def require_mariadb() -> Binaries:
    """The machine's server; without one the test is skipped, under CI it fails."""
    found = find_mariadb()
    if found is None:
        _give_up("no MariaDB server on this machine: install Debian's mariadb-server")
    return found


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def find_myrocks() -> Binaries | None:
    """The server that is unpacked in MYROCKS_BIN, else the machine's if the plug-in is installed, else None."""
    installed = find_mariadb()
    if installed is None or not installed.is_mariadb:
        return None
    if given := os.environ.get("MYROCKS_BIN"):
        root = Path(given)
        server = root / "usr" / "sbin" / "mariadbd"
        options = (f"--basedir={root / 'usr'}", f"--plugin-dir={root / PLUGINS}")
        return evolve(installed, server=server, version=_version(server), options=options)
    return installed if (Path("/") / PLUGINS / MYROCKS).exists() else None


def require_myrocks() -> Binaries:
    """A server that has the plug-in; without one the test is skipped, under CI it fails."""
    if not require_mariadb().is_mariadb:
        pytest.skip("MySQL has no MyRocks")
    found = find_myrocks()
    if found is None:
        _give_up("no MyRocks on this machine: install Debian's mariadb-plugin-rocksdb, or unpack it (see README)")
    return found


def describe() -> str:
    """One line for the pytest header."""
    found, rocks = find_mariadb(), find_myrocks()
    mariadb = f"MariaDB {found.version} ({found.server})" if found else "no MariaDB"
    return f"{mariadb}; {f'MyRocks {rocks.version} ({rocks.server})' if rocks else 'no MyRocks'}"


def _version(server: Path) -> str:
    said = subprocess.run([server, "--no-defaults", "--version"], capture_output=True, text=True, check=True).stdout
    return re.sub(r".*?Ver (\d+\.\d+\.\d+).*", r"\1", said.strip())


def unprivileged_account() -> pwd.struct_passwd | None:
    """Who runs the server when the tests run as root; None: whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in ("mysql", "nobody") if name in known)


def as_server(folder: Path) -> dict[str, Any]:
    """Arguments of `subprocess` with which a program runs as the server's account, in *folder*."""
    account = unprivileged_account()
    identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    return {**identity, "cwd": folder}


def new_folder() -> Path:
    """A temporary folder of the server's account: in memory where there is room, for a table is several files."""
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    folder = Path(tempfile.mkdtemp(prefix="capacity-sync-mariadb-", dir=MEMORY if roomy else None))
    if account := unprivileged_account():
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder


@cache
def prepared(binaries: Binaries) -> Path:
    """A data folder to copy, filled once per process: that takes longer than to start a server on it."""
    if binaries.template is not None:
        return binaries.template
    folder = new_folder()
    atexit.register(shutil.rmtree, folder)
    command = [part.format(data=folder / "data") for part in binaries.prepare]
    subprocess.run(command, check=True, capture_output=True, **as_server(folder))
    return folder / "data"
