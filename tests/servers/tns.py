"""A server that speaks TNS and TTC over a real socket: what Oracle Database is to python-oracledb's thin mode.

    with TNSServer(answer, users={"monitor": "secret"}) as server:
        oracledb.connect(user="monitor", password="secret", host="127.0.0.1", port=server.port, service_name="any")

`answer(statement)` gives the `Result` of a query, None for any other statement, or a `Misbehaviour`; it may raise
`OracleError`. It runs in the connection's own thread; several connections are served at once. The password is really
checked. Facts about the wire: see `ttc.py`.
"""
import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Self

from attrs import Factory, define, field, frozen

from tests.servers import ttc
from tests.servers.o5logon import VERIFIER_12C, Handshake
from tests.servers.ttc import Column, Reader, ub1

CONNECT, ACCEPT, REFUSE, DATA, MARKER, CONTROL = 1, 2, 4, 6, 12, 14
BREAK, RESET, INTERRUPT = 1, 2, 3
INBAND_NOTIFICATION = 8
END_OF_FILE = b"\x00\x40"
OLDEST_LARGE, SPOKEN = 315, 317
"""The protocol's version of 12.1; 11.2 has 314. Up to 317 nothing newer has to be spoken."""
ENCRYPTION_REQUIRED = 0x10
"""Native network encryption, in the flags of an ACCEPT."""
SDU = 8192
"""The length of a full packet; ours stay below."""
ROOM = 8000
HEADER = 8
AUTH_ONE, AUTH_TWO, EXECUTE, FETCH, EXECUTE_AND_FETCH, CLOSE_CURSORS, END_TO_END = 118, 115, 94, 5, 78, 105, 135


class Misbehaviour(Enum):
    """What a server or network does instead of going on."""

    HANG = "answers nothing but a break"
    DEAF = "answers nothing at all"
    CLOSE = "closes the connection"
    RESET = "resets the connection"
    GARBAGE = "sends what is no TNS"


class OracleError(Exception):
    """What the server refuses with. `offset`: where in the statement; `ends`: the session is over."""

    def __init__(self, code: int, message: str = "refused", offset: int = 0, *, ends: bool = False) -> None:
        super().__init__(f"ORA-{code:05}: {message}")
        self.code, self.offset, self.ends = code, offset, ends


@frozen
class Result:
    columns: Sequence[Column]
    rows: Sequence[Sequence[object]] = ()


@frozen
class Listener:
    """What meets a client before it can log in. `refusal`: the number in a REFUSE."""

    refusal: int | None = None
    protocol: int = SPOKEN
    flags: int = 0
    stop: Misbehaviour | None = None


@frozen
class Attempt:
    """A login: whom it was for, and what the client told of itself."""

    user: str
    pairs: Mapping[str, str]


@frozen
class Labels:
    """How a session names itself; None: not told."""

    client: str | None
    module: str | None
    action: str | None


Answer = Callable[[str], Result | Misbehaviour | None]


@define(eq=False)
class TNSServer:
    """Listens while entered. `at_login`: what a right password meets; `grace`: a warning with the welcome;
    `idle_notice`: a number that is announced behind every answer, as an ending session does. The fields from
    `connect_strings` on are a journal."""

    answer: Answer
    users: Mapping[str, str]
    listener: Listener = Listener()
    at_login: OracleError | None = None
    grace: tuple[int, str] | None = None
    idle_notice: int | None = None
    verifier: int = VERIFIER_12C
    version: tuple[int, int] = (19, 0)
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    port: int = 0
    connect_strings: list[str] = Factory(list)
    attempts: list[Attempt] = Factory(list)
    statements: list[str] = Factory(list)
    labels: list[Labels] = Factory(list)
    functions: list[int] = Factory(list)
    breaks: int = 0
    goodbyes: int = 0
    sessions: set["Session"] = Factory(set)
    _listening: socket.socket = field(init=False)

    def __enter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listening = socket.create_server((self.host, self.port), family=family, backlog=128)
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for session in list(self.sessions):
            session.end()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = Session(self, client)
            self.sessions.add(session)
            threading.Thread(target=session.run, daemon=True).start()


class _Over(Exception):
    """The connection has ended, one way or the other."""


@define
class _Cursor:
    statement: str
    columns: Sequence[Column]
    waiting: list[Sequence[object]]


