"""A YAML file as plain values, with the line of every one of them."""
import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from attrs import field, frozen

from capacity_sync.domain.outcomes import ConfigurationRefused
from capacity_sync.settings.findings import Finding, Findings, Path, dotted, one_line

PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("null", "bool", "int", "float", "str", "timestamp"))
MOST_VALUES = 1_000_000
"""Nodes after aliases are followed: a few lines of nested aliases could stand for billions."""


@frozen
class Document:
    """`source` is how the user named the file; `lines` count from 1 and are empty for what came from no file."""

    source: str
    data: Any
    lines: Mapping[Path, int] = field(factory=dict)

    def line(self, path: Path) -> int:
        """The line of *path*, or of the nearest thing around it; 0 when there are no lines."""
        around = (path[:n] for n in range(len(path), -1, -1))
        return next((self.lines[p] for p in around if p in self.lines), 0)

    def tell(self, finding: Finding) -> str:
        """*finding* on one line: `fleet.yaml:12: instances[2].prot: unknown key`."""
        line = self.line(finding.path)
        place = f"{self.source}:{line}" if line else self.source
        return one_line(": ".join(part for part in (place, dotted(finding.path), finding.text) if part))

    def told(self, findings: list[Finding]) -> tuple[str, ...]:
        """*findings* in the order of their lines."""
        return tuple(self.tell(f) for f in sorted(findings, key=lambda f: self.line(f.path)))


def read(source: str, text: bytes, findings: Findings) -> Document:
    """The document in *text*; duplicate keys and the like go to *findings*.

    Raises: ConfigurationRefused: it is no YAML.
    """
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            return Document(source, None)
        reading = _Reading(loader, findings, _repeated_keys(root))
        data = reading.value(root, (), root.start_mark.line + 1)
    except yaml.YAMLError as error:
        raise ConfigurationRefused(_syntax(source, text, error)) from error
    except RecursionError as error:
        raise ConfigurationRefused(f"{source}: nested too deeply to be read") from error
    return Document(source, data, reading.lines)


def _syntax(source: str, text: bytes, error: yaml.YAMLError) -> str:
    """One line without the quoted text of the file, in which a password may stand."""
    if isinstance(error, yaml.reader.ReaderError):
        line, problem = text[:error.position].count(b"\n"), error.reason
    else:
        mark = getattr(error, "problem_mark", None)
        line, problem = mark.line if mark else 0, getattr(error, "problem", None) or "cannot be read"
    without_values = re.sub(r"""\s?(?:'[^'<]{2,}'|"[^"<]{2,}")""", "", problem)
    return one_line(f"{source}:{line + 1}: not valid YAML: {without_values}; text with special characters needs quotes")


def _repeated_keys(root: yaml.Node) -> frozenset[int]:
    """The ids of key nodes whose text stood in their mapping before.

    Raises: YAMLError: an anchor contains itself, or aliases stand for too many values.
    """
    repeated, on_the_way, seen, stack = set[int](), set[int](), 0, [(root, False)]
    while stack:
        node, left = stack.pop()
        if left:
            on_the_way.discard(id(node))
            continue
        seen += 1
        if id(node) in on_the_way or seen > MOST_VALUES:
            problem = "an anchor contains itself" if id(node) in on_the_way else "too many values"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark)
        if isinstance(node, yaml.CollectionNode):
            on_the_way.add(id(node))
            stack += [(node, True), *((child, False) for child in _children(node))]
        if isinstance(node, yaml.MappingNode):
            first: dict[str, int] = {}
            keys = [key for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            repeated |= {id(key) for key in keys if first.setdefault(key.value, id(key)) != id(key)}
    return frozenset(repeated)


def _children(node: yaml.CollectionNode) -> Iterator[yaml.Node]:
    for child in node.value:
        yield from child if isinstance(child, tuple) else (child,)


@frozen
class _Reading:
    loader: yaml.SafeLoader
    findings: Findings
    repeated: frozenset[int]
    lines: dict[Path, int] = field(factory=dict)

    def value(self, node: yaml.Node, path: Path, line: int) -> Any:
        self.lines[path] = line
        if isinstance(node, yaml.MappingNode):
            return dict(self._entries(node, path))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(child, (*path, n), child.start_mark.line + 1) for n, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _entries(self, node: yaml.MappingNode, path: Path) -> Iterator[tuple[str, Any]]:
        self.loader.flatten_mapping(node)
        for key, child in node.value:
            line = key.start_mark.line + 1
            name = self._scalar(key, path) if key.tag in PLAIN else None
            if not isinstance(name, str):
                self.lines[(*path, "?")] = line
                self.findings.wrong((*path, "?"), "a key must be text; put it in quotes")
                continue
            if id(key) in self.repeated:
                self.lines[(*path, name)] = line
                self.findings.wrong((*path, name), "this key stands here twice")
            yield name, self.value(child, (*path, name), line)

    def _scalar(self, node: yaml.Node, path: Path) -> Any:
        if node.tag not in PLAIN:
            self.findings.wrong(path, "text that begins with ! or = needs quotes")
            return None
        try:
            return self.loader.construct_object(node)
        except (ValueError, OverflowError, yaml.YAMLError):
            self.findings.wrong(path, "looks like a number or a date but is none; put it in quotes")
            return None
