"""How the session behaves: by name, bounded, polite, encrypted as asked, and gone without a trace."""
import os
import threading
import time

import pytest

from capacity_sync.adapters.engines.isolation import IsolatedAdapter
from capacity_sync.domain.instance import Timeouts, Tls, TlsMode
from capacity_sync.domain.outcomes import Category, EngineError
from tests.engines.sqlserver.visits import ADAPTER, connected, instance_at, visit
from tests.servers.certificates import Authority
from tests.servers.sqlserver import USER
from tests.servers.tds import Encryption

ISOLATED = IsolatedAdapter(ADAPTER)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority.below(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    return Authority.below(tmp_path_factory.mktemp("stranger"))


def test_the_session_says_who_it_is_and_goes_to_no_other_replica(server):
    with connected(server) as (_, wire):
        (login,) = wire.logins

    assert (login.app, login.user, login.read_only_intent) == ("capacity-sync", USER, False)
    assert login.server == "127.0.0.1"


def test_the_session_waits_for_no_lock_and_yields_in_a_deadlock(server):
    visit(server, "master")

    assert server.settings == [{
        "NOCOUNT": "ON", "LOCK_TIMEOUT": "5000", "DEADLOCK_PRIORITY": "LOW",
        "TRANSACTION ISOLATION LEVEL": "READ UNCOMMITTED", "QUOTED_IDENTIFIER": "ON", "ANSI_NULLS": "ON",
        "ANSI_PADDING": "ON", "ANSI_WARNINGS": "ON", "CONCAT_NULL_YIELDS_NULL": "ON",
    }]


def test_nothing_but_reading_is_asked_for(server):
    server.add("sales")
    asked = [server._without_settings(text) for text in visit(server).batches]

    assert all(text.startswith(("SELECT", "--")) for text in asked)
    assert not [text for text in asked if "BEGIN TRAN" in text.upper()]


def test_one_connection_serves_the_whole_visit_and_is_closed(server):
    server.add("sales")
    with connected(server) as (connection, wire):
        ADAPTER.fetch_inventory(connection)
        ADAPTER.fetch_capacity(connection, ["sales"])
        assert len(wire.logins) == 1
        connection.close()
        connection.close()
        ends = time.monotonic() + 5
        while wire.sessions and time.monotonic() < ends:
            time.sleep(0.01)
        assert not wire.sessions


def test_the_configured_database_is_entered(server):
    server.add("sales")
    server.add("a]b")
    for name in ("sales", "a]b"):
        with connected(server, database=name) as (connection, wire):
            assert (wire.logins[0].database, connection.server.database) == (name, name)


@pytest.mark.parametrize("password", ["pässwörd 😀", "a'b\"c;d]e{f}", "x" * 128, "%s", " "])
def test_a_password_arrives_as_it_is(server, password):
    with server.listening() as wire:
        wire.users = {USER: password}
        ADAPTER.connect(instance_at(wire.port), password).close()

        assert [login.password for login in wire.logins] == [password]


def test_an_address_of_version_six_is_an_address(server):
    with server.listening(host="::1") as wire:
        ADAPTER.connect(instance_at(wire.port, host="::1"), "s3cret").close()

        assert len(wire.logins) == 1


class TestTls:
    def encrypted(self, server, mode, *, encryption, tls, ca=None, host="localhost"):
        """Whether everything is encrypted, None: the login alone or nothing; or the failure."""
        try:
            with connected(server, ISOLATED, {"encryption": encryption, "tls": tls}, host=host,
                           tls=Tls(mode, ca and str(ca))) as (_, wire):
                return all(session.was_encrypted for session in wire.sessions)
        except EngineError as error:
            return error.failure

    @pytest.mark.parametrize(("encryption", "mode", "outcome"), [
        (Encryption.NOT_SUPPORTED, TlsMode.DISABLE, False),
        (Encryption.OFF, TlsMode.DISABLE, False),
        (Encryption.NOT_SUPPORTED, TlsMode.PREFER, False),
        (Encryption.OFF, TlsMode.PREFER, False),
        (Encryption.ON, TlsMode.PREFER, True),
        (Encryption.REQUIRED, TlsMode.PREFER, True),
        (Encryption.OFF, TlsMode.REQUIRE, True),
        (Encryption.ON, TlsMode.REQUIRE, True),
        (Encryption.REQUIRED, TlsMode.REQUIRE, True),
        (Encryption.OFF, TlsMode.VERIFY_FULL, True),
        (Encryption.REQUIRED, TlsMode.VERIFY_FULL, True),
    ])
    def test_is_what_both_sides_agree_on(self, server, authority, encryption, mode, outcome):
        tls = authority.server("localhost")

        assert self.encrypted(server, mode, encryption=encryption, tls=tls, ca=authority.ca) is outcome

    @pytest.mark.parametrize("mode", [TlsMode.REQUIRE, TlsMode.VERIFY_FULL])
    def test_that_is_required_is_never_given_up(self, server, authority, mode):
        failure = self.encrypted(server, mode, encryption=Encryption.NOT_SUPPORTED, tls=None, ca=authority.ca)

        assert failure.category is Category.NETWORK
        assert "tls" in failure.remedy

    @pytest.mark.parametrize("encryption", [Encryption.OFF, Encryption.ON, Encryption.REQUIRED])
    def test_with_a_certificate_of_a_stranger_is_refused(self, server, authority, stranger, encryption):
        failure = self.encrypted(server, TlsMode.VERIFY_FULL, encryption=encryption,
                                 tls=stranger.server("localhost"), ca=authority.ca)

        assert failure.category is Category.NETWORK

    def test_with_a_certificate_of_another_host_is_refused(self, server, authority):
        failure = self.encrypted(server, TlsMode.VERIFY_FULL, encryption=Encryption.OFF, tls=authority.server("other"),
                                 ca=authority.ca)

        assert failure.category is Category.NETWORK

    def test_of_this_machine_s_authorities_does_not_trust_a_private_one(self, server, authority):
        failure = self.encrypted(server, TlsMode.VERIFY_FULL, encryption=Encryption.OFF,
                                 tls=authority.server("localhost"))

        assert failure.category in (Category.NETWORK, Category.UNSUPPORTED)

    def test_without_a_file_of_authorities_is_refused_before_anything_is_sent(self, server, tmp_path):
        failure = self.encrypted(server, TlsMode.VERIFY_FULL, encryption=Encryption.OFF, tls=None,
                                 ca=tmp_path / "missing.pem")

        assert failure.category is Category.UNSUPPORTED
        assert "tls.ca" in failure.remedy

    @pytest.mark.parametrize("name", ["FREETDSCONF", "FREETDS"])
    def test_is_not_weakened_by_the_environment(self, server, authority, stranger, tmp_path, monkeypatch, name):
        weak = tmp_path / "freetds.conf"
        weak.write_text(f"[global]\nca file = {stranger.ca}\n[localhost]\nca file = {stranger.ca}\n")
        monkeypatch.setenv(name, str(weak))
        monkeypatch.setenv("TDSVER", "4.2")
        failure = self.encrypted(server, TlsMode.VERIFY_FULL, encryption=Encryption.OFF,
                                 tls=stranger.server("localhost"), ca=authority.ca)

        assert failure.category is Category.NETWORK

    def test_works_with_a_path_that_has_blanks(self, server, tmp_path):
        folder = tmp_path / "a folder;# with blanks"
        folder.mkdir()
        authority = Authority.below(folder)

        assert self.encrypted(server, TlsMode.VERIFY_FULL, encryption=Encryption.OFF, tls=authority.server("localhost"),
                              ca=authority.ca) is True

    def test_leaves_the_environment_as_it_was(self, server, monkeypatch):
        monkeypatch.setenv("FREETDSCONF", "/somewhere")
        monkeypatch.delenv("TDSVER", raising=False)
        before = dict(os.environ)
        with connected(server):
            assert dict(os.environ) == before


def test_many_connections_at_once_are_one_process_each(server):
    server.add("sales")
    with server.listening() as wire:
        outcomes = []

        def once():
            connection = ISOLATED.connect(instance_at(wire.port, timeouts=Timeouts(connect=20)), "s3cret")
            outcomes.append([row.size_bytes for row in ISOLATED.fetch_capacity(connection, ["sales"])])
            connection.close()

        threads = [threading.Thread(target=once) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert outcomes == [[1024 * 8192]] * 8
    assert len(wire.logins) == 8
