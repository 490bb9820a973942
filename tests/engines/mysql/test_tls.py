"""TLS modes against servers with and without a certificate of a throw-away authority."""

import os
import ssl
from itertools import product

import pytest

from capacity_sync.adapters.engines.mysql.tls import context
from capacity_sync.domain.instance import Tls, TlsMode
from capacity_sync.domain.outcomes import AuthenticationFailed, ServerUnreachable, Unsupported
from tests.engines.mysql.conftest import reader_of, serving
from tests.servers.certificates import Authority

ENCRYPTED = [TlsMode.PREFER, TlsMode.REQUIRE, TlsMode.VERIFY_FULL]


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = Authority.below(tmp_path_factory.mktemp("tls"))
    made.server("localhost")
    return made


@pytest.fixture(scope="module")
def secured(authority):
    """Speaks TLS, as localhost."""
    with serving() as server:
        both = server.file("server.pem", authority.ca.with_name("localhost.server.pem").read_bytes())
        server.options = (f"--ssl-cert={both}", f"--ssl-key={both}")
        server.restart()
        yield server


def cipher(session):
    with session._driver.cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        return cursor.fetchone()[1]


def refused(reader, tls, **changes):
    with pytest.raises(ServerUnreachable) as caught, reader.session(tls=tls, **changes):
        pass
    return caught.value.failure


@pytest.mark.parametrize("mode", ENCRYPTED, ids=lambda mode: mode.value)
def test_the_connection_is_encrypted(secured, authority, login, mode):
    with reader_of(secured, login).session(host="localhost", tls=Tls(mode, str(authority.ca))) as session:
        assert cipher(session)
        assert len(reader_of(secured, login).adapter.fetch_inventory(session)) >= 4


def test_tls_is_not_used_where_it_is_disabled(secured, login):
    with reader_of(secured, login).session(tls=Tls(TlsMode.DISABLE)) as session:
        assert not cipher(session)


@pytest.mark.parametrize("mode", [TlsMode.PREFER, TlsMode.REQUIRE], ids=lambda mode: mode.value)
def test_without_verification_any_certificate_will_do(secured, login, mode):
    with reader_of(secured, login).session(host="127.0.0.1", tls=Tls(mode)) as session:
        assert cipher(session)


def test_a_certificate_for_another_host_is_refused(secured, authority, login):
    failure = refused(reader_of(secured, login), Tls(TlsMode.VERIFY_FULL, str(authority.ca)), host="127.0.0.1")

    assert (failure.code, failure.retryable) == ("2003", False)
    assert "127.0.0.1" in failure.message
    assert "tls" in failure.remedy


def test_a_certificate_of_another_authority_is_refused(secured, login, tmp_path):
    other = Authority.below(tmp_path, "other").ca
    failure = refused(reader_of(secured, login), Tls(TlsMode.VERIFY_FULL, str(other)), host="localhost")

    assert "certificate verify failed" in failure.message


def test_a_certificate_that_nobody_vouches_for_is_refused(secured, login):
    failure = refused(reader_of(secured, login), Tls(TlsMode.VERIFY_FULL), host="localhost")

    assert "certificate verify failed" in failure.message


@pytest.mark.parametrize("mode", [TlsMode.REQUIRE, TlsMode.VERIFY_FULL], ids=lambda mode: mode.value)
def test_a_server_without_tls_is_refused_where_tls_is_required(reader, mode):
    failure = refused(reader, Tls(mode))

    assert (failure.code, failure.retryable) == ("2026", False)
    assert "prefer" in failure.remedy


def test_a_driver_that_would_go_on_without_tls_is_refused(reader, monkeypatch):
    monkeypatch.setattr("pymysql.VERSION", (1, 1, 1, "final"))

    with pytest.raises(Unsupported, match="PyMySQL"), reader.session(tls=Tls(TlsMode.REQUIRE)):
        pass
    with reader.session(tls=Tls(TlsMode.PREFER)) as session:
        assert not cipher(session)


def test_a_server_without_tls_will_do_where_tls_is_preferred(reader):
    with reader.session(tls=Tls(TlsMode.PREFER)) as session:
        assert not cipher(session)


def test_a_server_that_insists_on_tls_refuses_a_plain_login(secured, login):
    """MariaDB says no more than that access is denied."""
    secured.execute("SET GLOBAL require_secure_transport = ON", ssl_disabled=False)
    try:
        with pytest.raises(AuthenticationFailed) as caught, reader_of(secured, login).session(tls=Tls(TlsMode.DISABLE)):
            pass
    finally:
        secured.execute("SET GLOBAL require_secure_transport = OFF", ssl_disabled=False)

    assert "TLS" in caught.value.failure.remedy


@pytest.mark.parametrize(("mode", "content"), [*product(ENCRYPTED, [None, b"no certificate"])])
def test_a_ca_file_that_cannot_be_used_is_named(reader, tmp_path, mode, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    failure = refused(reader, Tls(mode, str(path)))

    assert str(path) in failure.message
    assert "`ca`" in failure.remedy
    assert not failure.retryable


def test_one_context_serves_all_connections_of_a_setting(authority, tmp_path):
    setting = Tls(TlsMode.VERIFY_FULL, str(authority.ca))

    assert context(setting) is context(Tls(TlsMode.VERIFY_FULL, str(authority.ca)))
    assert context(setting) is not context(Tls(TlsMode.REQUIRE, str(authority.ca)))
    assert context(setting).verify_mode is ssl.CERT_REQUIRED
    assert context(Tls(TlsMode.DISABLE)) is None


def test_a_ca_file_that_was_replaced_is_read_again(tmp_path):
    setting = Tls(TlsMode.VERIFY_FULL, str(Authority.below(tmp_path).ca))
    before = context(setting)
    os.utime(Authority.below(tmp_path).ca, ns=(1, 1))

    assert context(setting).get_ca_certs() != before.get_ca_certs()
