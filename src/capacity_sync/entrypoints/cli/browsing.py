"""`capacity-sync inventory` and `sizes`: what the store knows."""
from collections.abc import Sequence
from datetime import date

from attrs import frozen

from capacity_sync.container import Container, Purpose
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.entrypoints.cli.printing import Column, Sheet, counted, iec
from capacity_sync.entrypoints.cli.selecting import one_of, tag_pairs
from capacity_sync.entrypoints.cli.session import Session
from capacity_sync.settings import Settings
from capacity_sync.use_cases.browsing import KnownOf, SizeOf

INVENTORY = (
    Column("instance", "Instance"), Column("engine", "Engine"), Column("database_name", "Database"),
    Column("is_active", "Active"), Column("first_seen_date", "First seen"), Column("last_seen_date", "Last seen"),
    Column("deleted_at"), Column("absent_since", "Held since"), Column("identity"), Column("engine_state", "State"),
)
SIZES = (
    Column("instance", "Instance"), Column("engine", "Engine"), Column("database_name", "Database"),
    Column("collected_date", "Day"), Column("collected_at"), Column("size_bytes", "Size", iec, right=True),
    Column("size_mb"), Column("data_bytes"), Column("log_bytes", "Log", iec, right=True),
    Column("max_bytes", "Limit", iec, right=True), Column("identity"), Column("method"), Column("basis", "Basis"),
)


@frozen
class Choice:
    """Which rows; empty and None are no restriction."""

    instances: tuple[str, ...] = ()
    engine: str | None = None
    tags: tuple[str, ...] = ()
    with_inactive: bool = False
    day: date | None = None

    def names(self, settings: Settings, known: Sequence[str]) -> list[str] | None:
        """The instances chosen among those the store has; None: all.

        Raises: ConfigurationRefused: an instance is not in the store, or tags are asked for without a fleet file.
        """
        chosen = [one_of("--instance", name, known) for name in self.instances] or None
        if not self.tags:
            return chosen
        if not settings.instances:
            raise ConfigurationRefused("--tag: tags stand in the fleet file, and there is none; name it with --config")
        wanted = set(tag_pairs(self.tags).items())
        tagged = [one.name for one in settings.instances if wanted <= set(one.tags.items())]
        return [name for name in tagged if chosen is None or name in chosen]


@frozen
class _Reading:
    container: Container
    instances: list[str] | None
    engine: str | None

    @classmethod
    def of(cls, session: Session, choice: Choice) -> "_Reading":
        settings = session.settings_to_read()
        container = session.container(settings, Purpose.READ)
        engine = None if choice.engine is None else one_of("--engine", choice.engine, container.engines().names())
        return cls(container, choice.names(settings, container.browser().instances()), engine)


def show_inventory(session: Session, choice: Choice, form: str) -> None:
    reading = _Reading.of(session, choice)
    rows = reading.container.browser().databases(instances=reading.instances, engine=reading.engine,
                                                 with_inactive=choice.with_inactive or choice.day is not None)
    kept = [row for row in rows if choice.day is None or _was_there(row, choice.day)]
    Sheet(INVENTORY, [_known(row) for row in kept]).print(form)
    if not kept:
        session.say("no databases")


def show_sizes(session: Session, choice: Choice, form: str) -> None:
    reading = _Reading.of(session, choice)
    rows = reading.container.browser().sizes(instances=reading.instances, engine=reading.engine, day=choice.day,
                                             with_inactive=choice.with_inactive)
    Sheet(SIZES, [_size(row) for row in rows]).print(form, lambda: _total(rows))
    if not rows:
        session.say(f"no sizes{f' of {choice.day}' if choice.day else ''}")


def _was_there(row: KnownOf, day: date) -> bool:
    return row.database.first_seen <= day <= row.database.last_seen


def _known(row: KnownOf) -> dict[str, object]:
    known = row.database
    return {
        "instance": row.instance, "engine": row.engine, "database_name": known.name, "is_active": known.is_active,
        "first_seen_date": known.first_seen.isoformat(), "last_seen_date": known.last_seen.isoformat(),
        "deleted_at": known.deleted_at.isoformat() if known.deleted_at else None,
        "absent_since": known.absent_since.isoformat() if known.absent_since else None,
        "identity": known.identity, "engine_state": known.state,
    }


def _size(row: SizeOf) -> dict[str, object]:
    size = row.size
    return {
        "instance": row.instance, "engine": row.engine, "database_name": size.database_name,
        "collected_date": size.collected_date.isoformat(), "collected_at": size.collected_at.isoformat(),
        "size_bytes": size.size_bytes, "size_mb": size.size_mb, "data_bytes": size.data_bytes,
        "log_bytes": size.log_bytes, "max_bytes": size.max_bytes, "identity": size.identity, "method": size.method,
        "basis": size.basis.value if size.basis else None,
    }


def _total(rows: Sequence[SizeOf]) -> None:
    from capacity_sync.entrypoints.cli.tables import print_lines

    if rows:
        known = [row.size.size_bytes for row in rows if row.size.size_bytes is not None]
        print_lines(["", f"{counted(len(rows))}, {iec(sum(known))}"])
