"""Nothing happens at import, and time is read in one place. `test_importing.py` watches the same from outside."""
import ast
from collections.abc import Iterator

from architecture.house import House, last_name, when_imported

DECLARATIONS = (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.FunctionDef, ast.ClassDef)
RUN_BY_ALEMBIC = "adapters/stores/sql/migrations/env.py"
"""A script of Alembic's, run when a store is migrated; nothing imports it."""
READS_THE_WORLD = {"now", "today", "utcnow", "monotonic", "perf_counter", "getenv", "uuid4", "entry_points",
                   "create_engine", "connect", "open", "read_text", "read_bytes", "import_module", "Popen", "run"}


def a_module_declares_and_does_nothing(house: House) -> Iterator[str]:
    """No statement at module level but declarations, and nothing in them that reads clock, file, registry or net."""
    for path, tree in house.python().items():
        if path == RUN_BY_ALEMBIC:
            continue
        for node in tree.body:
            if not isinstance(node, DECLARATIONS) and not _declares(node):
                yield f"{path}:{node.lineno} does something at import"
        for run in when_imported(tree):
            if isinstance(run, ast.Call) and last_name(run.func) in READS_THE_WORLD:
                yield f"{path}:{run.lineno} calls {ast.unparse(run.func)} at import"


def _declares(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Constant(value=str())) | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.AugAssign(target=ast.Name(id="__all__")):
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id="Index"))):
            return True  # how SQLAlchemy declares an index over expressions of a table
        case _:
            return False


def the_clock_is_read_in_one_place(house: House) -> Iterator[str]:
    for path, tree in house.python().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in WALL_CLOCKS and path != "adapters/clock.py":
                yield f"{path}:{node.lineno} reads the wall clock"


WALL_CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns",
               "datetime.datetime.now", "datetime.date.today"}
