"""What a TDS 7.4 server and its client say to each other, as bytes.

All of it is in Microsoft's open specification [MS-TDS],
https://learn.microsoft.com/openspecs/windows_protocols/ms-tds/b46a581a-39de-4745-b076-ec4dbb7d13ec
"""
import struct
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from attrs import field, frozen

COLLATION = b"\x09\x04\xd0\x00\x34"
MORE, COUNT, ATTENTION, FAILED = 0x01, 0x10, 0x20, 0x02
EPOCH = datetime(1900, 1, 1)  # noqa: DTZ001 - `datetime` has no zone


@frozen
class Message:
    """An ERROR token, or with severity up to 10 an INFO token."""

    number: int
    severity: int
    text: str
    state: int = 1


@frozen
class Result:
    """A result set. `columns`: name and type, one of `TYPES`."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]


@frozen
class Login:
    """What a client says of itself in LOGIN7."""

    host: str
    user: str
    password: str = field(repr=False)
    app: str
    server: str
    database: str
    tds_version: int
    read_only_intent: bool


def _utf16(text: str) -> bytes:
    return text.encode("utf-16-le", "surrogatepass")


def _short(text: str) -> bytes:
    return bytes([len(_utf16(text)) // 2]) + _utf16(text)


def _long(text: str) -> bytes:
    return struct.pack("<H", len(_utf16(text)) // 2) + _utf16(text)


def _sized(token: int, body: bytes) -> bytes:
    return bytes([token]) + struct.pack("<H", len(body)) + body


def message(said: Message, server: str = "EMULATED") -> bytes:
    head = struct.pack("<iBB", said.number, said.state, said.severity)
    body = head + _long(said.text) + _short(server) + _short("") + struct.pack("<I", 1)
    return _sized(0xAB if said.severity <= 10 else 0xAA, body)


def done(status: int = 0, rows: int = 0) -> bytes:
    return struct.pack("<BHHQ", 0xFD, status, 0xC1, rows)


def environment(kind: int, new: str, old: str = "") -> bytes:
    """ENVCHANGE; 1 is the database, 4 the packet size."""
    return _sized(0xE3, bytes([kind]) + _short(new) + _short(old))


def welcome(database: str, packet_size: int) -> bytes:
    """The answer to an accepted login."""
    collation = _sized(0xE3, bytes([7, len(COLLATION)]) + COLLATION + b"\x00")
    version = struct.pack(">I", 0x74000004)
    acknowledged = _sized(0xAD, b"\x01" + version + _short("Microsoft SQL Server") + b"\x10\0\x10\0")
    context = message(Message(5701, 10, f"Changed database context to '{database}'.", 2))
    size = environment(4, str(packet_size), str(packet_size))
    return environment(1, database, "master") + context + collation + acknowledged + size + done()


def result(answer: Result, *, more: bool = False) -> bytes:
    columns = b"".join(struct.pack("<IH", 0, 9) + TYPES[kind][0] + _short(name) for name, kind in answer.columns)
    encoders = [TYPES[kind][1] for _, kind in answer.columns]
    rows = b"".join(b"\xd1" + b"".join(encode(value) for encode, value in zip(encoders, row, strict=True))
                    for row in answer.rows)
    head = bytes([0x81]) + struct.pack("<H", len(answer.columns)) + columns
    return head + rows + done(COUNT | (MORE if more else 0), len(answer.rows))


def prelogin(encryption: int) -> bytes:
    """Version, encryption, instance, thread, MARS."""
    options = [(0, b"\x10\0\x10\0\0\0"), (1, bytes([encryption])), (2, b"\0"), (3, b""), (4, b"\0")]
    offset, head, body = 5 * len(options) + 1, b"", b""
    for kind, value in options:
        head += struct.pack(">BHH", kind, offset + len(body), len(value))
        body += value
    return head + b"\xff" + body


def wanted_encryption(data: bytes) -> int:
    """The encryption byte of a client's PRELOGIN: 0 off, 1 on, 2 not supported, 3 required."""
    at = 0
    while data[at] != 0xFF:
        kind, offset = struct.unpack_from(">BH", data, at)
        if kind == 1:
            return int(data[offset])
        at += 5
    return 2


def login(data: bytes) -> Login:
    """The client's LOGIN7; its password is only disguised."""
    def part(number: int) -> bytes:
        offset, length = struct.unpack_from("<HH", data, 36 + 4 * number)
        return data[offset:offset + 2 * length]

    host, user, app, server, database = (part(n).decode("utf-16-le") for n in (0, 1, 3, 4, 8))
    password = bytes((((b ^ 0xA5) << 4) & 0xF0) | ((b ^ 0xA5) >> 4) for b in part(2)).decode("utf-16-le")
    version = struct.unpack_from("<I", data, 4)[0]
    return Login(host, user, password, app, server, database, version, read_only_intent=bool(data[26] & 0x20))


def batch(data: bytes) -> str:
    """The text of an SQL batch, without the headers before it."""
    (headers,) = struct.unpack_from("<I", data)
    return data[headers:].decode("utf-16-le", "surrogatepass")


def _integer(size: int, *, signed: bool = True) -> tuple[bytes, Any]:
    def encode(value: int | None) -> bytes:
        return b"\x00" if value is None else bytes([size]) + int(value).to_bytes(size, "little", signed=signed)
    return bytes([0x26, size]), encode


def _bit(value: bool | None) -> bytes:
    return b"\x00" if value is None else bytes([1, bool(value)])


def _float(value: float | None) -> bytes:
    return b"\x00" if value is None else b"\x08" + struct.pack("<d", value)


def _decimal(value: Decimal | int | None) -> bytes:
    if value is None:
        return b"\x00"
    return bytes([17, value >= 0]) + abs(int(Decimal(value).scaleb(6))).to_bytes(16, "little")


def _nvarchar(value: str | None) -> bytes:
    if value is None:
        return b"\xff\xff"
    return struct.pack("<H", len(_utf16(value))) + _utf16(value)


def _datetime(value: datetime | None) -> bytes:
    """Days since 1900 and three-hundredths of a second."""
    if value is None:
        return b"\x00"
    since = value - EPOCH
    return b"\x08" + struct.pack("<iI", since.days, round((since.seconds + since.microseconds / 1e6) * 300))


def _uniqueidentifier(value: UUID | str | None) -> bytes:
    return b"\x00" if value is None else b"\x10" + UUID(str(value)).bytes_le


TYPES = {
    "bigint": _integer(8),
    "int": _integer(4),
    "smallint": _integer(2),
    "tinyint": _integer(1, signed=False),
    "bit": (b"\x68\x01", _bit),
    "float": (b"\x6d\x08", _float),
    "decimal": (bytes([0x6A, 17, 38, 6]), _decimal),
    "nvarchar": (b"\xe7" + struct.pack("<H", 8000) + COLLATION, _nvarchar),
    "datetime": (b"\x6f\x08", _datetime),
    "uniqueidentifier": (b"\x24\x10", _uniqueidentifier),
}
"""TYPE_INFO and the encoder of a value, by name."""


def packets(kind: int, data: bytes, size: int = 4096) -> Iterable[bytes]:
    """*data* cut into packets of *size* bytes, the last one marked."""
    chunks = [data[at:at + size - 8] for at in range(0, len(data), size - 8)] or [b""]
    for number, chunk in enumerate(chunks, 1):
        yield struct.pack(">BBHHBB", kind, number == len(chunks), len(chunk) + 8, 51, number & 255, 0) + chunk
