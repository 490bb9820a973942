"""TLS modes against a server whose certificate names `localhost` and is signed by a throw-away authority."""
import os
import shutil
import time

import pytest

from capacity_sync.adapters.engines.postgresql.probe import Attempt, refusal
from capacity_sync.domain.instance import Tls, TlsMode
from capacity_sync.domain.outcomes import Category, EngineError
from tests.engines.postgresql.conftest import add_roles, reader_of
from tests.servers.certificates import Authority
from tests.servers.postgresql import PostgreSQLServer, require_postgresql

ENCRYPTED = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority.below(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def tls_server(authority):
    with PostgreSQLServer(require_postgresql()) as server:
        add_roles(server)
        authority.server("localhost")
        pem = shutil.copy(authority.ca.with_name("localhost.server.pem"), server.data_directory / "server.pem")
        server.hand_over(pem)
        server.configure({"ssl": "on", "ssl_cert_file": "server.pem", "ssl_key_file": "server.pem"})
        server.reload()
        if server.execute("SHOW ssl") != [("on",)]:
            give_up = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
            give_up("these PostgreSQL binaries know no TLS: install Debian's postgresql")
        yield server


@pytest.fixture(params=["full", "least"])
def tls_reader(request, tls_server):
    return reader_of(tls_server, request.param)


def is_encrypted(reader, mode, host="localhost", ca=None):
    with reader.session(host=host, tls=Tls(mode, ca and str(ca))) as session:
        assert reader.adapter.fetch_inventory(session)
        return session._run(ENCRYPTED, {}) == [(True,)]


def refused(reader, mode, host="localhost", ca=None):
    with pytest.raises(EngineError) as caught:
        is_encrypted(reader, mode, host, ca)
    return caught.value.failure


@pytest.mark.parametrize(("mode", "encrypted"), [
    (TlsMode.DISABLE, False), (TlsMode.PREFER, True), (TlsMode.REQUIRE, True)])
def test_a_mode_that_does_not_verify(tls_reader, mode, encrypted):
    assert is_encrypted(tls_reader, mode) is encrypted


def test_the_right_name_signed_by_the_right_authority(tls_reader, authority):
    assert is_encrypted(tls_reader, TlsMode.VERIFY_FULL, ca=authority.ca)


def test_the_wrong_name(tls_reader, authority):
    failure = refused(tls_reader, TlsMode.VERIFY_FULL, host="127.0.0.1", ca=authority.ca)

    assert (failure.category, failure.retryable) == (Category.NETWORK, False)
    assert "tls.ca" in failure.remedy


@pytest.mark.parametrize("name", ["authority", "another"])
def test_another_authority_even_of_the_same_name(tls_reader, tmp_path, name):
    failure = refused(tls_reader, TlsMode.VERIFY_FULL, ca=Authority.below(tmp_path, name).ca)

    assert (failure.category, failure.retryable) == (Category.NETWORK, False)


def test_a_certificate_file_that_does_not_exist(tls_reader, tmp_path):
    failure = refused(tls_reader, TlsMode.VERIFY_FULL, ca=tmp_path / "no.pem")

    assert (failure.category, failure.retryable) == (Category.NETWORK, False)
    assert "no.pem" in failure.message


def test_a_server_without_tls_is_good_enough_for_prefer_only(reader):
    assert not is_encrypted(reader, TlsMode.PREFER, host="127.0.0.1")
    failure = refused(reader, TlsMode.REQUIRE, host="127.0.0.1")

    assert (failure.category, failure.retryable) == (Category.NETWORK, False)
    assert "tls.mode" in failure.remedy


def test_a_server_that_insists_on_tls(own_server, authority):
    """It has none to offer: all that is not encrypted is refused by pg_hba.conf."""
    hba = own_server.data_directory / "pg_hba.conf"
    hba.write_text("hostssl all all 127.0.0.1/32 scram-sha-256\nhost all postgres 127.0.0.1/32 scram-sha-256\n")
    own_server.reload()

    assert refused(reader_of(own_server, "least"), TlsMode.PREFER, "127.0.0.1").category is Category.AUTHENTICATION


@pytest.mark.parametrize("tls", [TlsMode.DISABLE, TlsMode.PREFER, TlsMode.REQUIRE, TlsMode.VERIFY_FULL])
@pytest.mark.parametrize(("password", "database", "code"), [
    ("wrong", "postgres", "28P01"), ("least secret", "nope", "3D000"), ("least secret", "postgres", None)])
def test_the_probe_learns_the_code_in_every_mode(tls_server, authority, tls, password, database, code):
    attempt = Attempt("localhost", tls_server.port, "least_role", password, database, Tls(tls, str(authority.ca)))

    assert refusal(attempt, time.monotonic() + 5) == code


def test_the_probe_does_not_talk_to_whom_it_cannot_verify(tls_server, tmp_path):
    other = Tls(TlsMode.VERIFY_FULL, str(Authority.below(tmp_path).ca))
    attempt = Attempt("localhost", tls_server.port, "least_role", "wrong", "postgres", other)

    assert refusal(attempt, time.monotonic() + 5) is None
