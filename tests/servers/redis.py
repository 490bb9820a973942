"""A throw-away Redis that keeps what it was given over restarts."""
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

import pytest
import redis
from attrs import define, field

from tests.servers.processes import free_port

PASSWORD = "r3dis-of-the-tests"


@define
class RedisServer:
    """On a free port of 127.0.0.1, with a password."""

    port: int = field(factory=free_port)
    folder: Path = field(factory=lambda: Path(tempfile.mkdtemp(prefix="capacity-sync-redis-")))
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{PASSWORD}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [_binary(), "--port", str(self.port), "--bind", "127.0.0.1", "--requirepass", PASSWORD, "--save", "",
                   "--dir", str(self.folder), "--appendonly", "yes", "--appendfsync", "always"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _wait_for(self.url)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(10)
            self.process = None

    def length(self, queue: str) -> int:
        """How many messages wait in *queue*."""
        with redis.Redis.from_url(self.url) as client:
            return int(client.llen(queue))

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop(signal.SIGKILL)
        shutil.rmtree(self.folder)


def _binary() -> str:
    found = shutil.which("redis-server")
    if found is None:
        give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        give_up("no Redis on this machine: install Debian's redis-server")
    return found


def _wait_for(url: str, seconds: float = 10) -> None:
    """Until it answers; while it loads its file it says so."""
    until = time.monotonic() + seconds
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
            except redis.exceptions.ConnectionError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.02)
            else:
                return
