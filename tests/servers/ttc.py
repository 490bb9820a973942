"""The encodings of TTC, Oracle's call protocol, as far as python-oracledb's thin mode uses them to log in and to query.

Facts: `src/oracledb/impl/thin` of python-oracledb's published sources; what is left out there (field version above that
of 12.1, LOBs, binds) is left out here. See `architecture/decisions/0020-wire-level-test-servers.md`.
"""
from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

PROTOCOL, DATA_TYPES, FUNCTION, ERROR, ROW_HEADER, ROW_DATA, PARAMETERS, STATUS, WARNING, DESCRIBE, PIGGYBACK = (
    1, 2, 3, 4, 6, 7, 8, 9, 15, 16, 17)
"""Kinds of messages."""
NO_MORE_ROWS = 1403
LONG = 0xFE
SHORT_LIMIT = 252
CHUNK = 32767
AL32UTF8 = 873


class Kind(Enum):
    """Types of columns: Oracle's number of the type, its character set form, and the size that is announced."""

    VARCHAR2 = (1, 1, 4000)
    NUMBER = (2, 0, 22)


class Column(NamedTuple):
    name: str
    kind: Kind


def ub1(value: int) -> bytes:
    return bytes([value])


def ub(value: int) -> bytes:
    """An unsigned integer of any size: its length in bytes, then its bytes."""
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return ub1(len(raw)) + raw


def clr(raw: bytes) -> bytes:
    """Bytes behind their length; in chunks when there are more than fit."""
    if len(raw) <= SHORT_LIMIT:
        return ub1(len(raw)) + raw
    chunks = (raw[start : start + CHUNK] for start in range(0, len(raw), CHUNK))
    return ub1(LONG) + b"".join(ub(len(chunk)) + chunk for chunk in chunks) + ub1(0)


def text(value: str | None) -> bytes:
    """A text behind two lengths, as in descriptions and in key-value pairs. None is like the empty one."""
    raw = (value or "").encode()
    return ub(len(raw)) + (clr(raw) if raw else b"")


def number(value: int | float | Decimal) -> bytes:
    """NUMBER: an exponent of 100, then digits of base 100; those of a negative number in complement."""
    sign, digits, exponent = Decimal(str(value)).normalize().as_tuple()
    if not any(digits):
        return ub1(0x80)
    if not isinstance(exponent, int):
        raise ValueError(f"{value} has no place in a NUMBER")
    shift = exponent % 2
    padded = [*digits, *[0] * shift]
    padded = [0] * (len(padded) % 2) + padded
    pairs = [high * 10 + low for high, low in zip(padded[::2], padded[1::2], strict=True)]
    power = 192 + len(pairs) + (exponent - shift) // 2
    if not sign:
        return bytes([power, *(pair + 1 for pair in pairs)])
    return bytes([~power & 0xFF, *(101 - pair for pair in pairs)]) + (b"\x66" if len(pairs) < 20 else b"")


def description(columns: Sequence[Column]) -> bytes:
    """What the rows of a query look like."""
    told = b"".join(_column(position, column) for position, column in enumerate(columns, 1))
    head = ub1(DESCRIBE) + clr(b"") + ub(100) + ub(len(columns)) + (ub1(1) if columns else b"")
    return head + told + ub(0) * 6


def _column(position: int, column: Column) -> bytes:
    number_of_type, form, size = column.kind.value
    charset = AL32UTF8 if form else 0
    scale = 0x81 if column.kind is Kind.NUMBER else 0
    numbers = ub1(number_of_type) + ub1(0) + ub1(0) + ub1(scale) + ub(size) + ub(0) * 4 + ub(charset) + ub1(form)
    names = ub1(1) + ub1(min(len(column.name), 255)) + text(column.name) + text(None) * 2
    return numbers + ub(size if form else 0) + names + ub(position) + ub(0)


def rows(columns: Sequence[Column], found: Iterable[Sequence[object]]) -> bytes:
    """A batch of rows. None and the empty text are NULL."""
    told = (ub1(ROW_DATA) + b"".join(_value(c, v) for c, v in zip(columns, row, strict=True)) for row in found)
    return ub1(ROW_HEADER) + ub1(0) + ub(0) * 6 + b"".join(told)


def _value(column: Column, value: object) -> bytes:
    if value is None:
        return clr(b"")
    if column.kind is Kind.VARCHAR2:
        return clr(str(value).encode())
    if not isinstance(value, int | float | Decimal):
        raise TypeError(f"{column.name} is a NUMBER, not {value!r}")
    return clr(number(value))


def end_of_call(code: int = 0, message: str = "", *, cursor: int = 0, offset: int = 0, count: int = 0) -> bytes:
    """The message that ends every answer; with a *code* it is an error."""
    position = ub(offset) if offset >= 0 else ub1(0)
    head = ub1(ERROR) + ub(0) * 6 + ub(cursor) + position + bytes(5) + ub1(0)
    rowid = ub(0) * 2 + ub1(0) + ub(0) * 2
    rest = ub(0) + ub1(0) * 2 + ub(0) * 6
    return head + rowid + rest + ub(code) + ub(count) + (clr(message.encode()) if code else b"")


def warning(code: int, message: str) -> bytes:
    raw = message.encode()
    return ub1(WARNING) + ub(code) + ub(len(raw)) + ub(0) + clr(raw)


def parameters(pairs: Iterable[tuple[str, str, int]]) -> bytes:
    """Key, value and flags of each."""
    told = [text(key) + text(value) + ub(flags) for key, value, flags in pairs]
    return ub1(PARAMETERS) + ub(len(told)) + b"".join(told)


def status() -> bytes:
    return ub1(STATUS) + ub(0) * 2


class Reader:
    """Takes a message apart, from front to back."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def raw(self, length: int) -> bytes:
        taken = self._raw[self._at : self._at + length]
        if len(taken) < length:
            raise ValueError(f"the message ends after {len(self._raw)} bytes")
        self._at += length
        return taken

    def ub1(self) -> int:
        return self.raw(1)[0]

    def ub(self) -> int:
        return int.from_bytes(self.raw(self.ub1() & 0x7F), "big")

    def skip(self, form: str) -> None:
        """*form*: `1` for each single byte, `n` for each integer."""
        for kind in form:
            _ = self.ub1() if kind == "1" else self.ub()

    def clr(self) -> bytes:
        length = self.ub1()
        if length != LONG:
            return self.raw(length)
        found = b""
        while chunk := self.ub():
            found += self.raw(chunk)
        return found

    def text(self) -> str:
        return self.clr().decode() if self.ub() else ""
