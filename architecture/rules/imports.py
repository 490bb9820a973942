"""Who may import what of others. `contracts.ini` holds the floors of our own modules."""
import ast
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase

from architecture.house import ENGINES, House, imported, last_name, when_imported

EVERYWHERE = sys.stdlib_module_names | {"attrs", "capacity_sync"}
ROOMS = {
    "adapters/charts/*": {"matplotlib"},
    "adapters/retrying.py": {"tenacity"},
    "adapters/stores/sql/*": {"alembic", "sqlalchemy"},
    "adapters/telemetry/*": {"opentelemetry", "prometheus_client", "structlog"},
    "container.py": {"dependency_injector", "sqlalchemy"},
    "entrypoints/celery/*": {"cattrs", "celery", "kombu"},
    "entrypoints/cli/*": {"click", "rich"},
    "entrypoints/flask/*": {"click", "flask", "werkzeug"},
    "settings/*": {"cattrs", "yaml"},
    "testing/*": {"hypothesis", "pytest"},
}
"""Where a package of others may be imported. The core has no line here, and no engine: see the next rule."""


def packages_of_others_stay_in_their_rooms(house: House) -> Iterator[str]:
    """Standard library and attrs everywhere; an engine's driver inside functions of its folder."""
    for path, tree in house.python().items():
        allowed = EVERYWHERE.union(*(names for room, names in ROOMS.items() if fnmatchcase(path, room)))
        nodes = when_imported(tree) if path.startswith(ENGINES) and path.count("/") > 2 else ast.walk(tree)
        for line, name in imported(nodes):
            if name.partition(".")[0] not in allowed:
                yield f"{path}:{line} imports {name}"


def the_core_imports_nothing_by_name(house: House) -> Iterator[str]:
    """No import that the rules and contracts cannot see."""
    for path, tree in house.python().items():
        if path.startswith(("domain/", "ports/", "use_cases/")):
            for node in ast.walk(tree):
                if isinstance(node, ast.Name | ast.Attribute) and last_name(node) in ("import_module", "__import__"):
                    yield f"{path}:{node.lineno} imports by name"
