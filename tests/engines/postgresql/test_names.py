"""Names are kept exactly, and travel as bytes: one that no encoding can read costs nobody anything."""
import pytest

from capacity_sync.adapters.engines.postgresql.rows import decoded, spellings
from tests.engines.postgresql.conftest import quoted, reader_of, sizes

AWKWARD = [
    "App With Space", " blanks around ", "UPPER", "Upper", "upper", 'quo"te', "single'quote", "per%cent %s %(x)s",
    "under_score", "库名", "🐘" * 15, "tab\there", "line\nbreak", "semi;colon", "back\\slash", "\\x41", "n" * 63, "-",
    "{login}",
]


@pytest.fixture(scope="module")
def awkward(postgresql_server):
    for name in AWKWARD:
        postgresql_server.execute(f"CREATE DATABASE {quoted(name)}")
    yield
    for name in AWKWARD:
        postgresql_server.execute(f"DROP DATABASE {quoted(name)}")


@pytest.mark.usefixtures("awkward")
def test_any_name_is_listed_and_measured_exactly(reader):
    assert set(AWKWARD) <= {row.name for row in reader.listing()}
    assert sizes(reader.measured(*AWKWARD)).keys() == set(AWKWARD)


@pytest.fixture
def latin1(postgresql_server, database):
    """Makes a database named in LATIN1, as `CREATE DATABASE` in such a database does: its name is no UTF-8."""
    home = database(options="ENCODING 'LATIN1' TEMPLATE template0")

    def run(statement):
        with postgresql_server.connect(home, client_encoding="LATIN1") as session, session.cursor() as cursor:
            cursor.execute(statement)

    run('CREATE DATABASE "caf\xe9"')
    yield "caf\\xe9"
    run('DROP DATABASE "caf\xe9"')


def test_a_name_that_is_no_utf8_is_listed_and_measured(reader, latin1, database):
    other = database()

    assert latin1 in reader.listing().by_name()
    assert sizes(reader.measured(latin1, other)).keys() == {latin1, other}


def test_two_databases_whose_names_look_alike_are_not_confused(reader, latin1, database):
    """Their bytes differ, what can be shown of them does not; the use case takes neither of two sizes."""
    database(latin1)

    listed = [row.identity for row in reader.listing() if row.name == latin1]
    measured = [row.identity for row in reader.measured(latin1)]

    assert sorted(listed) == sorted(measured)
    assert len(set(listed)) == 2


def test_the_session_may_live_in_a_database_of_another_encoding(postgresql_server, database):
    home = database(options="ENCODING 'LATIN1' TEMPLATE template0")
    name = database("naïve")

    assert name in reader_of(postgresql_server, "least").listing(database=home).by_name()


@pytest.mark.parametrize("raw", [b"plain", "été".encode(), b"caf\xe9", b"\\xe9", b"\xff\\", b"\\x41"])
def test_every_readable_name_leads_back_to_its_bytes(raw):
    assert raw.hex() in spellings([decoded(raw.hex())])
