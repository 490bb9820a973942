"""`engines`, `grants` and `demo`: what needs no fleet file."""
import click

from capacity_sync.entrypoints.cli.commands.options import form


@click.command()
@click.option("--folder", type=click.Path(file_okay=False), help="Where to make it; default: a temporary folder.")
def demo(folder: str | None) -> None:
    """Two days of a small fleet; needs no set-up."""
    from capacity_sync.entrypoints.cli.demo import show

    show(folder)


@click.command()
@click.argument("engine")
@click.option("--user", required=True, help="The login that capacity-sync connects with.")
@form
def grants(engine: str, user: str, form: str) -> None:
    """The statements that a login needs, and no more."""
    from capacity_sync.entrypoints.cli.installed import show_grants

    show_grants(engine, user, form)


@click.command()
@form
def engines(form: str) -> None:
    """Engines and their drivers."""
    from capacity_sync.entrypoints.cli.installed import show_engines

    show_engines(form)
