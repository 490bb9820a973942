"""The lines of SHOW GRANTS as different servers write them."""

import pytest

from capacity_sync.adapters.engines.mysql.privileges import Held, account, privileges

EVERYWHERE = {
    "GRANT ALL PRIVILEGES ON *.* TO 'r'@'%' IDENTIFIED BY PASSWORD '*hash' WITH GRANT OPTION": "ALL PRIVILEGES",
    "GRANT SHOW DATABASES ON *.* TO 'u'@'%'": "SHOW DATABASES",
    "GRANT PROCESS ON *.* TO `role`": "PROCESS",
    "GRANT SHOW VIEW ON *.* TO PUBLIC": "SHOW VIEW",
}


@pytest.mark.parametrize(("line", "privilege"), EVERYWHERE.items())
def test_privileges_held_everywhere(line, privilege):
    assert privileges([line]).everywhere == {privilege}


@pytest.mark.parametrize(
    "line",
    [
        "GRANT `role`@`%` TO `u`@`%`",
        "GRANT PROXY ON ''@'' TO 'root'@'localhost' WITH GRANT OPTION",
        "GRANT SELECT (`id`), INSERT ON `a`.`t` TO `u`@`%`",
        "GRANT SELECT ON `a`.`t` TO `u`@`%`",
        "GRANT EXECUTE ON PROCEDURE `a`.`p` TO `u`@`%`",
        "SET DEFAULT ROLE `r` FOR `u`@`%`",
        "GRANT SELECT ON `x`.`y` ON *.* TO `u`@`%`",
    ],
)
def test_lines_that_show_nothing_whole(line):
    held = privileges([line])

    assert (held.shows_every_name, held.shows_every_table, held.shows_files) == (False, False, False)
    assert not held.shows_tables_of("a")


@pytest.mark.parametrize("quoted", ["`a.b``c`", '"a.b`c"'])
def test_the_name_of_a_database_is_unquoted(quoted):
    assert privileges([f"GRANT SELECT ON {quoted}.* TO `u`@`%`"]).shows_tables_of("a.b`c")


@pytest.mark.parametrize(
    ("pattern", "name", "covered"),
    [
        ("shop", "shop", True), ("shop", "shop2", False), ("shop%", "shop2", True), ("sh_p", "shop", True),
        (r"sh\_p", "shop", False), (r"sh\_p", "sh_p", True), (r"100\%", "100%", True), ("a.c", "abc", False),
        ("%", "any\nthing", True), ("(x)+", "(x)+", True),
    ],
)  # fmt: skip
def test_patterns(pattern, name, covered):
    assert Held(pattern, frozenset()).covers(name) is covered


@pytest.mark.parametrize(
    ("user", "quoted"),
    [("watch", "`watch`@`%`"), ("a@b@10.%", "`a@b`@`10.%`"), ("@localhost", "``@`localhost`"), ("x`y", "`x``y`@`%`")],
)
def test_accounts(user, quoted):
    assert account(user) == quoted
