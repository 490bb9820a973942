"""TLS for PyMySQL. One context per setting, shared: building one reads all certificates of the system (24 ms)."""

import ssl
from functools import lru_cache
from pathlib import Path

from capacity_sync.adapters.engines.mysql.errors import unreachable
from capacity_sync.domain.instance import Tls, TlsMode


def context(tls: Tls) -> ssl.SSLContext | None:
    """None: no TLS. Raises: ServerUnreachable: the CA file cannot be read."""
    if tls.mode is TlsMode.DISABLE:
        return None
    try:
        changed = Path(tls.ca).stat().st_mtime_ns if tls.ca else 0
        return _context(tls.mode is TlsMode.VERIFY_FULL, tls.ca, changed)
    except OSError as error:
        raise unreachable(ssl.SSLError(), f"`ca` {tls.ca}: {error.strerror or error}") from error


@lru_cache(maxsize=64)
def _context(verify: bool, ca: str | None, changed: int) -> ssl.SSLContext:
    """*changed*: a CA file that was replaced makes a new context."""
    made = ssl.create_default_context(cafile=ca)
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the certificates that the servers make themselves do not pass it
    if not verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    return made
