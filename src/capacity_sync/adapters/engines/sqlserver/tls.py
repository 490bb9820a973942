"""TLS, through FreeTDS' own configuration file: pymssql's arguments cannot ask for a certificate to be checked.

https://www.freetds.org/userguide/freetdsconf.html. With a section for the server in it, no other file of the user or
machine is read. The file and the variable that names it are gone once the connection is open.
"""
import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory

from capacity_sync.domain.instance import Instance, TlsMode
from capacity_sync.domain.outcomes import Unsupported

ENCRYPTION = {
    TlsMode.DISABLE: "off",
    TlsMode.PREFER: "request",
    TlsMode.REQUIRE: "require",
    TlsMode.VERIFY_FULL: "require",
}
"""pymssql's and FreeTDS' words; pymssql 2.3.0 takes its own and does nothing.
`request`: the server decides what beside the password is encrypted."""
FILE = "FREETDSCONF"
MEDDLING = ("FREETDS", "TDSVER", "TDSPORT", "TDSHOST", "TDSDUMP", "TDSDUMPCONFIG")
"""Variables that change what FreeTDS does: https://www.freetds.org/userguide/envvar.html"""


@contextmanager
def configured(instance: Instance) -> Iterator[None]:
    """FreeTDS, inside, knows *instance* and nothing else.

    Raises: Unsupported: certificates cannot be checked.
    """
    before = {name: os.environ.pop(name, None) for name in (FILE, *MEDDLING)}
    try:
        with TemporaryDirectory(prefix="capacity-sync-") as folder:
            lines = [f"host = {instance.host}", f"port = {instance.port}",
                     f"encryption = {ENCRYPTION[instance.tls.mode]}", *_checks(instance, Path(folder))]
            file = Path(folder, "freetds.conf")
            file.write_text("\n".join([f"[{instance.host}]", *lines, ""]), encoding="utf-8")
            os.environ[FILE] = str(file)
            yield
    finally:
        os.environ.pop(FILE, None)
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _checks(instance: Instance, folder: Path) -> list[str]:
    if instance.tls.mode is not TlsMode.VERIFY_FULL:
        return []
    trusted = folder / "ca.pem"
    copyfile(_authorities(instance), trusted)
    return [f"ca file = {trusted}", "check certificate hostname = yes"]


def _authorities(instance: Instance) -> Path:
    """The bundled OpenSSL does not know where this machine keeps its authorities."""
    found = instance.tls.ca or ssl.get_default_verify_paths().cafile
    if found is None or not Path(found).is_file():
        what = f"there is no file {found}" if found else "this machine has no file of trusted certificates"
        raise Unsupported(f"the server's certificate cannot be checked: {what}",
                          remedy="set `tls.ca` to a PEM file of trusted certificates")
    return Path(found)
