"""TDS messages over a socket, in the clear or inside TLS ([MS-TDS] sections 2.2.3 and 3.2.5.1)."""
import socket
import ssl
import struct
from typing import final

from attrs import Factory, define

from tests.servers.tds_tokens import packets

BATCH, RESPONSE, CANCEL, LOGIN7, PRELOGIN = 0x01, 0x04, 0x06, 0x10, 0x12
PACKET_SIZE = 4096


class ConnectionOver(Exception):
    """The other side has gone, or this one shall go."""


@final
@define
class Wire:
    """One side of a connection. Once `start_tls` was called, TLS is outside and TDS inside, until `end_tls`."""

    raw: socket.socket
    _tls: ssl.SSLObject | None = None
    _incoming: ssl.MemoryBIO = Factory(ssl.MemoryBIO)
    _outgoing: ssl.MemoryBIO = Factory(ssl.MemoryBIO)

    def receive(self) -> tuple[int, bytes]:
        """Type and content of one message."""
        data = b""
        while True:
            kind, status, size = struct.unpack(">BBH", self._exactly(8)[:4])
            data += self._exactly(size - 8)
            if status & 1:
                return kind, data

    def send(self, data: bytes) -> None:
        """A response, in packets."""
        for packet in packets(RESPONSE, data, PACKET_SIZE):
            if self._tls is None:
                self.raw.sendall(packet)
            else:
                self._tls.write(packet)
                self.raw.sendall(self._outgoing.read())

    def start_tls(self, context: ssl.SSLContext) -> None:
        """The handshake travels inside PRELOGIN packets. Raises: ssl.SSLError."""
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._send_handshake()
                self._incoming.write(self.receive()[1])
        self._send_handshake()
        self._tls = tls

    def end_tls(self) -> None:
        """Go on in the clear: after the login, if nobody asked for more."""
        self._tls = None

    def drain(self) -> None:
        """Read and forget until the other side goes."""
        while self.raw.recv(PACKET_SIZE):
            pass

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.raw.close()

    def _send_handshake(self) -> None:
        flight = self._outgoing.read()
        if flight:
            self.raw.sendall(b"".join(packets(PRELOGIN, flight)))

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            data += self._decrypted(size - len(data)) if self._tls else self._chunk(size - len(data))
        return data

    def _chunk(self, size: int) -> bytes:
        chunk = self.raw.recv(size)
        if not chunk:
            raise ConnectionOver
        return chunk

    def _decrypted(self, size: int) -> bytes:
        while self._tls is not None:
            try:
                return self._tls.read(size)
            except ssl.SSLWantReadError:
                self._incoming.write(self._chunk(PACKET_SIZE))
        raise ConnectionOver
