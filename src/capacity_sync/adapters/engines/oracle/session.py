"""One polite connection: read-only, bounded in time, known by name, and aware of where it is and who asks."""
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any, final

from attrs import define, field

from capacity_sync.adapters.engines.base import sql
from capacity_sync.adapters.engines.oracle.errors import translate
from capacity_sync.adapters.engines.oracle.privileges import with_remedy
from capacity_sync.adapters.engines.oracle.tls import context
from capacity_sync.domain.instance import Instance, TlsMode
from capacity_sync.domain.outcomes import Category, EngineError, Failure, InternalFailure, error_for
from capacity_sync.ports import Connection

if TYPE_CHECKING:
    import oracledb

NAME = "capacity-sync"
DEFAULT_PORT = 1521
BATCH = 1000
"""Rows per round trip."""
GOODBYE_SECONDS = 2.0
ROOT = 1
"""CON_ID of the root of a container database."""

Row = tuple[Any, ...]


@final
@define
class Session(Connection):
    """`limit`: seconds for a statement; `deadline`: of the monotonic clock. `container`: the CON_ID; `user`: exact."""

    raw: "oracledb.Connection"
    limit: float
    deadline: float
    container: int = 0
    user: str = ""
    _open: bool = field(default=True)
    _ended: Failure | None = field(default=None)

    @property
    def is_root(self) -> bool:
        return self.container == ROOT

    @property
    def server_version(self) -> str:
        return str(self.raw.version)

    @property
    def grace(self) -> Failure | None:
        """That the password will expire soon: the server says so when it lets the account in."""
        warning = self.raw.warning
        if warning is None:
            return None
        text = str(warning).splitlines()[0]
        return Failure(Category.AUTHENTICATION, text, text.partition(":")[0], "set a new password for the account")

    def label(self, action: str) -> None:
        """What V$SESSION shows of us; travels with the next statement."""
        self.raw.action = action

    def rows(self, statement: str) -> Sequence[Row]:
        """All rows of `<statement>.sql`.

        Raises: EngineError: a missing privilege with its GRANT; what ended the connection, again and again: the
        driver itself may crash the process when such a connection is touched (26.1.0, `call_timeout`).
        """
        if self._ended is not None:
            raise error_for(self._ended)
        try:
            return self._run(sql(__package__, statement).strip())
        except Exception as error:
            known = _known(error)
            if known.category is Category.NETWORK or not self.raw.is_healthy():
                self._ended = known.failure
            raise with_remedy(known, statement, self.user) from error

    def _run(self, text: str) -> Sequence[Row]:
        """A statement gets half of what is left: the driver may need as long again to take it back."""
        self.raw.call_timeout = milliseconds(min(self.limit, (self.deadline - monotonic()) / 2))
        with self.raw.cursor() as cursor:
            cursor.prefetchrows = cursor.arraysize = BATCH
            cursor.execute(text)
            return cursor.fetchall() if cursor.description else []

    def close(self) -> None:
        """Roll back, log off. What the server has ended already needs neither."""
        if self._open:
            self._open = False
            if self._ended is None and self.raw.is_healthy():
                self._say_goodbye()

    def _say_goodbye(self) -> None:
        try:
            self.raw.call_timeout = milliseconds(GOODBYE_SECONDS)
            self.raw.close()
        except Exception as error:
            raise _known(error) from error


def _known(error: Exception) -> EngineError:
    return translate(error) or InternalFailure(f"{type(error).__name__}: {error}")


def open_session(instance: Instance, password: str | None) -> Session:
    """Raises: what the driver raises, and EngineError. The login itself has no limit: the isolation is the limit.

    https://github.com/oracle/python-oracledb/issues/451
    """
    begun = monotonic()
    raw = _connect(instance, password)
    session = Session(raw, instance.timeouts.statement, begun + instance.timeouts.deadline)
    try:
        _introduce(session)
    except BaseException:
        session.close()
        raise
    return session


def _connect(instance: Instance, password: str | None) -> "oracledb.Connection":
    """Thin mode is chosen first: undecided, the first connect of every thread waits for whoever hangs in the first.

    https://python-oracledb.readthedocs.io/en/latest/user_guide/initialization.html#enablingthin
    """
    import oracledb

    oracledb.enable_thin_mode()  # type: ignore[no-untyped-call]  # unannotated there
    tls = context(instance.tls)
    address = oracledb.ConnectParams(
        host=instance.host,
        port=instance.port or DEFAULT_PORT,
        service_name=instance.database,
        protocol="tcp" if tls is None else "tcps",
        ssl_context=tls,
        ssl_server_dn_match=instance.tls.mode is TlsMode.VERIFY_FULL,
        tcp_connect_timeout=instance.timeouts.connect,
        retry_count=0,
        expire_time=1,
        disable_oob=True,
        stmtcachesize=0,
        program=NAME,
    )
    return oracledb.connect(user=instance.username, password=password, params=address)


def _introduce(session: Session) -> None:
    session.raw.module = session.raw.client_identifier = NAME
    with suppress(EngineError):  # who refuses it is only read from all the same; what is lost fails again below
        session.rows("read_only")
    (session.container, session.user), = session.rows("identify")


def milliseconds(seconds: float) -> int:
    """At least one: zero would mean no limit."""
    return max(1, round(seconds * 1000))
