"""The source text of the house, and what the rules look at in it."""
import ast
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from attrs import evolve, field, frozen

ROOT = Path(__file__).parents[1]
SRC = "src/capacity_sync/"
TEXT = (".py", ".sql")
ENGINES = "adapters/engines/"


@frozen
class House:
    """Texts by path: of `src/capacity_sync` relative to it, of everything else relative to the repository."""

    texts: dict[str, str]
    checks: dict[str, str] = field(factory=dict)
    """The Python files outside `src`: tests and this folder."""

    def python(self, under: str = "") -> dict[str, ast.Module]:
        """The parsed modules below *under*, by path."""
        return {path: parsed(text) for path, text in self.texts.items()
                if path.endswith(".py") and path.startswith(under)}

    def engines(self) -> list[str]:
        """The names of the folders below `adapters/engines`."""
        return sorted({path.split("/")[2] for path in self.texts if path.startswith(ENGINES) and path.count("/") > 2})

    def with_text(self, path: str, added: str) -> "House":
        """A copy in which *added* stands at the end of *path*, a new file perhaps."""
        return evolve(self, texts={**self.texts, path: self.texts.get(path, "") + added})


def read_house(root: Path = ROOT) -> House:
    src = root / SRC
    texts = {path.relative_to(src).as_posix(): path.read_text("utf-8")
             for path in sorted(src.rglob("*")) if path.suffix in TEXT}
    checks = {path.relative_to(root).as_posix(): path.read_text("utf-8")
              for folder in ("tests", "architecture") for path in sorted((root / folder).rglob("*.py"))}
    return House(texts | {"pyproject.toml": (root / "pyproject.toml").read_text("utf-8")}, checks)


@cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def comments(text: str) -> tuple[tuple[int, str], ...]:
    """Line number and text of every comment."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return tuple((token.start[0], token.string) for token in tokens if token.type == tokenize.COMMENT)


@cache
def code_only(text: str) -> str:
    """*text* without comments and docstrings: what runs."""
    return ast.unparse(_WithoutProse().visit(ast.parse(text)))


class _WithoutProse(ast.NodeTransformer):
    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        return ast.Pass() if _is_prose(node) else self.generic_visit(node)


def _is_prose(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of every string in the code; what an f-string fills in is `{}`. No docstrings."""
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
              if part is not node}
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and _is_prose(node)}
    for node in ast.walk(tree):
        if id(node) in inside or id(node) in prose:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)


def when_imported(tree: ast.Module) -> Iterator[ast.AST]:
    """Every node that runs when the module is imported: bodies of functions and of `if TYPE_CHECKING` do not."""
    stack: list[ast.AST] = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack += _run_now(node)


def _run_now(node: ast.AST) -> list[ast.AST]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            return [*node.decorator_list, *node.args.defaults, *(d for d in node.args.kw_defaults if d is not None)]
        case ast.Lambda():
            return [*node.args.defaults]
        case ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return list(node.orelse)
        case _:
            return list(ast.iter_child_nodes(node))


def imported(nodes: Iterator[ast.AST]) -> Iterator[tuple[int, str]]:
    """Line and full name of every module that *nodes* import. Relative imports are the package's own."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.lineno, "capacity_sync" if node.level else node.module or ""


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, and of `c`; nothing of other expressions."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
