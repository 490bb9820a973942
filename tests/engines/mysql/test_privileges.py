"""What a login may not see costs what it must cost and no more, and the printed statements mend it."""

import pytest

from capacity_sync.domain.inventory import Completeness
from tests.engines.mysql.conftest import Reader, bases, on_disk, reasons, sizes

INNODB = "CREATE TABLE i (id INT)"
MYISAM = "CREATE TABLE m (id INT) ENGINE=MyISAM"


def run_as_root(reader, remedies):
    reader.server.execute(*remedies)


@pytest.mark.parametrize(
    "privilege", ["SHOW DATABASES", "SHOW VIEW", "SELECT", "EVENT", "LOCK TABLES", "EXECUTE", "REFERENCES"]
)
def test_a_global_privilege_that_shows_every_name_makes_the_listing_complete(database, user, privilege):
    name = database()
    listing = user(f"{privilege} ON *.*").listing()

    assert (listing.completeness, listing.witness) == (Completeness.COMPLETE, None)
    assert name in listing.by_name()


@pytest.mark.parametrize("privilege", ["PROCESS", "REPLICATION CLIENT", "RELOAD", "USAGE"])
def test_a_privilege_that_hides_names_makes_the_listing_visible_only(database, user, privilege):
    name = database()
    reader = user(f"{privilege} ON *.*")
    listing = reader.listing()

    assert listing.completeness is Completeness.VISIBLE_ONLY
    assert name not in listing.by_name()
    assert (listing.witness.category.value, listing.witness.remedy) == (
        "permission", f"GRANT SHOW DATABASES ON *.* TO `{reader.user}`@`%`")  # fmt: skip
    run_as_root(reader, [listing.witness.remedy])
    assert reader.listing().completeness is Completeness.COMPLETE


def test_a_privilege_on_one_database_shows_that_one(database, user):
    seen, hidden = database(), database()
    listing = user(f"SELECT ON {seen}.*").listing()

    assert listing.completeness is Completeness.VISIBLE_ONLY
    assert {seen} == {seen, hidden} & set(listing.by_name())


def test_without_process_sizes_are_estimates_and_the_grant_is_named(database, user):
    name, empty = database(INNODB, MYISAM), database()
    reader = user("SHOW DATABASES, SHOW VIEW ON *.*")
    measured = reader.measured(name, empty)

    assert (sizes(measured), bases(measured)) == ({name: 16384 + 1024, empty: 0}, {name: "estimate", empty: "estimate"})
    assert measured.degraded == {name, empty}
    assert measured.facts.overhead_bytes is None
    (warning,) = (w for w in measured.warnings if "PROCESS" in w.remedy)
    assert (warning.category.value, warning.code) == ("permission", "1227")
    run_as_root(reader, [warning.remedy])
    mended = reader.measured(name, empty)
    assert (sizes(mended)[name], mended.degraded) == (on_disk(reader.server, name) + 1024, frozenset())


def test_without_a_view_on_the_tables_a_database_is_unmeasured_and_not_smaller(database, user):
    """Its MyISAM table is not shown, and nothing says so."""
    name, empty = database(INNODB, MYISAM), database()
    reader = user("PROCESS, SHOW DATABASES ON *.*")
    measured = reader.measured(name, empty)

    assert not sizes(measured)
    assert {failure.category.value for failure in reasons(measured).values()} == {"permission"}
    assert measured.facts.overhead_bytes is None
    run_as_root(reader, {reasons(measured)[name].remedy})
    assert sizes(reader.measured(name, empty)) == {name: on_disk(reader.server, name) + 1024, empty: 0}


@pytest.mark.parametrize("privilege", ["CREATE TEMPORARY TABLES", "LOCK TABLES", "EXECUTE", "EVENT"])
def test_privileges_that_show_names_but_no_tables(database, user, privilege):
    name = database(MYISAM)

    assert set(reasons(user(f"PROCESS, {privilege} ON *.*").measured(name))) == {name}


