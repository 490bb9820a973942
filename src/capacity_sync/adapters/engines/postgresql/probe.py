"""Asks a server for the code of its refusal, which libpq keeps from psycopg2, by the start of the wire protocol.

Only for servers whose messages are translated: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
"""
import hashlib
import socket
import ssl
import struct
from collections.abc import Iterator
from time import monotonic

from attrs import define, field, frozen

from capacity_sync.adapters.engines.postgresql.scram import Scram
from capacity_sync.domain.instance import Tls, TlsMode

PROTOCOL = 196608
SSL_REQUEST = 80877103
OK, CLEARTEXT, MD5, SASL, SASL_CONTINUE, SASL_FINAL = 0, 3, 5, 10, 11, 12


@frozen
class Attempt:
    """What was tried in vain."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    tls: Tls


@define
class _Wire:
    socket: socket.socket
    until: float

    def send(self, kind: bytes, body: bytes) -> None:
        self.socket.sendall(kind + struct.pack("!i", len(body) + 4) + body)

    def read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            self.socket.settimeout(max(0.01, self.until - monotonic()))
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError("closed")
            data += part
        return data

    def messages(self) -> Iterator[tuple[bytes, bytes]]:
        while True:
            kind, length = struct.unpack("!ci", self.read(5))
            yield kind, self.read(max(0, min(length, 65536) - 4))


def refusal(attempt: Attempt, until: float) -> str | None:
    """The SQLSTATE with which the server refuses *attempt*; None: it does not, or it is no such server."""
    try:
        with _dialled(attempt, max(0.01, until - monotonic())) as plain, _secured(plain, attempt, until) as opened:
            return _conversation(_Wire(opened, until), attempt)
    except (OSError, struct.error, ValueError):
        return None


def _dialled(attempt: Attempt, seconds: float) -> socket.socket:
    if not attempt.host.startswith("/"):
        return socket.create_connection((attempt.host, attempt.port), timeout=seconds)
    local = socket.socket(socket.AF_UNIX)
    local.settimeout(seconds)
    try:
        local.connect(f"{attempt.host}/.s.PGSQL.{attempt.port}")
    except OSError:
        local.close()
        raise
    return local


def _secured(plain: socket.socket, attempt: Attempt, until: float) -> socket.socket:
    """*plain*, or TLS over it as the mode wants. Raises: OSError."""
    if attempt.tls.mode is TlsMode.DISABLE or plain.family is socket.AF_UNIX:
        return plain
    wire = _Wire(plain, until)
    wire.send(b"", struct.pack("!i", SSL_REQUEST))
    if wire.read(1) == b"S":
        return _context(attempt.tls).wrap_socket(plain, server_hostname=attempt.host)
    if attempt.tls.mode is not TlsMode.PREFER:
        raise ConnectionError("no TLS")
    return plain


def _context(tls: Tls) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca)
    if tls.mode is not TlsMode.VERIFY_FULL:  # as libpq: these modes encrypt and do not verify
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _conversation(wire: _Wire, attempt: Attempt) -> str | None:
    parameters = f"user\0{attempt.user}\0database\0{attempt.database}\0\0"
    wire.send(b"", struct.pack("!i", PROTOCOL) + parameters.encode())
    scram = Scram(attempt.password)
    for kind, body in wire.messages():
        if kind == b"E":
            return _code(body)
        if kind == b"Z":
            wire.send(b"X", b"")
            return None
        if kind == b"R" and not _authenticate(wire, attempt, scram, body):
            return None
    return None


def _code(body: bytes) -> str | None:
    fields = {field[:1]: field[1:].decode("ascii", "replace") for field in body.split(b"\0") if field}
    return fields.get(b"C")


def _authenticate(wire: _Wire, attempt: Attempt, scram: Scram, body: bytes) -> bool:
    """Answer one demand. False: a method that only libpq can answer."""
    (demand,) = struct.unpack("!i", body[:4])
    if demand == CLEARTEXT:
        wire.send(b"p", attempt.password.encode() + b"\0")
    elif demand == MD5:
        wire.send(b"p", _md5(attempt, salt=body[4:8]) + b"\0")
    elif demand == SASL and scram.METHOD in body[4:].split(b"\0"):
        first = scram.first()
        wire.send(b"p", scram.METHOD + b"\0" + struct.pack("!i", len(first)) + first)
    elif demand == SASL_CONTINUE:
        wire.send(b"p", scram.final(body[4:]))
    return demand in (OK, CLEARTEXT, MD5, SASL, SASL_CONTINUE, SASL_FINAL)


def _md5(attempt: Attempt, salt: bytes) -> bytes:
    inner = hashlib.md5(f"{attempt.password}{attempt.user}".encode(), usedforsecurity=False).hexdigest()
    return b"md5" + hashlib.md5(inner.encode() + salt, usedforsecurity=False).hexdigest().encode()
