"""A throw-away PgBouncer in transaction mode before a throw-away PostgreSQL."""
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.postgresql import PostgreSQLServer
from tests.servers.postgresql_binaries import unprivileged_account
from tests.servers.processes import free_port

CONFIGURATION = """
[databases]
* = host={host} port={server_port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = plain
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {size}
"""
SEARCHED = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))


@contextmanager
def pgbouncer(server: PostgreSQLServer, users: Mapping[str, str], size: int = 1) -> Iterator[int]:
    """The port of a pooler with *size* server sessions per user and database; *users*: their passwords."""
    folder, port = Path(tempfile.mkdtemp(prefix="capacity-sync-pgbouncer-")), free_port()
    try:
        _configure(folder, server, port, users, size)
        command, account = [_binary(), "-q", str(folder / "ini")], unprivileged_account()
        with subprocess.Popen(command, user=account and account.pw_uid, stderr=subprocess.DEVNULL) as process:
            try:
                _wait_for(port)
                yield port
            finally:
                process.terminate()
    finally:
        shutil.rmtree(folder)


def _configure(folder: Path, server: PostgreSQLServer, port: int, users: Mapping[str, str], size: int) -> None:
    settings = CONFIGURATION.format(host=server.host, server_port=server.port, port=port, folder=folder, size=size)
    (folder / "ini").write_text(settings)
    (folder / "users").write_text("".join(f'"{name}" "{password}"\n' for name, password in users.items()))
    if account := unprivileged_account():
        for path in (folder, *folder.iterdir()):
            os.chown(path, account.pw_uid, account.pw_gid)


def _binary() -> str:
    found = shutil.which("pgbouncer", path=SEARCHED)
    if found is None:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("no PgBouncer on this machine: install Debian's pgbouncer")
    return found


def _wait_for(port: int, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
