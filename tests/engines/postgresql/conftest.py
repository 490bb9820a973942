"""One throw-away server for the folder, its roles, and a reader that goes through the adapter as one of them."""
import itertools
from contextlib import closing, contextmanager

import pytest
from attrs import evolve, field, frozen

from capacity_sync.adapters.engines.postgresql.adapter import PostgreSQLAdapter
from capacity_sync.domain.instance import Instance, Timeouts
from tests.servers.postgresql import PostgreSQLServer, require_postgresql
from tests.servers.postgresql_client import GivenPostgreSQL

ROLES = {
    "full": "GRANT pg_monitor TO full_role",
    "least": "GRANT pg_read_all_stats TO least_role",
    "plain": "",
}
MIB = 1024 * 1024
_numbers = itertools.count()


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


@frozen
class Reader:
    """Reads one server as one role. `session` is open until the `with` ends."""

    server: PostgreSQLServer | GivenPostgreSQL
    user: str
    password: str
    adapter: PostgreSQLAdapter = field(factory=PostgreSQLAdapter)

    def instance(self, **changes):
        given = {"database": "postgres", "timeouts": Timeouts(connect=5, statement=30, deadline=60)}
        place = {"host": self.server.host, "port": self.server.port, "username": self.user}
        return Instance("one", "postgresql", **{**given, **place, **changes})

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
            listed = self.adapter.fetch_inventory(session)
            wanted = names or [row.name for row in listed if not row.is_system]
            return self.adapter.fetch_capacity(session, wanted)

    def diagnosis(self, **changes):
        with self.session(**changes) as session:
            return self.adapter.diagnose(session)

    def with_password(self, password):
        return evolve(self, password=password)


def sizes(measured):
    return {row.database_name: row.size_bytes for row in measured}


def reasons(measured):
    return {lost.database_name: lost.failure for lost in measured.unmeasured}


def add_roles(server):
    for name, grant in ROLES.items():
        server.execute(f"CREATE ROLE {name}_role LOGIN PASSWORD '{name} secret'; {grant}")


def reader_of(server, role):
    return Reader(server, f"{role}_role", f"{role} secret")


@pytest.fixture(scope="session")
def postgresql_server(request):
    """A throw-away server, or the one of `--postgresql-url`; what must be hurt is a throw-away server all the same."""
    if url := request.config.getoption("--postgresql-url"):
        yield from given(GivenPostgreSQL.at(url))
        return
    with PostgreSQLServer(require_postgresql()) as server:
        add_roles(server)
        yield server


def given(server):
    add_roles(server)
    yield server
    for name in ROLES:
        server.execute(f"DROP ROLE {name}_role")


@pytest.fixture
def own_server():
    """A server that one test may hurt."""
    with PostgreSQLServer(require_postgresql()) as server:
        add_roles(server)
        yield server


@pytest.fixture(params=["full", "least"])
def reader(request, postgresql_server):
    """Both of the roles that are shown every size."""
    return reader_of(postgresql_server, request.param)


@pytest.fixture
def plain(postgresql_server):
    return reader_of(postgresql_server, "plain")


@pytest.fixture
def database(postgresql_server):
    """Makes databases, under a fresh name unless given one, and drops them afterwards."""
    made = []

    def create(name=None, options=""):
        made.append(name or f"made_{next(_numbers)}")
        postgresql_server.execute(f"CREATE DATABASE {quoted(made[-1])} {options}")
        return made[-1]

    yield create
    for name in made:
        postgresql_server.execute(f"UPDATE pg_database SET datistemplate = false WHERE datname = $name${name}$name$")
        postgresql_server.execute(f"DROP DATABASE IF EXISTS {quoted(name)}")


@pytest.fixture
def tablespace(postgresql_server):
    """The name of an empty tablespace; drop what you put there before the test ends."""
    name = f"space_{next(_numbers)}"
    postgresql_server.execute(f"CREATE TABLESPACE {name} LOCATION '{postgresql_server.folder(name)}'")
    yield name
    postgresql_server.execute(f"DROP TABLESPACE {name}")


@pytest.fixture
def role(postgresql_server):
    """Makes login roles and drops them afterwards; a reader of each."""
    made = []

    def create(options="", name=None):
        made.append(name or f"role_{next(_numbers)}")
        postgresql_server.execute(f"CREATE ROLE {quoted(made[-1])} LOGIN PASSWORD 'x' {options}")
        return Reader(postgresql_server, made[-1], "x")

    yield create
    for name in made:
        postgresql_server.execute(f"DROP OWNED BY {quoted(name)}")
        postgresql_server.execute(f"DROP ROLE {quoted(name)}")
