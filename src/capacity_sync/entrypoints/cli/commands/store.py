"""`store`: what is done to the store itself."""
import click

from capacity_sync.entrypoints.cli.commands.options import form, pass_session
from capacity_sync.entrypoints.cli.session import Session


@click.group()
def store() -> None:
    """Look at the store, upgrade it, or prune it."""


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


@store.command("prune")
@click.option("--keep", "kept", required=True, metavar="TIME", help="What is younger stays: 90d, 13mo or 2y.")
@click.option("--dry-run", is_flag=True, help="Say what would go, and write nothing.")
@form
@pass_session
def store_prune(session: Session, kept: str, dry_run: bool, form: str) -> None:
    """Delete old sizes, totals and runs.

    The last size of an active database stays however old it is; so do aggregates and events.
    """
    from capacity_sync.entrypoints.cli.storekeeping import prune_store

    prune_store(session, kept, dry_run, form)
