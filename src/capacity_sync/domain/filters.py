"""Which databases a user does not want to see: exact names and SQL LIKE patterns, per engine."""
import re
from collections.abc import Mapping

from attrs import field, frozen

LIKE_WILDCARDS = {"%": ".*", "_": "."}


def like(pattern: str) -> re.Pattern[str]:
    """*pattern* as SQL LIKE reads it: `%` any run, `_` one character, `\\` makes the next one literal."""
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    return re.compile("".join(_as_regex(part) for part in parts), re.IGNORECASE | re.DOTALL)


def _as_regex(part: str) -> str:
    return LIKE_WILDCARDS.get(part) or re.escape(part[-1])


def _lowered(names: Mapping[str, str] | tuple[str, ...] | list[str] | frozenset[str]) -> frozenset[str]:
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
        hits = (raw for raw, p in zip(self.patterns, self._compiled, strict=True) if p.fullmatch(name))
        return next((f"exclude_pattern:{raw}" for raw in hits), None)


@frozen
class FilterRules:
    """The rules of all engines. Ships empty: no database is hidden by default."""

    engines: Mapping[str, EngineRules] = field(factory=dict)

    def of(self, engine: str) -> EngineRules:
        return self.engines.get(engine, NO_RULES)


NO_RULES = EngineRules()
