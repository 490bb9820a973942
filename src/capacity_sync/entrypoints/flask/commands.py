"""`flask capacity ...`: the commands of `capacity-sync`, over the app's site."""
from typing import Any

import click
from attrs import evolve, frozen
from flask import current_app
from flask.cli import with_appcontext

from capacity_sync.container import Container, Purpose
from capacity_sync.entrypoints.cli import commands
from capacity_sync.entrypoints.cli.session import Session
from capacity_sync.entrypoints.cli.tool import Tool
from capacity_sync.entrypoints.site import EXTENSION, Site
from capacity_sync.settings import Settings

COMMANDS = ("aggregate", "check", "engines", "grants", "inventory", "report", "runs", "sizes", "store", "sync")


@frozen
class HostedSession(Session):
    """A session whose settings and container are the app's."""

    site: Site | None = None

    @property
    def command(self) -> str:
        return "flask capacity"

    def settings(self) -> Settings:
        site = self._site()
        return evolve(site.settings, instances=tuple(site.instances()))

    def settings_to_read(self) -> Settings:
        return self._site().settings

    def container(self, settings: Settings, purpose: Purpose) -> Container:
        """The app's own; to plan, one like it, overrides included, that creates no store."""
        ours = self._site().container
        if purpose is not Purpose.PLAN:
            return ours
        like_it = Container.from_settings(settings, purpose)
        for name in ours.providers.keys() - {"config"}:
            for replacement in ours.providers[name].overridden:
                like_it.providers[name].override(replacement)
        return like_it

    def _site(self) -> Site:
        if self.site is None:
            raise RuntimeError("a hosted session belongs to a site")
        return self.site


def capacity_commands() -> click.Group:
    """The group, to be added to an app's commands."""
    options = [
        click.Option(["--quiet"], is_flag=True, help="No messages and no progress; errors all the same."),
        click.Option(["-v", "--verbose"], is_flag=True, help="A log on stderr, and tracebacks of unexpected errors."),
    ]
    return Tool("capacity", callback=with_appcontext(_begin), params=options,
                commands={name: commands.cli.commands[name] for name in COMMANDS},
                help="The inventory and the sizes of the databases of this app's fleet.")


def _begin(**options: Any) -> None:
    click.get_current_context().obj = HostedSession(site=current_app.extensions[EXTENSION], **options)