def test_what_one_database_hides_costs_that_one(database, user):
    seen, half, hidden = database(MYISAM), database(INNODB, MYISAM), database(MYISAM)
    reader = user(
        "PROCESS, SHOW DATABASES ON *.*", f"SELECT ON {seen}.*", f"SELECT ON {half}.i", f"EXECUTE ON {half}.*"
    )
    measured = reader.measured(seen, half, hidden)

    assert sizes(measured) == {seen: 1024}
    assert set(reasons(measured)) == {half, hidden}


def test_a_grant_on_a_pattern_counts_for_the_databases_it_matches(database, user):
    like, unlike = database(MYISAM, name="pat_tern1"), database(MYISAM, name="patxtern1")
    reader = user("PROCESS, SHOW DATABASES ON *.*", r"SELECT ON `pat\_tern%`.*")

    assert sizes(reader.measured(like, unlike)) == {like: 1024}


@pytest.mark.parametrize("how", ["role", "public"])
def test_privileges_through_a_role_or_public_count(database, user, mariadb_server, how):
    name = database(INNODB, MYISAM)
    reader = user("USAGE ON *.*")
    if how == "role":
        mariadb_server.execute(
            "CREATE ROLE watch", f"GRANT watch TO {reader.user}", f"SET DEFAULT ROLE watch FOR {reader.user}"
        )
    whom = "watch" if how == "role" else "PUBLIC"
    mariadb_server.execute(f"GRANT PROCESS, SHOW DATABASES, SHOW VIEW ON *.* TO {whom}")
    try:
        listing, measured, diagnosis = reader.listing(), reader.measured(name), reader.diagnosis()
    finally:
        mariadb_server.execute("DROP ROLE watch" if how == "role" else "REVOKE ALL ON *.* FROM PUBLIC")

    assert listing.completeness is Completeness.COMPLETE
    assert sizes(measured) == {name: on_disk(mariadb_server, name) + 1024}
    assert not diagnosis.missing


def test_the_printed_grants_are_all_that_a_new_login_needs(database, user):
    name = database(INNODB, MYISAM)
    reader = user("USAGE ON *.*")
    assert len(reader.diagnosis().missing) == 3

    run_as_root(reader, reader.adapter.grants(reader.user))
    assert not reader.diagnosis().missing
    assert reader.listing().completeness is Completeness.COMPLETE
    measured = reader.measured(name)
    assert sizes(measured) == {name: on_disk(reader.server, name) + 1024}
    assert None not in (measured.facts.overhead_bytes, measured.facts.log_bytes)
    assert not measured.warnings


def test_the_remedies_of_the_diagnosis_are_all_that_is_missing(database, user):
    name = database(INNODB, MYISAM)
    reader = user("USAGE ON *.*")

    run_as_root(reader, [failure.remedy for failure in reader.diagnosis().missing])
    assert not reader.diagnosis().missing
    assert set(sizes(reader.measured(name))) == {name}


@pytest.mark.parametrize("name", ["o'hara", "back`tick", "a@b", "üser", "with blank"])
def test_the_grants_quote_any_user(mariadb_server, name):
    quoted = "`" + name.replace("`", "``") + "`"
    mariadb_server.execute(f"CREATE USER {quoted}@`127.0.0.%` IDENTIFIED BY 'x'")
    reader = Reader(mariadb_server, name, "x")
    try:
        mariadb_server.execute(*reader.adapter.grants(f"{name}@127.0.0.%"))
        diagnosis = reader.diagnosis()
    finally:
        mariadb_server.execute(f"DROP USER {quoted}@`127.0.0.%`")

    assert not diagnosis.missing


def test_no_password_hash_is_kept_from_the_grants(user):
    reader = user("SHOW DATABASES ON *.*")
    with reader.session() as session:
        assert "PASSWORD" not in repr(session)
        assert "*" + "B69027D44F6E5EDC07F1AEAD1477967B16F28227" not in repr(session)
