"""One engine, one folder, and its SQL beside it."""
import ast
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from architecture.house import ENGINES, House, code_only, last_name, strings

NAMES_ENGINES = {
    "adapters/engines/sqlserver/listing.py": "Babelfish is a PostgreSQL server, and measured as one",
    "adapters/stores/sql/*": "the dialects a store may have",
    "settings/store_url.py": "the default store, and the example of another in an error text",
    "entrypoints/cli/demo*": "it makes SQLite databases and a SQLite store",
}


def an_engine_is_named_in_its_folder_only(house: House) -> Iterator[str]:
    """In code: comments and docstrings may tell of engines."""
    for engine in house.engines():
        words = re.compile("|".join(map(re.escape, sorted(_words(house, engine)))), re.IGNORECASE)
        elsewhere = [path for path in house.python() if not path.startswith(f"{ENGINES}{engine}/")
                     and not any(fnmatchcase(path, room) for room in NAMES_ENGINES)]
        for path in elsewhere:
            if found := words.search(code_only(house.texts[path])):
                yield f"{path} names {engine}: {found[0]}"


def _words(house: House, engine: str) -> set[str]:
    """The folder's name, and the name, driver and URL schemes in the engine's `EngineTraits`."""
    calls = [node for tree in house.python(f"{ENGINES}{engine}/").values() for node in ast.walk(tree)
             if isinstance(node, ast.Call) and last_name(node.func) == "EngineTraits"]
    told = [k.value for call in calls for k in call.keywords if k.arg in ("name", "driver", "url_schemes")]
    return {engine} | {node.value for value in told for node in ast.walk(value)
                       if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def an_engine_is_one_folder_and_one_entry_point(house: House) -> Iterator[str]:
    for engine in house.engines():
        if f"{ENGINES}{engine}/adapter.py" not in house.texts:
            yield f"{ENGINES}{engine} has no adapter.py"
        if f'"capacity_sync.adapters.engines.{engine}.adapter:' not in house.texts["pyproject.toml"]:
            yield f"pyproject.toml has no entry point for {engine}"


SQL = re.compile(
    r"\s*(SELECT\s|WITH\s.+\sAS\s*\(|INSERT\s+INTO\s|UPDATE\s.+\sSET\s|DELETE\s+FROM\s|EXPLAIN\s|PRAGMA\s|USE\s+\S|CALL\s"
    r"|(CREATE|ALTER|DROP)\s+(DATABASE|SCHEMA|TABLE|USER|ROLE|INDEX|VIEW|LOGIN|SESSION)\s+\S|(GRANT|REVOKE)\s.+\s(TO|FROM)\s"
    r"|(BEGIN|START)\s+(TRANSACTION|READ|ISOLATION)|SET\s+(SESSION|GLOBAL|LOCAL|TRANSACTION|STATEMENT|@|\w+\s*(=|TO\b))"
    r"|SHOW\s+(GLOBAL|SESSION|STATUS|VARIABLES|GRANTS|ENGINE|MASTER|BINARY|REPLICA|TABLE|CREATE)\b)"
    r"|(?is:\s*select\s.+\sfrom\s)", re.DOTALL)


def sql_text_stands_in_sql_files(house: House) -> Iterator[str]:
    """Strings of engines that begin like a statement, and literals that are executed."""
    for path, tree in house.python(ENGINES).items():
        for line, text in strings(tree):
            if SQL.match(text):
                yield f"{path}:{line} {text.strip()[:40]!r} looks like SQL"
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and last_name(node.func) == "execute" and _is_literal(node.args[:1]):
                yield f"{path}:{node.lineno} executes a literal"


def _is_literal(arguments: Sequence[ast.expr]) -> bool:
    return any(isinstance(argument, ast.Constant | ast.JoinedStr) for argument in arguments)


def every_sql_file_is_read_by_its_engine(house: House) -> Iterator[str]:
    for engine in house.engines():
        folder = f"{ENGINES}{engine}/"
        said = {text for tree in house.python(folder).values() for _, text in strings(tree)}
        for name in (path.removeprefix(folder) for path in house.texts if path.startswith(folder)):
            if name.endswith(".sql") and not {name, name.removesuffix(".sql")} & said:
                yield f"{folder}{name} is read by nobody"
