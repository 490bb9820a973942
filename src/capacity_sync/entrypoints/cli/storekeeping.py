"""`capacity-sync store check`, `store upgrade` and `store prune`."""
from typing import Any

from capacity_sync.container import Purpose
from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.domain.retention import Keep
from capacity_sync.entrypoints.cli.printing import Column, Sheet
from capacity_sync.entrypoints.cli.session import Session

COLUMNS = (
    Column("store", "Store"), Column("condition", "Condition"), Column("version", "Version"),
    Column("wanted", "Wanted"), Column("adopted", "Adopted"), Column("written_by", "Written by"),
    Column("additions"),
)
PRUNED = (
    Column("table", "Table"), Column("before", "Before"), Column("rows", "Rows", right=True),
    Column("partitions", "Partitions", lambda names: ", ".join(names) or "-"),
)
USABLE = {"current", "missing", "empty"}
"""A sync creates what is missing."""


def check_store(session: Session, form: str) -> None:
    """Raises: StoreRefused: a sync would refuse it; with the way out."""
    container = session.reading()
    state = container.maintenance().look()
    _print(state, form)
    if state.condition.value not in USABLE:
        container.storage()


def upgrade_store(session: Session, form: str) -> None:
    container = session.reading()
    before = container.maintenance().look().condition.value
    _print(container.maintenance().upgrade(), form)
    session.say("it was current already" if before == "current" else f"upgraded; it was {before}")


def prune_store(session: Session, kept: str, dry_run: bool, form: str) -> None:
    """Raises: ConfigurationRefused: *kept* is no time; StoreRefused: there is no current store."""
    try:
        keep = Keep.parse(kept)
    except ValueError as error:
        raise ConfigurationRefused(f"--keep: {error}") from error
    retention = session.container(
        session.settings_to_read(), Purpose.READ if dry_run else Purpose.CHANGE).retention()
    report = retention.look(keep) if dry_run else retention.prune(keep)
    Sheet(PRUNED, [{"table": one.kind.value, "before": report.horizon.isoformat(), "rows": one.rows,
                    "partitions": list(one.partitions)} for one in report.pruned]).print(form)
    if report.cut:
        kinds = ", ".join(kind.value for kind in report.cut)
        session.say(f"warning: {kinds} aggregates that are still open lose days; with 6mo none does")
    session.say("nothing was written" if dry_run else f"what is older than {report.horizon} is gone")


def _print(state: Any, form: str) -> None:
    Sheet(COLUMNS, [{
        "store": state.store, "condition": state.condition.value, "version": state.found, "wanted": state.wanted,
        "adopted": state.adopted, "written_by": state.written_by, "additions": list(state.additions),
    }]).print(form, lambda: _below(state))


def _below(state: Any) -> None:
    from capacity_sync.entrypoints.cli.tables import print_lines

    if state.additions:
        print_lines(["", "an upgrade would add", *(f"  {one}" for one in state.additions)])
