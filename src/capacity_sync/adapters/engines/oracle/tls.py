"""TLS for python-oracledb. TCPS is another endpoint of the listener than TCP: none can be tried first and done without.

https://python-oracledb.readthedocs.io/en/latest/user_guide/connection_handling.html#securely-encrypting-network-traffic
"""
import ssl

from capacity_sync.adapters.engines.oracle.errors import unreachable
from capacity_sync.domain.instance import Tls, TlsMode
from capacity_sync.domain.outcomes import Unsupported

MODES = frozenset({TlsMode.DISABLE, TlsMode.REQUIRE, TlsMode.VERIFY_FULL})


def context(tls: Tls) -> ssl.SSLContext | None:
    """None: no TLS, also for `prefer` that nobody asked for. `require` with a `ca` checks the chain, but no name.

    Raises: Unsupported: a `ca` beside `prefer`; ServerUnreachable: the CA file cannot be read.
    """
    if tls.mode is TlsMode.PREFER and tls.ca is not None:
        raise Unsupported("Oracle's TLS is an endpoint of its own: a `ca` needs `mode: require` or `mode: verify-full`",
                          remedy="set `tls: {mode: verify-full, ca: ...}` and the port of the TCPS endpoint")
    if tls.mode in (TlsMode.PREFER, TlsMode.DISABLE):
        return None
    try:
        made = ssl.create_default_context(cafile=tls.ca)
    except OSError as error:
        raise unreachable(ssl.SSLError(f"`ca` {tls.ca}: {error.strerror or error}")) from error
    made.verify_flags &= ~ssl.VERIFY_X509_STRICT  # the certificates that orapki makes do not pass it
    if tls.mode is TlsMode.REQUIRE:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE if tls.ca is None else ssl.CERT_REQUIRED
    return made
