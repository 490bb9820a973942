"""The commands: options in, one call, the answer out. What a command does is imported when it is called."""
from datetime import datetime

import click

from capacity_sync.entrypoints.cli.session import Session
from capacity_sync.entrypoints.cli.tool import Tool

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


@click.group(cls=Tool, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", metavar="FILE", help="The fleet file.  [default: $CAPACITY_SYNC_CONFIG, else fleet.yaml]")
@click.option("--store", metavar="URL", help="The store.  [default: $CAPACITY_SYNC_STORE, else the fleet file's]")
@click.option("--quiet", is_flag=True, help="No messages and no progress; errors all the same.")
@click.option("-v", "--verbose", is_flag=True, help="A log on stderr, and tracebacks of unexpected errors.")
@click.option("--log-format", type=click.Choice(["text", "json"]), help="A log on stderr, in this form.")
@click.version_option(package_name="capacity-sync", prog_name="capacity-sync")
@click.pass_context
def cli(ctx: click.Context, config: str | None, store: str | None, quiet: bool, verbose: bool,
        log_format: str | None) -> None:
    """A true inventory and an exact size history of the databases of a fleet."""
    ctx.obj = Session(config, store, quiet, verbose, log_format)


@cli.command()
@click.option("--folder", type=click.Path(file_okay=False), help="Where to make it; default: a temporary folder.")
def demo(folder: str | None) -> None:
    """Two days of a small fleet; needs no set-up."""
    from capacity_sync.entrypoints.cli.demo import show

    show(folder)


@cli.command()
@names
@tags
@click.option("--dry-run", is_flag=True, help="Say what the inventory would become, and write nothing.")
@click.option("--accept", "accepted", multiple=True, metavar="INSTANCE[/DATABASE]",
              help="Let a held change through: all of an instance, or one database.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N",
              help="How many instances at a time.  [default: workers in the fleet file, else 4]")
@form
@pass_session
def sync(session: Session, names: tuple[str, ...], tags: tuple[str, ...], dry_run: bool, accepted: tuple[str, ...],
         workers: int | None, form: str) -> None:
    """Inventory and sizes into the store.

    Of all instances of the fleet file, or of the named ones.
    """
    from capacity_sync.entrypoints.cli.syncing import Order, synchronize

    click.get_current_context().exit(synchronize(session, Order(names, tags, dry_run, accepted, workers), form))


@cli.command()
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


@cli.command()
@click.argument("engine")
@click.option("--user", required=True, help="The login that capacity-sync connects with.")
@form
def grants(engine: str, user: str, form: str) -> None:
    """The statements that a login needs, and no more."""
    from capacity_sync.entrypoints.cli.installed import show_grants

    show_grants(engine, user, form)


@cli.command()
@form
def engines(form: str) -> None:
    """Engines and their drivers."""
    from capacity_sync.entrypoints.cli.installed import show_engines

    show_engines(form)


@cli.command()
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


@cli.command()
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


@cli.command()
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


@cli.group()
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
