"""A disk, LUN or mount that instances share."""
from collections.abc import Iterable

from attrs import field, frozen, validators


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


@frozen
class Volume:
    """`limit`: its size in bytes. `instances`: the names of those whose databases lie on it."""

    name: str
    limit: int = field(validator=validators.gt(0))
    instances: frozenset[str] = field(converter=_names)
