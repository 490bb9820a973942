"""Throw-away MariaDB (or MySQL) servers: started in a second from the machine's binaries, gone without a trace."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pymysql
from attrs import define, field

from tests.servers.mariadb_binaries import (
    Binaries,
    as_server,
    binaries_in,
    describe,
    find_mariadb,
    new_folder,
    prepared,
    require_mariadb,
    unprivileged_account,
)
from tests.servers.mariadb_client import MariaDBClient
from tests.servers.processes import free_port

__all__ = ["Binaries", "MariaDBServer", "binaries_in", "describe", "find_mariadb", "require_mariadb"]

HOST = "127.0.0.1"
PASSWORD = "s3cret of the throw-away root"
SECONDS_TO_START = 30
QUICK = (
    "--no-defaults",
    "--skip-name-resolve",
    f"--bind-address={HOST}",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--skip-innodb-doublewrite",
    "--loose-skip-sync-frm",
    "--innodb-buffer-pool-size=64M",
    "--innodb-log-file-size=8M",
)


@define
class MariaDBServer(MariaDBClient):
    """One server process with its own data folder; a context manager that removes both.

    Root logs in over TCP with a password, so that wrong passwords are really refused.
    """

    binaries: Binaries
    options: tuple[str, ...] = ()
    """Beside the quick ones: `--skip-show-database`, say."""
    host: str = HOST
    port: int = field(factory=free_port)
    root: str = "root"
    password: str = PASSWORD
    _folder: Path = field(init=False)
    _process: "subprocess.Popen[bytes]" = field(init=False)

    @property
    def version(self) -> str:
        return self.binaries.version

    @property
    def data_directory(self) -> Path:
        return self._folder / "data"

    @property
    def pid(self) -> int:
        return self._process.pid

    def __enter__(self) -> "MariaDBServer":
        self._folder = new_folder()
        self._initialise()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self._folder)

    def hand_over(self, path: Path) -> Path:
        """Make the server's account the owner of *path*, readable by nobody else; the path."""
        if account := unprivileged_account():
            os.chown(path, account.pw_uid, account.pw_gid)
        path.chmod(0o700 if path.is_dir() else 0o600)
        return path

    def folder(self, name: str) -> Path:
        """A new folder of the server, outside its data folder: for a DATA DIRECTORY, say."""
        return self.hold(self._folder / name)

    def hold(self, path: Path) -> Path:
        """Make the folder *path* for the server: in its data folder, say."""
        path.mkdir()
        return self.hand_over(path)

    def file(self, name: str, content: bytes) -> Path:
        """A new file that the server may read: a certificate, say."""
        path = self._folder / name
        path.write_bytes(content)
        return self.hand_over(path)

    def _initialise(self) -> None:
        who, secret = f"'{self.root}'@'{HOST}'", f"IDENTIFIED BY '{self.password}'"
        if self.binaries.needs_create_user:
            login = f"CREATE USER IF NOT EXISTS {who} {secret};\nGRANT ALL ON *.* TO {who} WITH GRANT OPTION;\n"
        else:
            login = f"GRANT ALL ON *.* TO {who} {secret} WITH GRANT OPTION;\n"
        self.file("init.sql", login.encode())
        shutil.copytree(prepared(self.binaries), self.data_directory)
        for path in (self.data_directory, *self.data_directory.rglob("*")):
            self.hand_over(path)

    def start(self) -> None:
        """Start, and wait until root can log in."""
        places = {"datadir": "data", "socket": "socket", "pid-file": "pid", "init-file": "init.sql"}
        fixed = [*QUICK, f"--port={self.port}", *(f"--{key}={self._folder / place}" for key, place in places.items())]
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [self.binaries.server, *fixed, *self.binaries.options, *self.options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in pytest is not for the server
                **as_server(self._folder),
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_START
        while True:
            try:
                self.execute("SELECT 1")
                return
            except pymysql.err.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self._process.kill()
                    raise RuntimeError(f"MariaDB {self.version} did not start:\n{self.log()}") from error
            time.sleep(0.02)

    def log(self) -> str:
        return (self._folder / "log").read_text(errors="backslashreplace")

    def stop(self) -> None:
        """In order; the data folder stays."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL: a power cut as its clients see it."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(number)
        self._process.wait(SECONDS_TO_START)

    def restart(self) -> None:
        """The same port and data, with what `options` holds by then."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """SIGSTOP: connections are accepted by the kernel, nobody answers."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)
