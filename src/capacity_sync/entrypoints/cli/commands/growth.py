"""`aggregate`: sizes over periods."""
from datetime import datetime

import click

from capacity_sync.entrypoints.cli.commands.options import form, of_day, pass_session
from capacity_sync.entrypoints.cli.session import Session

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--period", "kind", type=click.Choice(["daily", "weekly", "monthly", "quarterly"]),
              help="Only periods of this kind.  [default: all four]")
@of_day
@click.option("--current", is_flag=True, help="The periods that today belongs to.")
@click.option("--from", "first", type=DAY, metavar="YYYY-MM-DD", help="All periods from this day on ...")
@click.option("--to", "last", type=DAY, metavar="YYYY-MM-DD", help="... to this one.  [default: today]")
@form
@pass_session
def aggregate(session: Session, kind: str | None, day: datetime | None, current: bool, first: datetime | None,
              last: datetime | None, form: str) -> None:
    """Days, weeks, months and quarters from the sizes.

    Without options those that sizes were written into since the last time; with --date those that contain that day.
    """
    from capacity_sync.entrypoints.cli.aggregating import Wanted, aggregate_periods

    days = (None if at is None else at.date() for at in (first, last))
    aggregate_periods(session, Wanted(kind, day and day.date(), current, *days), form)
