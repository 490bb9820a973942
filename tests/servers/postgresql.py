"""Throw-away PostgreSQL servers: started in about a second from the machine's binaries, gone without a trace."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import define, field

from tests.servers.postgresql_binaries import (
    Binaries,
    describe,
    every_postgresql,
    find_postgresql,
    reachable,
    require_postgresql,
    unprivileged_account,
)
from tests.servers.postgresql_client import PostgreSQLClient
from tests.servers.processes import children, free_port, runs, send

__all__ = ["Binaries", "PostgreSQLServer", "describe", "every_postgresql", "find_postgresql", "require_postgresql"]

SUPERUSER = "postgres"
PASSWORD = "s3cret of the throw-away superuser"
SECONDS_TO_START = 30
QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",  # sizes stand still
    "shared_buffers": "16MB",
    "max_connections": "40",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "listen_addresses": "127.0.0.1",
    "log_min_messages": "warning",
}


@define
class PostgreSQLServer(PostgreSQLClient):
    """One server process with its own data directory; a context manager that removes both."""

    binaries: Binaries
    settings: Mapping[str, str] = field(factory=dict)
    """Lines of postgresql.conf beside the quick ones."""
    environment: Mapping[str, str] = field(factory=dict)
    host: str = "127.0.0.1"
    port: int = field(factory=free_port)
    superuser: str = SUPERUSER
    password: str = PASSWORD
    _folder: Path = field(init=False)
    _process: "subprocess.Popen[bytes]" = field(init=False)

    @property
    def data_directory(self) -> Path:
        return self._folder / "data"

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> "PostgreSQLServer":
        self._folder = Path(tempfile.mkdtemp(prefix="capacity-sync-postgresql-"))
        try:
            self.hand_over(self._folder)
            self.binaries = reachable(self.binaries, self._folder)
            self._initialise()
            self.start()
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def hand_over(self, path: Path) -> Path:
        """Make the server's account the owner of *path*, readable by nobody else; the path."""
        if account := unprivileged_account():
            os.chown(path, account.pw_uid, account.pw_gid)
        path.chmod(0o700 if path.is_dir() else 0o600)
        return path

    def folder(self, name: str) -> Path:
        """A new folder of the server, outside its data directory: for a tablespace, say."""
        path = self._folder / name
        path.mkdir()
        return self.hand_over(path)

    def _initialise(self) -> None:
        password_file = self._folder / "password"
        password_file.write_text(self.password)
        self.hand_over(password_file)
        options = f"-N -U {self.superuser} -E UTF8 --locale=C -A scram-sha-256 --pwfile={password_file}".split()
        command = [str(self.binaries.folder / "initdb"), "-D", str(self.data_directory), *options]
        subprocess.run(command, check=True, capture_output=True, **self._as_server())
        self.configure({**QUICK, "unix_socket_directories": str(self._folder), **self.settings})

    def configure(self, settings: Mapping[str, str]) -> None:
        """Append to postgresql.conf, where the last line of a name wins; see `reload`."""
        with (self.data_directory / "postgresql.conf").open("a") as conf:
            conf.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    def start(self, *, wait: bool = True) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.binaries.folder / "postgres", "-D", self.data_directory, "-p", str(self.port)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in pytest is not for the server
                **self._as_server(),
            )
        if wait:
            self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while not self._says_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._process.kill()
                raise RuntimeError(f"PostgreSQL {self.binaries.version} did not start:\n{self.log()}")
            time.sleep(0.02)

    def _says_ready(self) -> bool:
        """The eighth line of postmaster.pid; the first is the process that wrote it."""
        try:
            lines = (self.data_directory / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return lines[:1] == [str(self.pid)] and lines[7:8] != [] and lines[7].strip() == "ready"

    def log(self) -> str:
        return (self._folder / "log").read_text(errors="backslashreplace")

    def reload(self) -> None:
        """Read postgresql.conf and pg_hba.conf again; new connections see it at once."""
        self.execute("SELECT pg_catalog.pg_reload_conf()")
        time.sleep(0.1)

    def stop(self) -> None:
        """Fast shutdown: sessions are cut off, data is kept."""
        if self._process.poll() is None:
            self.resume()
            self._process.send_signal(signal.SIGINT)
        self._process.wait(SECONDS_TO_START)

    def restart(self) -> None:
        self.stop()
        self.start()

    def kill(self) -> None:
        """SIGKILL for the server and all its sessions: a power cut as its clients see it."""
        sessions = children(self.pid)
        send(signal.SIGKILL, self.pid, *sessions)
        self._process.wait(SECONDS_TO_START)
        while any(map(runs, sessions)):
            time.sleep(0.02)

    def pause(self) -> None:
        """SIGSTOP for the server and all its sessions: connections are accepted by the kernel, nobody answers."""
        send(signal.SIGSTOP, self.pid, *children(self.pid))

    def resume(self) -> None:
        send(signal.SIGCONT, self.pid, *children(self.pid))

    def _as_server(self) -> dict[str, Any]:
        account = unprivileged_account()
        identity = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
        return {**identity, "cwd": self._folder, "env": {"PATH": os.defpath, "LC_ALL": "C", **self.environment}}
