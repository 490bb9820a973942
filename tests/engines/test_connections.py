"""The one factory of connections: drivers, secrets, and what no error text repeats."""
import os

import pytest
from attrs import evolve, frozen

from capacity_sync.adapters.engines.connections import EngineConnections
from capacity_sync.adapters.engines.isolation import IsolatedAdapter
from capacity_sync.adapters.secrets import HostSecrets
from capacity_sync.domain.instance import CommandSecret, EnvSecret, FileSecret, Instance, PlainSecret
from capacity_sync.domain.outcomes import AuthenticationFailed, InternalFailure, ServerUnreachable, Unsupported
from capacity_sync.testing.engines import TRAITS, ScriptedAdapter, ScriptedEngines, ScriptedServer

LACKING = evolve(TRAITS, title="Nowhere", driver="no_such_driver", extra="nowhere", isolated=True)


@frozen
class Echoing(ScriptedAdapter):
    """Repeats its password in what it raises."""

    error: type = ServerUnreachable

    def connect(self, instance, password):
        raise self.error(f"cannot connect as u:{password}@host")


def opening(adapter, password=None):
    engines = ScriptedEngines([adapter])
    EngineConnections(engines, HostSecrets()).open(Instance("one", "scripted", password=password)).close()


@pytest.mark.parametrize("wrapped", [lambda adapter: adapter, IsolatedAdapter])
def test_a_missing_driver_is_unsupported_and_says_what_to_install(wrapped):
    with pytest.raises(Unsupported, match="no_such_driver") as caught:
        opening(wrapped(ScriptedAdapter({"one": ScriptedServer()}, LACKING)))

    assert caught.value.failure.remedy == "pip install 'capacity-sync[nowhere]'"


@pytest.mark.parametrize("error", [ServerUnreachable, ValueError])
def test_no_error_repeats_the_password(error):
    with pytest.raises((ServerUnreachable, InternalFailure)) as caught:
        opening(Echoing({}, error=error), PlainSecret("hunter2"))

    assert "u:***@host" in caught.value.failure.message
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def reveal(secret):
    return HostSecrets().reveal(secret)


def test_secrets_come_from_where_their_reference_says(tmp_path, monkeypatch):
    monkeypatch.setenv("A_PASSWORD", " from env ")
    (tmp_path / "secret").write_text("from file\n")

    assert reveal(PlainSecret("plain")) == "plain"
    assert reveal(EnvSecret("A_PASSWORD")) == " from env "
    assert reveal(FileSecret(str(tmp_path / "secret"))) == "from file"
    assert reveal(CommandSecret(["printf", "from command\\n"])) == "from command"


@pytest.mark.parametrize("secret", [
    EnvSecret("NEVER_SET_ANYWHERE"), FileSecret("/nowhere/secret"), CommandSecret(["false"]),
    CommandSecret(["no-such-command-anywhere"]), CommandSecret(["printf", "\\377"]), FileSecret(os.devnull + "/x")])
def test_a_secret_that_is_not_there_is_a_failed_login_that_says_where_it_was_looked_for(secret):
    with pytest.raises(AuthenticationFailed) as caught:
        reveal(secret)

    assert caught.value.failure.remedy


def test_a_failing_secret_command_repeats_neither_its_arguments_nor_its_output():
    with pytest.raises(AuthenticationFailed) as caught:
        reveal(CommandSecret(["sh", "-c", "echo hunter2; echo hunter3 >&2; exit 3"]))

    assert "hunter" not in str(caught.value)
    assert "exit code 3" in str(caught.value)
