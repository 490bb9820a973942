"""What a store says when it cannot: one line that names the store, never its password."""
import re
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from capacity_sync.domain.outcomes import CapacitySyncError, StoreFailed, StoreInterrupted

REFUSED_BY_A_DATABASE = (SQLAlchemyError, OverflowError, UnicodeError)
"""The last two come from drivers, unwrapped: a number or a text that no column can hold."""
INTERRUPTING: frozenset[str | int] = frozenset({"40001", "40P01", 1205, 1213, 1927})
"""Serialisation failure and deadlock, as PostgreSQL numbers them; waited too long, deadlock and killed, as MySQL does.

https://www.postgresql.org/docs/current/errcodes-appendix.html, https://mariadb.com/kb/en/mariadb-error-code-reference/.
"""


def store_name(url: URL) -> str:
    """*url* as messages show it: its password hidden, without options, which may hold one."""
    return url.set(query={}).render_as_string(hide_password=True)


def unparsed_name(text: str) -> str:
    """What can be shown of a text that is no URL and may still hold a password."""
    return re.sub(r"[:/].*@", "***@", text, flags=re.DOTALL)


def reason(error: BaseException, url: URL) -> str:
    """The driver's own words, on one line."""
    words = error.orig if isinstance(error, DBAPIError) else error
    text = " ".join(str(words).split()) or type(words).__name__
    return text.replace(url.password, "***") if url.password else text


@contextmanager
def refusing(url: URL, kind: type[CapacitySyncError] = StoreFailed, way_out: str = "") -> Iterator[None]:
    """Raises: *kind*, for whatever the database refuses inside; of StoreFailed, StoreInterrupted where that fits."""
    try:
        yield
    except REFUSED_BY_A_DATABASE as error:
        fitting = StoreInterrupted if kind is StoreFailed and _interrupted(error) else kind
        raise fitting(f"store {store_name(url)}: {reason(error, url)}{way_out}") from error


def _interrupted(error: BaseException) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    code = getattr(error.orig, "pgcode", None) or next(iter(getattr(error.orig, "args", ())), None)
    return error.connection_invalidated or code in INTERRUPTING
