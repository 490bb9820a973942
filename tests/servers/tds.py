"""A server that speaks TDS 7.4 over a real socket: what SQL Server is to its real driver, as far as the tests go.

    with TDSServer(answer, users={"monitor": "secret"}) as server:
        pymssql.connect(server="127.0.0.1", port=server.port, user="monitor", password="secret")

`answer(text, session)` says, for every batch, what to send: `Result`s and `Message`s in order, and at the end perhaps
one `Misbehaviour`. It runs in the connection's own thread; several connections are served at once.
"""
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, IntEnum
from typing import Self

from attrs import Factory, define, field

from tests.servers.tds_tokens import (
    ATTENTION,
    FAILED,
    Login,
    Message,
    Result,
    batch,
    done,
    environment,
    login,
    message,
    packets,
    prelogin,
    result,
    wanted_encryption,
    welcome,
)
from tests.servers.tds_wire import BATCH, CANCEL, LOGIN7, PACKET_SIZE, PRELOGIN, RESPONSE, ConnectionOver, Wire


class Misbehaviour(Enum):
    """What a server or network does instead of going on."""

    HANG = "answers nothing but a cancel"
    DEAF = "answers nothing at all"
    CLOSE = "closes the connection"
    RESET = "resets the connection"
    HALF = "sends half of the answer and closes"
    GARBAGE = "sends what is no TDS"


class Encryption(IntEnum):
    """What the server says in PRELOGIN: OFF encrypts the login alone, ON and REQUIRED everything."""

    OFF = 0
    ON = 1
    NOT_SUPPORTED = 2
    REQUIRED = 3


AGREEMENT = {
    (server, client): (
        server if server is client or client is Encryption.OFF
        else Encryption.ON if Encryption.NOT_SUPPORTED not in (server, client)
        else Encryption.REQUIRED if server in (Encryption.ON, Encryption.REQUIRED)
        else Encryption.NOT_SUPPORTED
    )
    for server in Encryption for client in Encryption
}
"""What a server answers to a client's wish ([MS-TDS] 2.2.6.5); who cannot live with it ends the connection."""

Reply = Result | Message | Misbehaviour
Answer = Callable[[str, "Session"], Iterable[Reply]]


@define(eq=False)
class TDSServer:
    """Listens while entered. `refusal`: messages that answer every login. `stop`: where a connection ends early,
    `connect`, `prelogin` or `login`, and how. The last four fields are a journal."""

    answer: Answer
    users: Mapping[str, str]
    databases: Callable[[], Iterable[str]] = lambda: ("master", "tempdb")
    refusal: Sequence[Message] = ()
    stop: dict[str, Misbehaviour] = Factory(dict)
    encryption: Encryption = Encryption.NOT_SUPPORTED
    tls: ssl.SSLContext | None = None
    host: str = "127.0.0.1"
    port: int = 0
    logins: list[Login] = Factory(list)
    batches: list[str] = Factory(list)
    cancels: int = 0
    sessions: set["Session"] = Factory(set)
    _listener: socket.socket = field(init=False)

    def __enter__(self) -> Self:
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, self.port), family=family, backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for session in list(self.sessions):
            session.end()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            session = Session(self, Wire(client))
            self.sessions.add(session)
            threading.Thread(target=session.run, daemon=True).start()


@define(eq=False)
class Session:
    """One connection. `database`: the current one; an answer may change it, as USE does."""

    server: TDSServer
    _wire: Wire
    database: str = "master"
    was_encrypted: bool = False

    def run(self) -> None:
        try:
            self._enter(self._greet())
            while True:
                self._serve(*self._wire.receive())
        except (ConnectionOver, OSError):  # ssl.SSLError is one
            pass
        finally:
            self.end()
            self.server.sessions.discard(self)

    def end(self) -> None:
        self._wire.raw.close()

    def _greet(self) -> Login:
        """PRELOGIN, and LOGIN7 under the encryption that both agree on."""
        self._misbehave(self.server.stop.get("connect"))
        wanted = Encryption(wanted_encryption(self._message(PRELOGIN)))
        self._misbehave(self.server.stop.get("prelogin"))
        agreed = AGREEMENT[self.server.encryption, wanted]
        self._wire.send(prelogin(agreed))
        if agreed is Encryption.NOT_SUPPORTED:
            return login(self._message(LOGIN7))
        return self._under_tls(only_the_login=agreed is Encryption.OFF)

    def _under_tls(self, *, only_the_login: bool) -> Login:
        if self.server.tls is None:
            raise ConnectionOver
        self._wire.start_tls(self.server.tls)
        asked = login(self._message(LOGIN7))
        self.was_encrypted = not only_the_login
        if only_the_login:
            self._wire.end_tls()
        return asked

    def _message(self, expected: int) -> bytes:
        kind, data = self._wire.receive()
        if kind != expected:
            raise ConnectionOver
        return data

    def _enter(self, asked: Login) -> None:
        """Accept the login, or refuse it as SQL Server does."""
        self.server.logins.append(asked)
        self._misbehave(self.server.stop.get("login"))
        refusal = list(self.server.refusal) or self._refusals(asked)
        if refusal:
            self._wire.send(b"".join(map(message, refusal)) + done(FAILED))
            raise ConnectionOver
        self.database = asked.database or self.database
        self._wire.send(welcome(self.database, PACKET_SIZE))

    def _refusals(self, asked: Login) -> list[Message]:
        failed = Message(18456, 14, f"Login failed for user '{asked.user}'.")
        if self.server.users.get(asked.user) != asked.password:
            return [failed]
        if asked.database and asked.database not in self.server.databases():
            text = f'Cannot open database "{asked.database}" requested by the login. The login failed.'
            return [Message(4060, 11, text), failed]
        return []

    def _serve(self, kind: int, data: bytes) -> None:
        if kind == CANCEL:
            self._acknowledge()
        elif kind == BATCH:
            text, before = batch(data), self.database
            self.server.batches.append(text)
            self._reply(list(self.server.answer(text, self)), before)
        else:
            raise ConnectionOver

    def _reply(self, replies: Sequence[Reply], before: str) -> None:
        """All tokens in one response."""
        sent = environment(1, self.database, before) if self.database != before else b""
        for number, each in enumerate(replies, 1):
            last = number == len(replies)
            match each:
                case Result():
                    sent += result(each, more=not last)
                case Message():
                    sent += message(each) + (done(FAILED if each.severity > 10 else 0) if last else b"")
                case Misbehaviour.HALF:
                    self._wire.raw.sendall(next(iter(packets(RESPONSE, sent)))[:len(sent) // 2])
                    raise ConnectionOver
                case Misbehaviour():
                    return self._misbehave(each)
        return self._wire.send(sent if replies else sent + done())

    def _misbehave(self, how: Misbehaviour | None) -> None:
        match how:
            case None:
                return None
            case Misbehaviour.HANG:
                while self._wire.receive()[0] != CANCEL:
                    pass
                return self._acknowledge()
            case Misbehaviour.DEAF:
                self._wire.drain()
            case Misbehaviour.GARBAGE:
                self._wire.raw.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            case Misbehaviour.RESET:
                self._wire.reset()
            case Misbehaviour.CLOSE | Misbehaviour.HALF:
                pass
        raise ConnectionOver

    def _acknowledge(self) -> None:
        self.server.cancels += 1
        self._wire.send(done(ATTENTION))
