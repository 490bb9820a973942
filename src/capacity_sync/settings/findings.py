"""What is wrong or doubtful in a configuration: where, and in words that say the way out."""
import difflib
import unicodedata
from collections.abc import Iterable
from typing import Any

from attrs import define, field, frozen

Path = tuple[str | int, ...]
"""Keys and list positions from the top of the document down."""


class Wrong(ValueError):
    """A value that cannot be taken; `where` stands below the value's own place."""

    def __init__(self, text: str, *where: str | int) -> None:
        super().__init__(text)
        self.where = where


@frozen
class Finding:
    """One mistake or warning. `text` never holds a value that may be a password."""

    path: Path
    text: str


@define
class Findings:
    """Collects, so that all mistakes are told in one go."""

    mistakes: list[Finding] = field(factory=list)
    warnings: list[Finding] = field(factory=list)

    def wrong(self, path: Path, text: str) -> None:
        self.mistakes.append(Finding(path, text))

    def warn(self, path: Path, text: str) -> None:
        self.warnings.append(Finding(path, text))


def dotted(path: Path) -> str:
    """*path* as a reader writes it: `instances[2].tls.mode`. Nothing below a password is shown."""
    shown = path[:path.index("password") + 1] if "password" in path else path
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in shown).removeprefix(".")


def one_line(text: str) -> str:
    """*text* with what would leave its line, turn it around or cannot be printed escaped."""
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in _UNRULY or c in _TURNS else c for c in text)


_UNRULY = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, lone surrogates, and the separators of lines and paragraphs."""
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that reorder the text around them: https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters"""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "port"?`, or nothing when no word of *known* is near."""
    by_lower = {k.lower(): k for k in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return f'; did you mean "{by_lower[near[0]]}"?' if near else ""


def kind(value: Any) -> str:
    """What *value* is, in words of YAML. Never the value itself: it may be a password."""
    words = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", tuple: "a list",
             dict: "a mapping", type(None): "nothing"}
    return words.get(type(value), f"a {type(value).__name__}")
