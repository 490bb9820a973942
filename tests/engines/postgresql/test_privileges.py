"""What a login may not see costs only that, says so, and the statement it prints mends it."""
import pytest

from capacity_sync.domain.inventory import Completeness
from capacity_sync.domain.outcomes import Category
from tests.engines.postgresql.conftest import reader_of, reasons, sizes


@pytest.fixture
def forbidden(postgresql_server, database):
    name = database()
    postgresql_server.execute(f"REVOKE CONNECT ON DATABASE {name} FROM PUBLIC")
    return name


def mend(reader, statements):
    for statement in statements:
        reader.server.execute(statement)


def test_a_forbidden_database_is_listed_and_costs_only_itself(plain, database, forbidden):
    other = database()

    listing, measured = plain.listing(), plain.measured()
    reason = reasons(measured)[forbidden]

    assert {forbidden, other} <= listing.by_name().keys()
    assert listing.completeness is Completeness.COMPLETE
    assert other in sizes(measured)
    assert reasons(measured).keys() == {forbidden}
    assert (reason.category, reason.code, reason.retryable) == (Category.PERMISSION, "42501", False)
    assert reason.remedy == 'GRANT pg_read_all_stats TO "plain_role";'


def test_whoever_reads_all_statistics_measures_it(reader, forbidden):
    assert forbidden in sizes(reader.measured())


def test_connect_on_the_database_is_enough(role, forbidden):
    reader = role()
    reader.server.execute(f"GRANT CONNECT ON DATABASE {forbidden} TO {reader.user}")

    assert forbidden in sizes(reader.measured())


@pytest.mark.parametrize("options", ["", "NOINHERIT"])
@pytest.mark.parametrize("name", ["simple", 'Odd "role" {name} %s'])
def test_the_remedy_mends_what_it_is_printed_for(role, forbidden, options, name):
    reader = role(options, name)
    remedy = reasons(reader.measured())[forbidden].remedy

    mend(reader, [remedy])

    assert not reader.measured().unmeasured


def test_a_member_that_does_not_inherit_is_refused_without_an_error(role, forbidden):
    reader = role("NOINHERIT")
    reader.server.execute(f"GRANT pg_read_all_stats TO {reader.user}")

    measured = reader.measured()
    mend(reader, [reasons(measured)[forbidden].remedy])

    assert "postgres" in sizes(measured)
    assert not reader.measured().unmeasured


def test_check_says_what_is_hidden_and_its_statement_mends_it(role, forbidden):
    reader = role()
    (missing,) = reader.diagnosis().missing

    assert missing.category is Category.PERMISSION
    assert f'"{forbidden}"' in missing.message
    mend(reader, [missing.remedy])
    assert reader.diagnosis().missing == ()
    assert not reader.measured().unmeasured


def test_the_printed_grants_make_the_next_measurement_complete(role, forbidden):
    reader = role(name='to "be" granted')
    assert forbidden in reasons(reader.measured())

    mend(reader, reader.adapter.grants(reader.user))

    assert (reader.measured().unmeasured, reader.measured().warnings) == ((), ())
    assert reader.diagnosis().missing == ()


def test_without_the_optional_grant_only_the_wal_is_missing(role, forbidden):
    reader = role()
    needed, optional = reader.adapter.grants(reader.user)
    assert "only for the size of the WAL" in optional

    mend(reader, [needed])
    measured = reader.measured()

    assert measured.unmeasured == ()
    assert ["WAL" in warning.message for warning in measured.warnings] == [True]


def test_check_finds_nothing_missing_where_nothing_is_hidden(reader):
    diagnosis = reader.diagnosis()

    assert diagnosis.missing == ()
    assert diagnosis.completeness is Completeness.COMPLETE
    assert diagnosis.server_version == reader.server.version


def test_the_length_of_the_wal_is_for_pg_monitor(postgresql_server):
    measured = reader_of(postgresql_server, "full").measured("postgres")
    segments = [f for f in (postgresql_server.data_directory / "pg_wal").iterdir() if len(f.name) == 24]

    assert measured.facts.log_bytes == sum(segment.stat().st_size for segment in segments) > 0
    assert measured.warnings == ()


@pytest.mark.parametrize("options", ["", "NOINHERIT"])
@pytest.mark.parametrize("grant", ["", "GRANT pg_read_all_stats TO {}"])
def test_others_are_told_what_shows_the_wal(role, grant, options):
    reader = role(options)
    if grant:
        reader.server.execute(grant.format(reader.user))
    (warning,) = (measured := reader.measured("postgres")).warnings

    assert measured.facts.log_bytes is None
    assert warning.category is Category.PERMISSION
    mend(reader, [warning.remedy])
    assert reader.measured("postgres").facts.log_bytes > 0


def test_a_forbidden_system_database_makes_the_overhead_unknown_not_smaller(role, database):
    reader = role()
    database("rdsadmin")
    reader.server.execute("REVOKE CONNECT ON DATABASE rdsadmin FROM PUBLIC")

    measured = reader.measured()
    warning = next(w for w in measured.warnings if "rdsadmin" in w.message)

    assert "rdsadmin" not in {*sizes(measured), *reasons(measured)}
    assert measured.facts.overhead_bytes is None
    mend(reader, [warning.remedy])
    assert reader.measured().facts.overhead_bytes > 0
