"""TLS as far as it goes: an endpoint of its own, with or without a look at the certificate; never less than asked."""
import gc
from contextlib import closing

import pytest
from attrs import evolve

from capacity_sync.adapters.engines.installed import InstalledEngines
from capacity_sync.domain.instance import Timeouts, Tls, TlsMode
from capacity_sync.domain.outcomes import Category
from tests.engines.oracle.databases import single
from tests.engines.oracle.served import ADAPTER, DROPS_ITS_SOCKET, PASSWORD, instance_at, refusal, server_of
from tests.servers.certificates import Authority


@pytest.fixture
def authority(tmp_path):
    return Authority.below(tmp_path)


def names(server, tls, host="localhost"):
    instance = evolve(instance_at(server.port), host=host, tls=tls)
    with closing(ADAPTER.connect(instance, PASSWORD)) as connection:
        return len(ADAPTER.fetch_inventory(connection))


@pytest.mark.parametrize("mode", [TlsMode.REQUIRE, TlsMode.VERIFY_FULL])
def test_a_right_certificate_is_let_in(authority, mode):
    with server_of(single(), tls=authority.server("localhost")) as server:
        assert names(server, Tls(mode, str(authority.ca))) == 5


def test_require_without_a_ca_takes_any_certificate(authority):
    with server_of(single(), tls=authority.server("somebody.example")) as server:
        assert names(server, Tls(TlsMode.REQUIRE)) == 5


def test_require_with_a_ca_looks_at_the_chain_and_not_at_the_name(authority):
    with server_of(single(), tls=authority.server("somebody.example")) as server:
        assert names(server, Tls(TlsMode.REQUIRE, str(authority.ca))) == 5


@pytest.mark.parametrize("mode", [TlsMode.REQUIRE, TlsMode.VERIFY_FULL])
def test_a_certificate_of_another_authority_is_refused(authority, tmp_path, mode):
    other = Authority.below(tmp_path, "other")
    with server_of(single(), tls=authority.server("localhost")) as server:
        failure = refusal(lambda: names(server, Tls(mode, str(other.ca))))

    assert (failure.category, failure.retryable) == (Category.NETWORK, False)
    assert failure.message.startswith("TLS: ")
    assert "ca" in failure.remedy


def test_verify_full_without_a_ca_trusts_the_systems_authorities_only(authority):
    with server_of(single(), tls=authority.server("localhost")) as server:
        assert refusal(lambda: names(server, Tls(TlsMode.VERIFY_FULL))).category is Category.NETWORK


@pytest.mark.parametrize("host", ["somebody.example", "127.0.0.1.example"])
def test_verify_full_refuses_a_certificate_for_another_name(authority, host):
    with server_of(single(), tls=authority.server(host)) as server:
        failure = refusal(lambda: names(server, Tls(TlsMode.VERIFY_FULL, str(authority.ca))))

    assert (failure.category, failure.retryable) == (Category.NETWORK, False)
    assert server.attempts == []


@pytest.mark.parametrize("mode", [TlsMode.REQUIRE, TlsMode.VERIFY_FULL])
def test_a_plain_endpoint_gets_no_password_from_who_asked_for_tls(mode, authority):
    """A plain listener waits for the rest of what it takes for a packet: only the isolation ends that."""
    with server_of(single()) as server:
        instance = evolve(instance_at(server.port), tls=Tls(mode, str(authority.ca)), timeouts=Timeouts(1, 5, 10))
        failure = refusal(lambda: InstalledEngines().adapter("oracle").connect(instance, PASSWORD))

    assert failure.category is Category.TIMEOUT
    assert server.attempts == []


@DROPS_ITS_SOCKET
def test_a_tls_endpoint_asked_without_tls_is_an_error_that_points_at_it(authority):
    with server_of(single(), tls=authority.server("localhost")) as server:
        failure = refusal(lambda: names(server, Tls(TlsMode.DISABLE)))
    gc.collect()

    assert failure.category is Category.NETWORK
    assert "tls" in failure.remedy


def test_a_ca_beside_prefer_is_refused_before_anything_is_sent(authority):
    with server_of(single()) as server:
        failure = refusal(lambda: names(server, Tls(TlsMode.PREFER, str(authority.ca))))

    assert failure.category is Category.UNSUPPORTED
    assert "verify-full" in failure.remedy
    assert server.connect_strings == []


def test_a_ca_file_that_is_missing_is_named(tmp_path):
    with server_of(single()) as server:
        failure = refusal(lambda: names(server, Tls(TlsMode.VERIFY_FULL, str(tmp_path / "none.pem"))))

    assert "none.pem" in failure.message


def test_prefer_cannot_be_asked_for():
    assert ADAPTER.traits.tls_modes == {TlsMode.DISABLE, TlsMode.REQUIRE, TlsMode.VERIFY_FULL}
