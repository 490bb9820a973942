"""The header says which real servers the run talks to: a run without them is another run."""
import signal

from tests.servers import mariadb, postgresql
from tests.servers.stores import (  # noqa: F401 - fixtures
    mariadb_server,
    mariadb_store,
    postgresql_server,
    postgresql_store,
)

signal.signal(signal.SIGINT, signal.default_int_handler)
"""A shell's background job ignores it, and so would every command that a test starts and interrupts."""


def pytest_report_header():
    return [f"servers: {postgresql.describe()}; {mariadb.describe()}"]


def pytest_addoption(parser):
    parser.addoption("--postgresql-url", help="run the engine's tests against this server (superuser's URL), "
                     "postgresql://postgres:secret@127.0.0.1:5432; POSTGRESQL_BIN starts other binaries instead")
    parser.addoption("--mysql-url", help="the same for MySQL or MariaDB (root's URL), "
                     "mysql://root:secret@127.0.0.1:3306; MYSQL_BIN starts other binaries instead")