@define(eq=False)
class Session:
    """One connection."""

    server: TNSServer
    client: socket.socket
    large: bool = False
    handshake: Handshake | None = None
    cursors: dict[int, _Cursor] = Factory(dict)

    def run(self) -> None:
        try:
            if self.server.tls is not None:
                self.client = self.server.tls.wrap_socket(self.client, server_side=True)
            self._welcome()
            while True:
                self._serve()
        except (_Over, OSError):
            pass
        finally:
            self.end()

    def end(self) -> None:
        self.server.sessions.discard(self)
        with contextlib.suppress(OSError):
            self.client.shutdown(socket.SHUT_RDWR)
        self.client.close()

    def _welcome(self) -> None:
        """The listener's part: an address in, an ACCEPT or something worse out."""
        listener = self.server.listener
        self._misbehave(listener.stop)
        _, packet = self._receive()
        length = struct.unpack(">H", packet[16:18])[0]
        asked = packet[-length:] if len(packet) > 66 else self._receive()[1][2:]
        self.server.connect_strings.append(asked.decode())
        if listener.refusal is not None:
            told = f"(DESCRIPTION=(TMP=)(VSNNUM=0)(ERR={listener.refusal}))".encode()
            self._send(REFUSE, b"\x22\x00" + struct.pack(">H", len(told)) + told)
            raise _Over
        self._send(ACCEPT, struct.pack(">HH10xB9xI", listener.protocol, 1, listener.flags, SDU))
        self.large = listener.protocol >= OLDEST_LARGE

    def _serve(self) -> None:
        kind, packet = self._receive()
        if kind == MARKER:
            self._cancelled(packet[2])
        elif packet[:2] == END_OF_FILE:
            self.server.goodbyes += 1
            raise _Over
        else:
            body = packet[2:]
            while len(packet) + HEADER == SDU:  # a full packet: the message goes on in the next one
                _, packet = self._receive()
                body += packet[2:]
            self._message(Reader(body))

    def _message(self, message: Reader) -> None:
        kind = message.ub1()
        while kind == ttc.PIGGYBACK:
            self._piggyback(message)
            kind = message.ub1()
        if kind == ttc.PROTOCOL:
            self._reply(_introduction())
        elif kind == ttc.DATA_TYPES:
            self._reply(ub1(ttc.DATA_TYPES) + bytes(2))
        elif kind == ttc.FUNCTION:
            self._function(message)
        else:
            raise ValueError(f"a message of kind {kind}")

    def _piggyback(self, message: Reader) -> None:
        function = message.ub1()
        message.skip("1")
        if function == CLOSE_CURSORS:
            message.skip("1")
            message.skip("n" * message.ub())
        elif function == END_TO_END:
            self.server.labels.append(_labels(message))
        else:
            raise ValueError(f"a piggyback of function {function}")

    def _function(self, message: Reader) -> None:
        function = message.ub1()
        message.skip("1")
        self.server.functions.append(function)
        if function in (AUTH_ONE, AUTH_TWO):
            self._login(function, message)
        elif function == EXECUTE:
            self._execute(*_statement(message))
        elif function == EXECUTE_AND_FETCH:
            cursor, count = message.ub(), message.ub()
            self._execute(cursor, self.cursors[cursor].statement, count)
        elif function == FETCH:
            cursor, count = message.ub(), message.ub()
            self._reply(self._batch(cursor, count))
        else:
            self._reply(ttc.status())

    def _login(self, function: int, message: Reader) -> None:
        named = message.ub1()
        message.skip("nn1")
        count = message.ub()
        message.skip("11")
        user = message.clr().decode() if named else ""
        pairs = {}
        for _ in range(count):
            key = message.text()
            pairs[key] = message.text()
            message.skip("n")
        if function == AUTH_ONE:
            self.handshake = Handshake(self.server.users.get(user, "\0"), self.server.verifier)
            self._reply(ttc.parameters(self.handshake.challenge()) + ttc.end_of_call())
        else:
            self.server.attempts.append(Attempt(user, pairs))
            self._decide(pairs)

    def _decide(self, pairs: Mapping[str, str]) -> None:
        if self.handshake is None or not self.handshake.accepts(pairs):
            self._refuse(OracleError(1017, "invalid username/password; logon denied"))
        elif self.server.at_login is not None:
            self._refuse(self.server.at_login)
        else:
            welcome = _session_facts(self.handshake.proof(), self.server.version)
            grace = ttc.warning(*self.server.grace) if self.server.grace else b""
            self._reply(ttc.parameters((key, value, 0) for key, value in welcome.items()) + grace + ttc.end_of_call())

    def _execute(self, cursor: int, statement: str | None, count: int) -> None:
        known = self.cursors.get(cursor)
        text = statement if statement is not None else known.statement if known else ""
        self.server.statements.append(text)
        try:
            answer = self.server.answer(text)
        except OracleError as error:
            self._refuse(error)
            return
        if isinstance(answer, Misbehaviour):
            self._misbehave(answer)
        elif answer is None:
            self._reply(ttc.end_of_call(cursor=1))
        else:
            number = cursor or len(self.cursors) + 1
            self.cursors[number] = _Cursor(text, answer.columns, list(answer.rows))
            told = b"" if self.server.functions[-1] == EXECUTE_AND_FETCH else ttc.description(answer.columns)
            self._reply(told + self._batch(number, count))

    def _batch(self, number: int, count: int) -> bytes:
        cursor = self.cursors[number]
        batch, cursor.waiting = cursor.waiting[:count], cursor.waiting[count:]
        end = (0, "") if cursor.waiting else (ttc.NO_MORE_ROWS, "ORA-01403: no data found\n")
        return ttc.rows(cursor.columns, batch) + ttc.end_of_call(*end, cursor=number, count=len(batch))

    def _refuse(self, error: OracleError) -> None:
        self._reply(ttc.end_of_call(error.code, f"{error}\n", offset=error.offset))
        if error.ends:
            raise _Over

    def _misbehave(self, how: Misbehaviour | None) -> None:
        match how:
            case Misbehaviour.HANG:
                kind, packet = self._receive()
                while kind != MARKER or packet[2] not in (BREAK, INTERRUPT):
                    kind, packet = self._receive()
                self.server.breaks += 1
                self._send(MARKER, bytes([1, 0, BREAK]))
            case Misbehaviour.DEAF:
                while True:
                    self._receive()
            case Misbehaviour.CLOSE:
                raise _Over
            case Misbehaviour.RESET:
                self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.client.close()
                raise _Over
            case Misbehaviour.GARBAGE:
                self.client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
                raise _Over
            case None:
                pass

    def _cancelled(self, marker: int) -> None:
        """The client has asked for a reset: say so too, and why the call ended."""
        if marker == RESET:
            self._send(MARKER, bytes([1, 0, RESET]))
            self._refuse(OracleError(1013, "user requested cancel of current operation"))

    def _reply(self, body: bytes) -> None:
        for start in range(0, len(body), ROOM):
            self._send(DATA, b"\0\0" + body[start : start + ROOM])
        if self.server.idle_notice is not None and self.cursors:
            self._send(CONTROL, struct.pack(">H4xI", INBAND_NOTIFICATION, self.server.idle_notice))

    def _send(self, kind: int, body: bytes) -> None:
        length = len(body) + HEADER
        head = struct.pack(">I", length) if self.large else struct.pack(">HH", length, 0)
        self.client.sendall(head + bytes([kind, 0, 0, 0]) + body)

    def _receive(self) -> tuple[int, bytes]:
        head = self._exactly(HEADER)
        length = struct.unpack(">I", head[:4])[0] if self.large else struct.unpack(">H", head[:2])[0]
        return head[4], self._exactly(length - HEADER)

    def _exactly(self, length: int) -> bytes:
        found = b""
        while len(found) < length:
            part = self.client.recv(length - len(found))
            if not part:
                raise _Over
            found += part
        return found


