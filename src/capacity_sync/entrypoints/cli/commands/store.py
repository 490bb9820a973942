"""`store`: what is done to the store itself."""
import click

from capacity_sync.entrypoints.cli.commands.options import form, pass_session
from capacity_sync.entrypoints.cli.session import Session


@click.group()
def store() -> None:
    """Look at the store, or upgrade it."""


@store.command("check")
@form
@pass_session
def store_check(session: Session, form: str) -> None:
    """What lies in it; changes nothing."""
    from capacity_sync.entrypoints.cli.storekeeping import check_store

    check_store(session, form)


@store.command("upgrade")
@form
@pass_session
def store_upgrade(session: Session, form: str) -> None:
    """Create, adopt or migrate the store."""
    from capacity_sync.entrypoints.cli.storekeeping import upgrade_store

    upgrade_store(session, form)
