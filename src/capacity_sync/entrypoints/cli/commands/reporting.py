"""`report`: growth, alerts and charts."""
from datetime import datetime

import click

from capacity_sync.entrypoints.cli.commands.options import form, of_day, of_engine, of_instances, pass_session, tags
from capacity_sync.entrypoints.cli.session import Session


@click.command()
@click.option("--period", "kind", type=click.Choice(["daily", "weekly", "monthly", "quarterly"]), default="weekly",
              show_default=True, help="Growth of such a period against the one before.")
@click.option("--by", "grouping", type=click.Choice(["database", "instance", "engine", "tag", "volume"]),
              default="database", show_default=True, help="What a line is about.")
@click.option("--top", type=click.IntRange(1), default=20, show_default=True, help="How many, the fastest first.")
@of_instances
@of_engine
@tags
@of_day
@click.option("--alerts", is_flag=True, help="Instead: what grew quickly, is nearly full or was not measured. "
                                             "Exit code 6 if there is any.")
@click.option("--plot", metavar="FILE", help="Also draw it: history, forecast and limit, as .svg or .png.")
@form
@pass_session
def report(session: Session, kind: str, grouping: str, top: int, instances: tuple[str, ...], engine: str | None,
           tags: tuple[str, ...], day: datetime | None, alerts: bool, plot: str | None, form: str) -> None:
    """What grew, and when it will be full.

    Of the newest period that was aggregated, or of the one that has the --date. Trend: the last four weeks, a dot is a
    day that was not measured. Run `capacity-sync aggregate` first.
    """
    from capacity_sync.entrypoints.cli.browsing import Choice
    from capacity_sync.entrypoints.cli.reporting import Wanted, show_alerts, show_report

    if alerts and plot:
        raise click.UsageError("--alerts and --plot do not go together")
    choice = Choice(instances, engine, tags, day=day and day.date())
    if alerts:
        click.get_current_context().exit(show_alerts(session, choice, form))
    show_report(session, choice, Wanted(kind, grouping, top, plot), form)
