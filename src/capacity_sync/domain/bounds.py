"""What every store can hold, as validators.

One call for each field: with attrs' own, one inside the other, to make a size took more than twice as long.
"""
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from attrs import Attribute

Validator = Callable[[Any, "Attribute[Any]", Any], None]
LARGEST = 2**63 - 1
"""Of a signed 64-bit column."""


def byte_count(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """A whole number of bytes. Raises: TypeError, ValueError."""
    if not isinstance(value, int):
        raise TypeError(f"'{attribute.name}' must be a whole number of bytes, not {value!r}")
    if not 0 <= value <= LARGEST:
        raise ValueError(f"'{attribute.name}' must be from 0 to {LARGEST} bytes, not {value}")


def maybe_byte_count(_: object, attribute: "Attribute[Any]", value: object) -> None:
    """The same, or None. Raises: TypeError, ValueError."""
    if value is not None:
        byte_count(_, attribute, value)


def text(longest: int | None = None) -> Validator:
    """A text of at least one character and at most *longest*; it raises ValueError for another one."""

    def check(_: object, attribute: "Attribute[Any]", value: str) -> None:
        if not value or (longest is not None and len(value) > longest):
            raise ValueError(f"'{attribute.name}' must have from 1 to {longest or 'any'} characters: {value!r}")

    return check


def maybe_text(longest: int) -> Validator:
    """The same, or None."""
    check = text(longest)
    return lambda owner, attribute, value: None if value is None else check(owner, attribute, value)
