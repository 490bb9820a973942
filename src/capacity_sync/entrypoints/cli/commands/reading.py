"""`inventory`, `sizes`, `runs` and `metrics`: what only reads the store."""
from datetime import datetime

import click

from capacity_sync.entrypoints.cli.commands.options import (
    form,
    of_day,
    of_engine,
    of_instances,
    pass_session,
    tags,
    with_inactive,
)
from capacity_sync.entrypoints.cli.session import Session


@click.command()
@of_instances
@of_engine
@tags
@with_inactive
@of_day
@form
@pass_session
def inventory(session: Session, instances: tuple[str, ...], engine: str | None, tags: tuple[str, ...],
              with_inactive: bool, day: datetime | None, form: str) -> None:
    """The databases that the store knows.

    With --date, those that were there on that day.
    """
    from capacity_sync.entrypoints.cli.browsing import Choice, show_inventory

    show_inventory(session, Choice(instances, engine, tags, with_inactive, day and day.date()), form)


@click.command()
@of_instances
@of_engine
@tags
@with_inactive
@of_day
@form
@pass_session
def sizes(session: Session, instances: tuple[str, ...], engine: str | None, tags: tuple[str, ...],
          with_inactive: bool, day: datetime | None, form: str) -> None:
    """Their sizes on a day.

    By default on the last day of each instance.
    """
    from capacity_sync.entrypoints.cli.browsing import Choice, show_sizes

    show_sizes(session, Choice(instances, engine, tags, with_inactive, day and day.date()), form)


@click.command()
@click.argument("run_id", required=False, metavar="[ID]")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many, newest first.")
@form
@pass_session
def runs(session: Session, run_id: str | None, limit: int, form: str) -> None:
    """The last runs, or what one of them did.

    The beginning of its ID is enough.
    """
    from capacity_sync.entrypoints.cli.history import show_run, show_runs

    if run_id is None:
        show_runs(session, limit, form)
    else:
        show_run(session, run_id, form)


@click.command()
@click.option("--listen", metavar="[HOST]:PORT", help="Answer scrapes at this address, until interrupted.")
@pass_session
def metrics(session: Session, listen: str | None) -> None:
    """Sizes and the health of syncs, for Prometheus.

    Printed once in its text format, or served with --listen. What is not known is absent.
    """
    from capacity_sync.entrypoints.cli.exposing import expose

    expose(session, listen)
