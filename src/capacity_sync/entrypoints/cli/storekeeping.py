"""`capacity-sync store check` and `store upgrade`."""
from typing import Any

from capacity_sync.entrypoints.cli.printing import Column, Sheet
from capacity_sync.entrypoints.cli.session import Session

COLUMNS = (
    Column("store", "Store"), Column("condition", "Condition"), Column("version", "Version"),
    Column("wanted", "Wanted"), Column("adopted", "Adopted"), Column("written_by", "Written by"),
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


def _print(state: Any, form: str) -> None:
    Sheet(COLUMNS, [{
        "store": state.store, "condition": state.condition.value, "version": state.found, "wanted": state.wanted,
        "adopted": state.adopted, "written_by": state.written_by,
    }]).print(form)
