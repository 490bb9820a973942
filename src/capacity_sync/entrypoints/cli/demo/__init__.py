"""`capacity-sync demo`: two days of a small fleet of SQLite files, made on the spot."""
import tempfile
from pathlib import Path

from capacity_sync.container import Container
from capacity_sync.entrypoints.cli.demo import fleet
from capacity_sync.entrypoints.cli.demo.days import DayBefore
from capacity_sync.entrypoints.cli.demo.story import tell
from capacity_sync.settings import Settings


def show(folder: str | None) -> None:
    """Make databases, sync them as of yesterday, change them, sync them as of today, and tell what was seen.

    Everything goes the way of `sync`: fleet file, container, use cases, engine, store. *folder* stays.
    """
    home = Path(folder or tempfile.mkdtemp(prefix="capacity-sync-demo-")).absolute()
    config = fleet.first_day(home)
    settings = Settings.load(config, environ={})
    container = Container.from_settings(settings)
    with container.clock.override(DayBefore(container.clock())):
        yesterday = container.fleet().run(settings.selected(), whole_fleet=True)
    fleet.second_day(home)
    today = container.fleet().run(settings.selected(), whole_fleet=True)
    tell(config, settings.store_url, yesterday, today)
