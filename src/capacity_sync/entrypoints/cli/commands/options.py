"""Options that several commands have."""
import click

from capacity_sync.entrypoints.cli.session import Session

FORMATS = ("table", "json", "csv", "ndjson")
pass_session = click.make_pass_decorator(Session)
names = click.argument("names", nargs=-1, metavar="[NAME]...")
form = click.option("--format", "form", type=click.Choice(FORMATS), default="table", show_default=True,
                    help="How data is printed on stdout.")
tags = click.option("--tag", "tags", multiple=True, metavar="K=V", help="Only instances with this tag; repeatable.")
of_instances = click.option("--instance", "instances", multiple=True, metavar="NAME",
                            help="Only this instance; repeatable.")
of_engine = click.option("--engine", metavar="ENGINE", help="Only instances of this engine.")
with_inactive = click.option("--all", "with_inactive", is_flag=True, help="Also databases that are gone.")
of_day = click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD")


def seconds(ctx: click.Context, param: click.Parameter, value: str | None) -> float | None:
    """Callback of an option that takes a time: `2h`, `90m`, `1h30m`, or seconds."""
    from capacity_sync.settings.durations import duration
    from capacity_sync.settings.findings import Wrong

    try:
        return None if value is None else duration(int(value) if value.isascii() and value.isdigit() else value)
    except Wrong as error:
        raise click.BadParameter(str(error), ctx, param) from error
