"""Sizes, names and forms."""
import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from architecture.house import House, comments, last_name


def no_module_is_longer_than_200_lines(house: House) -> Iterator[str]:
    for path in house.python():
        if (lines := len(house.texts[path].splitlines())) > 200:
            yield f"{path} has {lines} lines"


def no_function_is_longer_than_30_lines(house: House) -> Iterator[str]:
    for path, tree in house.python().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > 30:
                    yield f"{path}:{node.lineno} {node.name} has {lines} lines"


FORBIDDEN_ROOMS = re.compile(
    r"utils?|helpers?|common|core|shared|services?|managers|dtos?|mappers?|factor(y|ies)|constants|types|interfaces?"
    r"|.*_(impl|utils?|helpers?)")


def no_room_is_named_after_nothing(house: House) -> Iterator[str]:
    for path in house.python():
        for part in PurePosixPath(path).with_suffix("").parts:
            if FORBIDDEN_ROOMS.fullmatch(part):
                yield f"{path}: a room must not be named {part}"


REASONED = re.compile(
    r"#\s*((ruff: )?noqa: [A-Z0-9, ]+|type: ignore\[[\w, -]+\]|pragma: no (cover|branch|mutate))\s*(#|-|:)\s*\S")
IGNORES = re.compile(r"#\s*(noqa|type:\s*ignore|pragma|mypy:|ruff:)")


def every_ignore_names_its_rule_and_its_reason(house: House) -> Iterator[str]:
    for path, text in (house.texts | house.checks).items():
        if path.endswith(".py"):
            for line, comment in comments(text):
                if IGNORES.search(comment) and not REASONED.search(comment):
                    yield f"{path}:{line} {comment}"


def a_port_has_no_behaviour(house: House) -> Iterator[str]:
    for path, tree in house.python("ports/").items():
        for cls in (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)):
            if [ast.unparse(base) for base in cls.bases] != ["Protocol"]:
                yield f"{path}:{cls.lineno} {cls.name} is no Protocol"
            for node in cls.body:
                if isinstance(node, ast.FunctionDef) and not _is_promise(node):
                    yield f"{path}:{node.lineno} {cls.name}.{node.name} does something or is not abstract"


def _is_promise(function: ast.FunctionDef) -> bool:
    body = all(isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) for node in function.body)
    return body and "abstractmethod" in map(ast.unparse, function.decorator_list)


def what_implements_a_port_is_final(house: House) -> Iterator[str]:
    """Inheritance is one level deep. The base of the engines is the one class made to be extended."""
    ports = {node.name for tree in house.python("ports/").values() for node in ast.walk(tree)
             if isinstance(node, ast.ClassDef)}
    bases = ports | {"BaseCapacitySyncAdapter"}
    for path, tree in house.python("adapters/").items():
        for cls in (node for node in tree.body if isinstance(node, ast.ClassDef)):
            named = bases & {last_name(base) for base in cls.bases}
            final = "final" in map(ast.unparse, cls.decorator_list)
            if named and not final and cls.name != "BaseCapacitySyncAdapter":
                yield f"{path}:{cls.lineno} {cls.name} implements {', '.join(named)} and is not final"
