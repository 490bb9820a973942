"""Flavour and version by numbers: which `.sql` files are used, and which databases are the server's own."""

import pytest

from capacity_sync.adapters.engines.mysql.server import Flavour, Views, server
from capacity_sync.adapters.engines.mysql.session import Identity

MYSQL, MARIADB = Flavour.MYSQL, Flavour.MARIADB


@pytest.mark.parametrize(
    ("version", "comment", "flavour", "numbers", "views"),
    [
        ("5.6.24", "MySQL Community Server (GPL)", MYSQL, (5, 6, 24), Views.NONE),
        ("5.7.42-log", "MySQL Community Server (GPL)", MYSQL, (5, 7, 42), Views.MYSQL_57),
        ("8.0.46", "MySQL Community Server - GPL", MYSQL, (8, 0, 46), Views.MYSQL_8),
        ("8.4.10", "", MYSQL, (8, 4, 10), Views.MYSQL_8),
        ("9.7.4", "MySQL Community Server - GPL", MYSQL, (9, 7, 4), Views.MYSQL_8),
        ("10.0.0", "MySQL Community Server - GPL", MYSQL, (10, 0, 0), Views.MYSQL_8),
        ("26.7.0", "MySQL Community Server - GPL", MYSQL, (26, 7, 0), Views.MYSQL_8),
        ("80.1", "MySQL", MYSQL, (80, 1, 0), Views.MYSQL_8),
        ("8.0.36-28", "Percona Server (GPL), Release 28", MYSQL, (8, 0, 36), Views.MYSQL_8),
        ("8.0.33", "-- Please help get Dolt to 10k stars", MYSQL, (8, 0, 33), Views.MYSQL_8),
        ("10.1.48-MariaDB", "", MARIADB, (10, 1, 48), Views.NONE),
        ("5.5.5-10.6.23-MariaDB", "mariadb.org binary distribution", MARIADB, (10, 6, 23), Views.MARIADB),
        ("10.11.19-MariaDB-0+deb12u1", "Debian 12", MARIADB, (10, 11, 19), Views.MARIADB),
        ("11.8.9-MariaDB-ubu2404", "mariadb.org binary distribution", MARIADB, (11, 8, 9), Views.MARIADB),
        ("10.6.23", "MariaDB Server", MARIADB, (10, 6, 23), Views.MARIADB),
    ],
)
def test_routing(version, comment, flavour, numbers, views):
    found = server(version, comment)

    assert (found.flavour, found.version, found.views) == (flavour, numbers, views)
    assert not found.text.startswith("5.5.5-")


def test_a_version_without_a_number_is_refused():
    with pytest.raises(ValueError, match="no version number"):
        server("unknown", "")


@pytest.mark.parametrize(
    ("version", "session", "redo", "shared"),
    [
        ("5.7.42", "session_mysql57", "redo_log_mysql57", "shared_files_mysql57"),
        ("8.0.29", "session_mysql8", "redo_log_mysql57", "shared_files_mysql8"),
        ("8.0.30", "session_mysql8", "redo_log_mysql8", "shared_files_mysql8"),
        ("9.7.4", "session_mysql8", "redo_log_mysql8", "shared_files_mysql8"),
    ],
)
def test_the_files_of_each_version_of_mysql(version, session, redo, shared):
    found = server(version, "")

    assert (found.session, found.redo_log, found.shared_files) == (session, redo, shared)


@pytest.mark.parametrize(
    ("version", "comment", "sys"),
    [("5.6.24", "", False), ("5.7.42", "", True), ("10.5.29-MariaDB", "", False), ("10.6.23-MariaDB", "", True)],
)
def test_sys_is_a_users_database_where_the_server_has_none(version, comment, sys):
    found = server(version, comment)

    assert found.is_system("sys") is sys
    assert all(found.is_system(name) for name in ("mysql", "information_schema", "performance_schema"))
    assert not any(found.is_system(name) for name in ("SYS", "Mysql", "test", "Performance_Schema"))


def test_a_server_that_folds_names_has_no_view_that_can_be_matched():
    identity = Identity(server("8.0.46", ""), "`u`@`%`", None, has_binary_log=False, folds_names=True)

    assert identity.views is Views.NONE
