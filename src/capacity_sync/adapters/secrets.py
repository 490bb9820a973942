"""Where passwords come from: the environment, a file, a command, or the settings themselves."""
import os
import subprocess
from pathlib import Path
from typing import final

from attrs import frozen

from capacity_sync.domain.instance import CommandSecret, EnvSecret, FileSecret, PlainSecret, Secret
from capacity_sync.domain.outcomes import AuthenticationFailed
from capacity_sync.ports import SecretSource

COMMAND_SECONDS = 30


@final
@frozen
class HostSecrets(SecretSource):
    """Reads a secret each time it is asked for, and keeps nothing."""

    def reveal(self, secret: Secret) -> str:
        match secret:
            case PlainSecret(value):
                return value
            case EnvSecret(name):
                return _from_environment(name)
            case FileSecret(path):
                return _from_file(path)
            case CommandSecret(argv):
                return _from_command(argv)


def _from_environment(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise AuthenticationFailed(f"the environment variable {name} is not set", remedy=f"set {name}") from None


def _from_file(path: str) -> str:
    try:
        return _one_line(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AuthenticationFailed(f"the secret file {path} cannot be read: {_reason(error)}",
                                   remedy="create the file, or mend `password: {file: ...}`") from None


def _from_command(argv: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(argv, capture_output=True, check=True, timeout=COMMAND_SECONDS, stdin=subprocess.DEVNULL)  # noqa: S603 - the user's own command, without a shell
        return _one_line(done.stdout.decode("utf-8"))
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise AuthenticationFailed(f"the secret command {argv[0]!r} failed: {_reason(error)}",
                                   remedy="run the command by hand, or mend `password: {command: [...]}`") from None


def _one_line(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


def _reason(error: Exception) -> str:
    """What went wrong, without the command's arguments or output: they may hold the secret."""
    match error:
        case OSError():
            return error.strerror or type(error).__name__
        case subprocess.CalledProcessError():
            return f"exit code {error.returncode}"
        case subprocess.TimeoutExpired():
            return f"no answer within {COMMAND_SECONDS} s"
        case UnicodeDecodeError():
            return "not UTF-8"
        case _:
            return type(error).__name__
