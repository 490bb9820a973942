"""What can go wrong, named by what the reader can do about it.

Four things are told apart everywhere: *empty* (an answer without rows), *unsupported* (no answer can
exist), *not measured* (`Unmeasured`, with its reason) and *failed* (an `EngineError`). None of the last
three is ever a zero.
"""
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from typing import ClassVar

from attrs import field, frozen, validators


class Category(Enum):
    """The kinds of failure. The values are the words of `--format json`."""

    AUTHENTICATION = "authentication"
    PERMISSION = "permission"
    NETWORK = "network"
    TIMEOUT = "timeout"
    UNKNOWN_DATABASE = "unknown_database"
    UNAVAILABLE = "unavailable"
    TOO_BUSY = "too_busy"
    UNSUPPORTED = "unsupported"
    QUERY = "query"
    INTERNAL = "internal"


RETRYABLE = frozenset({Category.NETWORK, Category.TIMEOUT, Category.UNAVAILABLE, Category.TOO_BUSY})
"""Categories that may be gone a minute later. Never authentication: accounts get locked."""


NOT_TRIED_AGAIN = frozenset({Category.AUTHENTICATION, Category.PERMISSION, Category.TIMEOUT})
"""Whatever a failure says of itself: accounts get locked, and who was slow is not asked to do it all once more."""


def _one_line(text: str) -> str:
    """*text* with its lines side by side; a text of nothing but blanks stays as it is."""
    return " ".join(line.strip() for line in text.splitlines() if line.strip()) or text


@frozen
class Failure:
    """One failure, as a value. `message` is one line: drivers break theirs.

    `code` is the vendor's own (SQLSTATE, ORA-nnnnn, errno). `remedy` is what mends it: for a permission
    the statement to run, else one sentence. `retryable` follows from the category unless given.
    """

    category: Category
    message: str = field(converter=_one_line, validator=validators.min_len(1))
    code: str | None = None
    remedy: str | None = None
    retryable: bool = field(kw_only=True)

    @retryable.default
    def _follows_from_category(self) -> bool:
        return self.category in RETRYABLE


def worth_another_try(failure: Failure) -> bool:
    """Whether to ask again in this very run."""
    return failure.retryable and failure.category not in NOT_TRIED_AGAIN


class CapacitySyncError(Exception):
    """Everything this package raises on purpose."""


class EngineError(CapacitySyncError):
    """A monitored instance did not give what was asked. Costs that instance, never another.

    The subclasses say what the reader can do; `failure` is the same as a value.
    """

    category: ClassVar[Category] = Category.INTERNAL

    def __init__(self, message: str, *, code: str | None = None, remedy: str | None = None,
                 retryable: bool | None = None) -> None:
        super().__init__(message)
        again = self.category in RETRYABLE if retryable is None else retryable
        self.failure = Failure(self.category, message or type(self).__name__, code, remedy, retryable=again)


class AuthenticationFailed(EngineError):
    """Mend the credentials. Not retried."""

    category = Category.AUTHENTICATION


class PermissionMissing(EngineError):
    """Run the GRANT in the remedy."""

    category = Category.PERMISSION


class ServerUnreachable(EngineError):
    """Look at address, port, firewall and TLS; a later try may succeed."""

    category = Category.NETWORK


class TimedOut(EngineError):
    """The time allowed was used up; raise it, or look at what the server is doing."""

    category = Category.TIMEOUT


class UnknownDatabase(EngineError):
    """The database to connect to, or to measure, does not exist."""

    category = Category.UNKNOWN_DATABASE


class ServerUnavailable(EngineError):
    """The server or database exists and does not serve now: starting, stopping, offline."""

    category = Category.UNAVAILABLE


class ServerTooBusy(EngineError):
    """No connection or resource is free; a later try may succeed."""

    category = Category.TOO_BUSY


class Unsupported(EngineError):
    """This version, edition, setting or missing driver cannot do it."""

    category = Category.UNSUPPORTED


class QueryFailed(EngineError):
    """The server refused a statement for a reason of no other kind."""

    category = Category.QUERY


class InternalFailure(EngineError):
    """A defect of this package or of a plug-in: report it."""

    category = Category.INTERNAL


def error_for(failure: Failure) -> EngineError:
    """*failure* as the exception of its category."""
    kinds: list[type[EngineError]] = EngineError.__subclasses__()
    kind = next(k for k in kinds if k.category is failure.category)
    return kind(failure.message, code=failure.code, remedy=failure.remedy, retryable=failure.retryable)


@contextmanager
def as_engine_error() -> Iterator[None]:
    """Whatever an engine raises inside becomes an `EngineError`; what is one already passes."""
    try:
        yield
    except CapacitySyncError:
        raise
    except Exception as error:
        raise InternalFailure(f"{type(error).__name__}: {error}") from error


class ConfigurationRefused(CapacitySyncError):
    """The configuration is wrong; nothing was run. One line per mistake."""

    def __init__(self, *mistakes: str) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


class DispatchFailed(CapacitySyncError):
    """The broker took no errands; the text says why. A run that had begun is closed as failed."""


class ErrandPostponed(CapacitySyncError):
    """Somebody else is at this instance, or its host is asked enough: come again a little later."""


class StoreFailed(CapacitySyncError):
    """The store refused a read or write. Ends the run; what was committed stays."""


class StoreInterrupted(StoreFailed):
    """The store gave up a transaction that may well succeed, run again as a whole: a deadlock, a lost connection."""


class StoreRefused(CapacitySyncError):
    """The store cannot be used as it is (unreadable, newer, needs an upgrade); the text says the way out."""
