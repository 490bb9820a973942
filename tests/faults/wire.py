"""A wire through every port of a world: it journals each call, and breaks one of them."""
from types import MethodType

from attrs import Factory, define

REPOSITORIES = ("instances", "databases", "sizes", "runs", "leases")
DONE_FIRST = ("close", "__exit__")
"""Calls that do their work before they break: a resource that cannot be given back at all proves nothing."""


@define
class Wire:
    """`break_at`: the number of the call that raises `error`, once; None breaks nothing. `done`: after its work."""

    break_at: int | None = None
    error: BaseException | None = None
    journal: list[str] = Factory(list)
    done: bool = False

    def call(self, label, name, real):
        number = len(self.journal)
        self.journal.append(f"{label}.{name}")
        if number != self.break_at:
            return real()
        if self.done or name in DONE_FIRST:
            real()
        raise self.error


class Tapped:
    """Any port's implementation with the wire in every method."""

    def __init__(self, wire, label, target):
        self.wire, self.label, self.target = wire, label, target

    def __getattr__(self, name):
        value = getattr(self.target, name)
        if name in REPOSITORIES and self.label == "work":
            return Tapped(self.wire, name, value)
        return MethodType(lambda tapped, *args: tapped.play(name, *args), self) if callable(value) else value

    def play(self, name, *args):
        bare = [arg.target if isinstance(arg, Tapped) else arg for arg in args]
        result = self.wire.call(self.label, name, lambda: getattr(self.target, name)(*bare))
        made = {"adapter": "adapter", "open": "connection"}.get(name)
        return Tapped(self.wire, made, result) if made else result

    def __enter__(self):
        self.play("__enter__")
        return self

    def __exit__(self, *error):
        return self.play("__exit__", *error)
