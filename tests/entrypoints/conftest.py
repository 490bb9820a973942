"""The command, called in a folder of its own, over scripted servers beside the installed engines."""
import json
from importlib.metadata import entry_points

import pytest
from attrs import Factory, define, frozen
from click.testing import CliRunner
from dependency_injector import providers

from capacity_sync.adapters.engines import installed
from capacity_sync.container import Container
from capacity_sync.entrypoints.cli.commands import cli
from capacity_sync.testing.engines import ScriptedAdapter, ScriptedServer
from capacity_sync.testing.retrying import ImmediateRetrying


@frozen
class Point:
    """An entry point that gives a scripted engine over *servers*."""

    servers: dict[str, ScriptedServer]
    name: str = "scripted"

    def load(self):
        return lambda: ScriptedAdapter(self.servers)


@frozen
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@define
class Desk:
    """A folder with `fleet.yaml`, and whoever calls the command there."""

    folder: object
    servers: dict[str, ScriptedServer] = Factory(dict)

    def __call__(self, *arguments, env=None) -> Answer:
        done = CliRunner().invoke(cli, [str(a) for a in arguments], env=env)
        assert "Traceback" not in done.stderr
        return Answer(done.exit_code, done.stdout, done.stderr)

    def fleet(self, text: str) -> None:
        (self.folder / "fleet.yaml").write_text(text, encoding="utf-8")

    def serve(self, **servers: ScriptedServer) -> None:
        """A fleet of these, in this order."""
        self.servers.update(servers)
        lines = [f"- {{name: {name}, engine: scripted, host: h, tags: {{team: {name[0]}}}}}" for name in self.servers]
        self.fleet("instances:\n" + "\n".join(lines))


@pytest.fixture
def desk(tmp_path, monkeypatch):
    desk = Desk(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("CAPACITY_SYNC_CONFIG", "CAPACITY_SYNC_STORE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(installed, "entry_points",
                        lambda group: [*entry_points(group=group), Point(desk.servers)])
    return desk


@pytest.fixture(autouse=True)
def no_pauses():
    """Another try comes at once."""
    with Container.retrying.override(providers.Factory(ImmediateRetrying)):
        yield