def _introduction() -> bytes:
    """Who the server is and what it can do: the field version of 12.1 (7), nothing newer."""
    compile_time = bytearray(46)
    compile_time[7] = 7
    run_time = bytes([2, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0])
    national_charset = bytes(9) + struct.pack(">H", 2000) + b"\0"
    charset = struct.pack("<H", ttc.AL32UTF8) + b"\0" + bytes(2)
    head = ub1(ttc.PROTOCOL) + b"\x06\0TNSServer\0" + charset
    abilities = ttc.clr(bytes(compile_time)) + ttc.clr(run_time)
    return head + struct.pack(">H", len(national_charset)) + national_charset + abilities


def _session_facts(proof: str, version: tuple[int, int]) -> dict[str, str]:
    """What a client is told when it is in. Before 18 the number of the version is packed differently."""
    major, minor = version
    return {
        "AUTH_SVR_RESPONSE": proof,
        "AUTH_SESSION_ID": "7",
        "AUTH_SERIAL_NUM": "1",
        "AUTH_VERSION_NO": str(major << 24 | minor << 20),
        "AUTH_MAX_OPEN_CURSORS": "300",
        "AUTH_SC_SERVICE_NAME": "service",
        "AUTH_SC_DBUNIQUE_NAME": "FAKE",
        "AUTH_INSTANCENAME": "FAKE1",
    }


def _statement(message: Reader) -> tuple[int, str | None, int]:
    """Cursor, statement (None: that of the cursor), and how many rows the client wants at once."""
    message.skip("n")
    cursor = message.ub()
    told = message.ub1()
    message.skip("n1n11n")
    count = message.ub()
    message.skip("n1n" + "1" * 5 + "1nn" + "111" + "n1nn" + "1n1")
    return cursor, message.clr().decode() if told else None, count


def _labels(message: Reader) -> Labels:
    message.skip("11n")
    lengths = [_length(message) for _ in range(3)]
    message.skip("1n1n")
    info = _length(message)
    message.skip("1n1n")
    operation = _length(message)
    client, module, action, _, _ = (message.clr().decode() if n else None for n in (*lengths, info, operation))
    return Labels(client, module, action)


def _length(message: Reader) -> int:
    message.skip("1")
    return message.ub()
