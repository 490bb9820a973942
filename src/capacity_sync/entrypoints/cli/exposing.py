"""`capacity-sync metrics`."""
import re

import click

from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.entrypoints.cli.session import Session

ADDRESS = re.compile(r"(?P<host>[^:\s]*|\[[0-9A-Fa-f:.]+\]):(?P<port>[0-9]{1,5})")
LAST_PORT = 65_535


def expose(session: Session, listen: str | None) -> None:
    """Print once, or serve. Raises: ConfigurationRefused: the address is none, or cannot be had."""
    where = None if listen is None else address(listen)
    container = session.reading()
    history, exposition = container.history(), container.exposition()
    if where is None:
        click.echo(exposition.text(history.standing()), nl=False)
        return
    session.say(f"metrics at http://{listen}/metrics; Ctrl-C ends")
    try:
        exposition.serve(*where, history.standing)
    except OSError as error:
        raise ConfigurationRefused(f"--listen {listen}: {error.strerror or error}") from error


def address(text: str) -> tuple[str, int]:
    """Host and port of `HOST:PORT`; without a host, this machine only."""
    found = ADDRESS.fullmatch(text)
    if found is None or int(found["port"]) > LAST_PORT:
        raise ConfigurationRefused(f"--listen {text}: expected [HOST]:PORT, such as 127.0.0.1:9187")
    return found["host"].strip("[]") or "127.0.0.1", int(found["port"])
