"""Identifiers as file names, against the server's own character set `filename`."""

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from capacity_sync.adapters.engines.mysql.filename_codec import RAW, decode, encode

PLANE = "".join(chr(code) for code in range(1, 0x10000) if not 0xD800 <= code <= 0xDFFF)
identifiers = st.text(st.sampled_from(PLANE), min_size=1, max_size=64)


@given(st.one_of(identifiers, st.text("@aA0gG-éÉЖ#", max_size=8)))
@example("con")
@example("CoN@@@")
@example("a@002d")
@example("#mysql50#a-b")
def test_what_was_encoded_decodes_to_itself(identifier):
    assert decode(encode(identifier)) == identifier


def test_every_character_of_the_basic_multilingual_plane_has_a_name_of_its_own():
    encoded = {encode(character): character for character in PLANE}

    assert len(encoded) == len(PLANE)
    assert [decode(name) for name in encoded] == list(encoded.values())


@given(identifiers)
def test_an_encoded_name_is_ascii_without_separators(identifier):
    assert set(encode(identifier)) <= set(string.ascii_letters + string.digits + "_@")


@pytest.mark.parametrize(("identifier", "file_name"), [
    ("orders_2024", "orders_2024"), ("test-01", "test@002d01"), ("a@002d", "a@0040002d"), ("$dollar", "@0024dollar"),
    ("été", "@0pt@0p"), ("ÉTÉ", "@0PT@0P"), ("ß", "@1j"), ("Ελλάς", "@6P@6v@6v@6g@7i"), ("Ⅷ", "@N9"), ("Ǆab", "@Obab"),
    ("таблица", "@y0@g0@h0@r0@o0@i1@g0"), ("ա", "@h7"), ("ἀ", "@gs"), ("Ⓐⓑ", "@@A@@b"), ("ｆｕｌｌ", "@f@@u@@l@@l@"),  # noqa: RUF001 - these letters are meant
    ("名库", "@540d@5e93"), ("İ", "@0130"), ("ẞ", "@1e9e"), ("con", "con@@@"), ("CON", "CON@@@"), ("lpt9", "lpt9@@@"),
    ("clock$", "clock@0024"), ("com10", "com10"),
])  # fmt: skip
def test_known_names(identifier, file_name):
    assert (encode(identifier), decode(file_name)) == (file_name, identifier)


@pytest.mark.parametrize("file_name", ["lost+found", "a-b", ".snap", "a@002D", "a@", "@é", "x@@@", "@@@", "é", "@00"])
def test_a_name_that_is_no_encoding_is_kept_and_marked(file_name):
    assert decode(file_name) == RAW + file_name


def test_the_server_encodes_every_character_in_the_same_way(mariadb_server):
    for at in range(0, len(PLANE), 4096):
        some = PLANE[at : at + 4096]
        rows = ",".join(f"({ord(character)}, _utf8mb3 0x{character.encode().hex()})" for character in some)
        answer = mariadb_server.execute(
            f"WITH c (code, name) AS (VALUES {rows}) "
            "SELECT code, CONVERT(CONVERT(name USING filename) USING binary) FROM c"
        )

        assert {chr(code): name.decode() for code, name in answer} == {c: encode(c) for c in some}
