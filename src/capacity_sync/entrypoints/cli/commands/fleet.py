"""`sync` and `check`: what connects to the fleet."""
import click

from capacity_sync.entrypoints.cli.commands.options import form, names, pass_session, seconds, tags
from capacity_sync.entrypoints.cli.session import Session


@click.command()
@names
@tags
@click.option("--dry-run", is_flag=True, help="Say what the inventory would become, and write nothing.")
@click.option("--accept", "accepted", multiple=True, metavar="INSTANCE[/DATABASE]",
              help="Let a held change through: all of an instance, or one database.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N",
              help="How many instances at a time.  [default: workers in the fleet file, else 4]")
@click.option("--budget", callback=seconds, metavar="TIME",
              help="How long the run may take, such as 2h; what is not done then is a timeout.  "
                   "[default: budget in the fleet file, else no end]")
@click.option("--stale-after", callback=seconds, metavar="TIME",
              help="Measure only new databases and those whose last size is older than this, such as 20h.")
@click.option("--dispatch", type=click.Choice(["celery"]),
              help="Leave the work to Celery's workers, and wait for them.")
@form
@pass_session
def sync(session: Session, names: tuple[str, ...], tags: tuple[str, ...], dry_run: bool, accepted: tuple[str, ...],
         workers: int | None, budget: float | None, stale_after: float | None, dispatch: str | None,
         form: str) -> None:
    """Inventory and sizes into the store.

    Of all instances of the fleet file, or of the named ones.
    """
    from capacity_sync.entrypoints.cli.sync_order import Order
    from capacity_sync.entrypoints.cli.syncing import synchronize

    order = Order(names, tags, dry_run, accepted, workers, budget, stale_after, dispatch)
    click.get_current_context().exit(synchronize(session, order, form))


@click.command()
@names
@tags
@form
@pass_session
def check(session: Session, names: tuple[str, ...], tags: tuple[str, ...], form: str) -> None:
    """What is missing, and the GRANT that mends it.

    Per instance: reachable? login? which privileges are missing, and what does that hide? Writes nothing.
    """
    from capacity_sync.entrypoints.cli.checking import check_fleet

    click.get_current_context().exit(check_fleet(session, names, tags, form))
