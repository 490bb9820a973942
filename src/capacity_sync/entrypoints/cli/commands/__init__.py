"""The commands: options in, one call, the answer out. What a command does is imported when it is called."""
import click

from capacity_sync.entrypoints.cli.commands.engines import demo, engines, grants
from capacity_sync.entrypoints.cli.commands.fleet import check, sync
from capacity_sync.entrypoints.cli.commands.growth import aggregate
from capacity_sync.entrypoints.cli.commands.reading import inventory, metrics, runs, sizes
from capacity_sync.entrypoints.cli.commands.reporting import report
from capacity_sync.entrypoints.cli.commands.store import store
from capacity_sync.entrypoints.cli.session import Session
from capacity_sync.entrypoints.cli.tool import Tool

ALL = (aggregate, check, demo, engines, grants, inventory, metrics, report, runs, sizes, store, sync)


@click.group(cls=Tool, commands=ALL, context_settings={"help_option_names": ["-h", "--help"]})
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
