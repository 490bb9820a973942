"""One throw-away server for the folder, its logins, and a reader that goes through the adapter as one of them."""

import itertools
from contextlib import closing, contextmanager

import pymysql
import pytest
from attrs import field, frozen

from capacity_sync.adapters.engines.mysql.adapter import MySQLAdapter
from capacity_sync.adapters.engines.mysql.filename_codec import encode
from capacity_sync.domain.instance import Instance, Timeouts
from tests.servers.mariadb import MariaDBServer, require_mariadb
from tests.servers.mariadb_client import GivenMariaDB, MariaDBClient

LOGINS = {
    "full": "ALL PRIVILEGES",
    "least": "PROCESS, SHOW DATABASES, SHOW VIEW",
}
REMOTE_ENGINES = ("--plugin-load-add=ha_federated", "--plugin-load-add=ha_archive", "--plugin-load-add=ha_blackhole")
_numbers = itertools.count()


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


@frozen
class Reader:
    """Reads one server as one login. `session` is open until the `with` ends."""

    server: MariaDBClient
    user: str
    password: str
    adapter: MySQLAdapter = field(factory=MySQLAdapter)

    def instance(self, **changes):
        place = {"host": self.server.host, "port": self.server.port, "username": self.user}
        given = {**place, "timeouts": Timeouts(connect=5, statement=30, deadline=60), **changes}
        return Instance("one", "mysql", **given)

    @contextmanager
    def session(self, **changes):
        with closing(self.adapter.connect(self.instance(**changes), self.password)) as session:
            yield session

    def listing(self, **changes):
        with self.session(**changes) as session:
            return self.adapter.fetch_inventory(session)

    def measured(self, *names, **changes):
        """The sizes of *names*, by default of all that are no system databases."""
        with self.session(**changes) as session:
            wanted = names or [row.name for row in self.adapter.fetch_inventory(session) if not row.is_system]
            return self.adapter.fetch_capacity(session, wanted)

    def diagnosis(self, **changes):
        with self.session(**changes) as session:
            return self.adapter.diagnose(session)


def sizes(measured):
    return {row.database_name: row.size_bytes for row in measured}


def bases(measured):
    return {row.database_name: row.basis.value for row in measured}


def reasons(measured):
    return {lost.database_name: lost.failure for lost in measured.unmeasured}


def on_disk(server, name, pattern="*.ibd"):
    """Bytes of the files of database *name*, by `ls`."""
    return sum(path.stat().st_size for path in (server.data_directory / encode(name)).glob(pattern))


def add_logins(server):
    for name, privileges in LOGINS.items():
        server.execute(f"CREATE USER {name} IDENTIFIED BY '{name} secret'", f"GRANT {privileges} ON *.* TO {name}")


def reader_of(server, login):
    return Reader(server, login, f"{login} secret")


@contextmanager
def serving(*options, binaries=None):
    """A server with *options* that one test may hurt."""
    with MariaDBServer(binaries or require_mariadb(), options) as server:
        add_logins(server)
        yield server


@contextmanager
def given(url):
    """The server at *url*, with our logins while the tests run."""
    server = GivenMariaDB.at(url)
    server.execute(*(f"DROP USER IF EXISTS {name}" for name in LOGINS))
    add_logins(server)
    yield server
    server.execute(*(f"DROP USER {name}" for name in LOGINS))


@contextmanager
def needs_engines(server):
    """A storage engine that a given server has not (1286) skips the test; ours has all of them."""
    try:
        yield
    except pymysql.err.NotSupportedError as error:
        if error.args[0] != 1286 or not isinstance(server, GivenMariaDB):
            raise
        pytest.skip(f"the given MySQL server has not the engine: {error.args[1]}")


@pytest.fixture(scope="session")
def mariadb_server(request):
    """A throw-away server, or the one of `--mysql-url`; what must be hurt is a throw-away server all the same."""
    url = request.config.getoption("--mysql-url")
    with given(url) if url else serving(*REMOTE_ENGINES, "--log-bin=binlog") as server:
        yield server


@pytest.fixture
def own_server():
    with serving(*REMOTE_ENGINES) as server:
        yield server


@pytest.fixture(params=LOGINS)
def login(request):
    return request.param


@pytest.fixture
def reader(login, mariadb_server):
    """Both of the logins that are shown everything."""
    return reader_of(mariadb_server, login)


@pytest.fixture
def database(mariadb_server):
    """Makes databases, under a fresh name unless given one, fills them by *statements*, and drops them afterwards."""
    made = []

    def create(*statements, name=None):
        made.append(name or f"made_{next(_numbers)}")
        with needs_engines(mariadb_server):
            mariadb_server.execute(f"CREATE DATABASE {quoted(made[-1])}", f"USE {quoted(made[-1])}", *statements)
        return made[-1]

    yield create
    for name in made:
        mariadb_server.execute(f"DROP DATABASE IF EXISTS {quoted(name)}")


@pytest.fixture
def user(mariadb_server):
    """Makes logins with *grants*, such as `SELECT ON a.*`, and drops them afterwards; a reader of each."""
    made = []

    def create(*grants):
        made.append(f"user_{next(_numbers)}")
        granting = [f"GRANT {grant} TO {made[-1]}" for grant in grants]
        mariadb_server.execute(f"CREATE USER {made[-1]} IDENTIFIED BY 'x'", *granting)
        return Reader(mariadb_server, made[-1], "x")

    yield create
    for name in made:
        mariadb_server.execute(f"DROP USER {name}")


@pytest.fixture
def statements(monkeypatch):
    """The statements sent by PyMySQL, from the whole process."""
    sent = []
    query = pymysql.connections.Connection.query

    def counting(connection, text, unbuffered=False):
        sent.append(text if isinstance(text, str) else text.decode("utf-8", "surrogateescape"))
        return query(connection, text, unbuffered)

    monkeypatch.setattr(pymysql.connections.Connection, "query", counting)
    return sent
