"""The probe learns the code of a refusal under every method of authentication, and is harmless elsewhere."""
import struct
import time

import pytest
from attrs import evolve

from capacity_sync.adapters.engines.postgresql.probe import Attempt, refusal
from capacity_sync.adapters.engines.postgresql.scram import Scram
from capacity_sync.domain.instance import Tls, TlsMode
from tests.servers.listeners import listener
from tests.servers.postgresql import PostgreSQLServer, require_postgresql

METHODS = ["scram-sha-256", "md5", "password", "trust"]


@pytest.fixture(scope="module")
def open_server():
    with PostgreSQLServer(require_postgresql(), {"password_encryption": "md5"}) as server:
        server.execute("CREATE ROLE old LOGIN PASSWORD 'grün'")
        server.execute("SET password_encryption = 'scram-sha-256'; CREATE ROLE new LOGIN PASSWORD 'grün'")
        yield server


def ask(server, method, user, password, database, host=None):
    rules = [f"host all postgres all {METHODS[0]}", f"host all all all {method}", f"local all all {method}"]
    (server.data_directory / "pg_hba.conf").write_text("\n".join(rules) + "\n")
    server.reload()
    attempt = Attempt(host or server.host, server.port, user, password, database, Tls(TlsMode.PREFER))
    return refusal(attempt, time.monotonic() + 5)


@pytest.mark.parametrize(("method", "user"), [(m, "old" if m == "md5" else "new") for m in METHODS])
def test_the_code_of_a_missing_database(open_server, method, user):
    assert ask(open_server, method, user, "grün", "nope") == "3D000"


@pytest.mark.parametrize(("method", "user"), [(m, "old" if m == "md5" else "new") for m in METHODS[:3]])
def test_the_code_of_a_wrong_password(open_server, method, user):
    assert ask(open_server, method, user, "wrong", "postgres") == "28P01"


@pytest.mark.parametrize(("method", "user"), [(m, "old" if m == "md5" else "new") for m in METHODS])
def test_there_is_none_when_nothing_is_refused(open_server, method, user):
    assert ask(open_server, method, user, "grün", "postgres") is None


def test_the_code_of_a_rule_that_rejects(open_server):
    assert ask(open_server, "reject", "new", "grün", "postgres") == "28000"


def test_a_unix_socket(open_server):
    folder = str(open_server.data_directory.parent)

    assert ask(open_server, "scram-sha-256", "new", "wrong", "postgres", host=folder) == "28P01"


@pytest.mark.parametrize("greeting", [
    b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"N", b"S", b"NR\0\0\0\x08\0\0\0\x07", b"NR\0\0\0\0", b"NE\0\0\0\x04",
    b"NR\0\0\0\x17\0\0\0\x0aSCRAM-SHA-256\0\0" + b"R\0\0\0\x0c\0\0\0\x0bnono",
])
def test_whatever_else_answers_gives_none(greeting):
    with listener(greeting) as port:
        attempt = Attempt("127.0.0.1", port, "u", "p", "d", Tls(TlsMode.PREFER))

        assert refusal(attempt, time.monotonic() + 2) is None


def test_a_listener_that_says_nothing_is_given_up_in_time():
    with listener() as port:
        begun = time.monotonic()

        assert refusal(Attempt("127.0.0.1", port, "u", "p", "d", Tls()), begun + 0.3) is None
        assert time.monotonic() - begun < 1


@pytest.mark.parametrize("answer", [b"r=other,s=c2FsdA==,i=4096", b"r={},s=c2FsdA==,i=1000000000", b"nonsense"])
def test_an_answer_that_is_none_of_ours_or_asks_for_a_day_of_work_is_refused(answer):
    scram = Scram("secret")
    nonce = scram.first().partition(b"r=")[2]

    with pytest.raises(ValueError, match="no answer"):
        scram.final(answer.replace(b"{}", nonce + b"more"))


def test_no_password_is_shown():
    assert "secret" not in repr(Scram("secret"))
    assert "secret" not in repr(evolve(Attempt("h", 1, "u", "p", "d", Tls()), password="secret"))


def test_the_code_is_read_from_among_the_fields():
    body = b"SFATAL\0VFATAL\0C28P01\0M" + "пароль".encode() + b"\0\0"
    message = b"E" + struct.pack("!i", len(body) + 4) + body
    with listener(b"N" + message) as port:
        attempt = Attempt("127.0.0.1", port, "u", "p", "d", Tls(TlsMode.PREFER))

        assert refusal(attempt, time.monotonic() + 2) == "28P01"
