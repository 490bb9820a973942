"""What the global options say, and what follows from them."""
import os
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

import click
from attrs import frozen

if TYPE_CHECKING:
    from capacity_sync.container import Container, Purpose
    from capacity_sync.settings import Settings

NAME = "capacity-sync"


def program() -> str:
    """What to type to call us again: the bare name where the PATH leads to us, else the way we were called."""
    called = sys.argv[0]
    if os.path.basename(called) != NAME or shutil.which(NAME) == os.path.abspath(called):
        return NAME
    return called


@frozen
class Session:
    """One call of the command. Messages go to stderr; `quiet` silences them, never an error."""

    config: str | None = None
    store: str | None = None
    quiet: bool = False
    verbose: bool = False
    log_format: str | None = None

    def say(self, text: str) -> None:
        if not self.quiet:
            click.echo(text, err=True)

    @property
    def command(self) -> str:
        """How this call began, to be repeated; without a store's password."""
        from capacity_sync.settings.store_url import shown

        options = {"--config": self.config, "--store": self.store if shown(self.store or "") == self.store else None}
        said = [word for option, value in options.items() if value for word in (option, value)]
        return shlex.join([program(), *said])

    @property
    def logs(self) -> bool:
        """Whether a log was asked for."""
        return self.verbose or self.log_format is not None

    @property
    def shows_progress(self) -> bool:
        return sys.stderr.isatty() and not (self.quiet or self.logs)

    def settings(self) -> "Settings":
        """Of the fleet file, which must exist. Its warnings are said."""
        from capacity_sync.settings import Settings

        settings = Settings.load(self.config, self.store)
        for warning in settings.warnings:
            self.say(f"warning: {warning}")
        return settings

    def settings_to_read(self) -> "Settings":
        """Of the fleet file, or of the store alone when there is none and none was named."""
        from capacity_sync.settings import CONFIG_VARIABLE, DEFAULT_CONFIG, Settings

        named = self.config or os.environ.get(CONFIG_VARIABLE)
        if named or os.path.exists(DEFAULT_CONFIG):
            return self.settings()
        return Settings.of_store(self.store)

    def container(self, settings: "Settings", purpose: "Purpose") -> "Container":
        """What the commands work with."""
        from capacity_sync.container import Container

        return Container.from_settings(settings, purpose)

    def reading(self) -> "Container":
        """A container that reads the store.

        Raises: StoreRefused: there is none yet, or it is not current.
        """
        from capacity_sync.container import Purpose

        return self.container(self.settings_to_read(), Purpose.READ)
