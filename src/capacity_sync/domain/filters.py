"""Which databases a user does not want to see: exact names and SQL LIKE patterns, per engine."""
import re
from collections.abc import Iterable, Mapping

from attrs import field, frozen


def like(pattern: str) -> re.Pattern[str]:
    """*pattern* as SQL LIKE reads it: `%` any run, `_` one character, `\\` makes the next one literal.

    A run between two `%` is taken where it first fits and never tried again, so that no name, however chosen,
    takes more than quadratic time.
    """
    head, *runs = _between_percents(pattern)
    middle = "".join(f"(?>.*?{run})" for run in runs[:-1])
    tail = f".*{runs[-1]}" if runs else ""
    return re.compile(head + middle + tail, re.IGNORECASE | re.DOTALL)


def _between_percents(pattern: str) -> list[str]:
    """The runs of *pattern* between its `%`, as regular expressions."""
    runs = [""]
    for part in re.findall(r"\\.|.", pattern, re.DOTALL):
        if part == "%":
            runs.append("")
        else:
            runs[-1] += "." if part == "_" else re.escape(part[-1])
    return runs


def _lowered(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower() for name in names)


@frozen
class EngineRules:
    """The rules of one engine. Matching ignores case and is anchored at both ends."""

    names: frozenset[str] = field(default=frozenset(), converter=_lowered)
    patterns: tuple[str, ...] = field(default=(), converter=tuple[str, ...])
    _compiled: tuple[re.Pattern[str], ...] = field(init=False, repr=False, eq=False)

    @_compiled.default
    def _compile(self) -> tuple[re.Pattern[str], ...]:
        return tuple(like(p) for p in self.patterns)

    def reason(self, name: str) -> str | None:
        """Why *name* is excluded: `exclude_database` or `exclude_pattern:<raw>`; None when it is not."""
        if name.lower() in self.names:
            return "exclude_database"
        for raw, pattern in zip(self.patterns, self._compiled, strict=True):
            if pattern.fullmatch(name):
                return f"exclude_pattern:{raw}"
        return None


@frozen
class FilterRules:
    """The rules of all engines. Ships empty: no database is hidden by default."""

    engines: Mapping[str, EngineRules] = field(factory=dict)

    def of(self, engine: str) -> EngineRules:
        return self.engines.get(engine, NO_RULES)


NO_RULES = EngineRules()
