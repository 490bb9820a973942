"""`capacity-sync check`."""
from typing import Any

from capacity_sync.container import Purpose
from capacity_sync.domain.diagnosis import InstanceCheck
from capacity_sync.entrypoints.cli.presentation import instance_check
from capacity_sync.entrypoints.cli.printing import Column, Sheet, as_json, as_ndjson, write
from capacity_sync.entrypoints.cli.selecting import tag_pairs
from capacity_sync.entrypoints.cli.session import Session

SEES = {"complete": "all databases", "visible_only": "only what it may", "unknown": "unknown"}
COLUMNS = (
    Column("name", "Instance"), Column("engine", "Engine"), Column("server_version", "Version"),
    Column("healthy"), Column("reachable", "Reachable"), Column("login", "Login"),
    Column("completeness", "Sees", lambda value: SEES.get(value, "-")), Column("missing", "Missing", right=True),
    Column("remedies"), Column("error_category"), Column("error_message"), Column("error_remedy"),
)


def check_fleet(session: Session, names: tuple[str, ...], tags: tuple[str, ...], form: str) -> int:
    """0: nothing is missing; 4: no instance could be entered; else 3."""
    settings = session.settings()
    checks = session.container(settings, Purpose.READ).check().check(settings.selected(names, tag_pairs(tags)))
    documents = [instance_check(one) for one in checks]
    if form in ("json", "ndjson"):
        write(as_json(documents) if form == "json" else as_ndjson(documents))
    else:
        Sheet(COLUMNS, [_row(one) for one in documents]).print(form, lambda: _below(checks))
    if all(one.healthy for one in checks):
        return 0
    return 4 if all(one.error for one in checks) else 3


def _row(document: dict[str, Any]) -> dict[str, Any]:
    error = document["error"] or {}
    return document | {
        "missing": len(document["missing"]) if document["completeness"] else None,
        "remedies": " ".join(one["remedy"] for one in document["missing"] if one["remedy"]),
        "error_category": error.get("category"), "error_message": error.get("message"),
        "error_remedy": error.get("remedy"),
    }


def _below(checks: list[InstanceCheck]) -> None:
    from capacity_sync.entrypoints.cli.advice import block, told

    for one in checks:
        if one.error:
            block(f"{one.name}: cannot be entered", "failed", told(one.error))
        for missing in one.diagnosis.missing if one.diagnosis else ():
            block(f"{one.name}: a privilege is missing", "partial", told(missing))
