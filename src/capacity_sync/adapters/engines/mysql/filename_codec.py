"""How MySQL and MariaDB write an identifier as a file name: `été` is the folder `@0pt@0p`, `a-b` is `a@002d`+`b`.

Digits, Latin letters and `_` stand for themselves. 1,510 letters of scripts with two cases are `@` and two characters
from a fixed table, so that a file system that ignores case confuses exactly the names that differ in case. Any
other character is `@` and four lower-case hexadecimal digits. The names of Windows devices get `@@@` behind them.
A file name that is no such encoding belongs to the identifier `#mysql50#` + itself.
https://dev.mysql.com/doc/refman/8.4/en/identifier-mapping.html

The table was read from MariaDB: CONVERT(... USING filename) over the whole Basic Multilingual Plane.
"""

import re
from functools import lru_cache

RAW = "#mysql50#"
"""Before the name of a folder or file that no CREATE statement made."""

_PLAIN = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_")
_DEVICE = re.compile(r"(?i:con|prn|aux|nul|com[1-9]|lpt[1-9])")
_RUNS = """
c0+23 d8+31 f8+56 131+142 1c4+1 1c6+2 1c9+2 1cc+38 1f3+4 1f8+74 250+96 386+1 388+3 38c+1 38e+20
3a3+44 3d0+8 3d9+27 3f5+2 3f8+1 3fb+135 48a+69 4d0+42 500+16 531+37 561+37 1e00+156 1ea0+90 1f00+22
1f18+6 1f20+38 1f48+6 1f50+8 1f59+1 1f5b+1 1f5d+1 1f5f+31 1f80+53 1fb6+7 1fc2+3 1fc6+7 1fd0+4 1fd6+6
1fe0+13 1ff2+2 1ff6+7 2160+32 24b6+52 ff21+26 ff41+26
"""
"""Consecutive letters of the table: the first one's code point in hexadecimal + how many."""
_CODES = (
    "0G0H0I0J0K0L0M0N0O0P0Q0R0S0T0U0V0W0X0Y0Z1G1H1I1K1L1M1N1O1P1Q1j0g0h0i0j0k0l0m0n0o0p0q0r0s0t0u0v0w0x0y0z1g"
    "1h1i1k1l1m1n1o1p1q1r1S1s1T1t1U1u1V1v1W1w1X1x1Y1y1Z1z2G2g2H2h2I2i2J2j2K2k2L2l2M2m2N2n2O2o2P2p2Q2q2R2r2S2s"
    "2T2t2U2u2V2v2w2X2x2Y2y2Z2z3g3H3h3I3i3J3j3K3k3L3l3M3m3N3n3O3o3p3Q3q3R3r3S3s3T3t3U3u3V3v3W3w3X3x3Y3y3Z3z4G"
    "4g4H4h4I4i4J4j4K4k4L4l4M4m4N4n4O4o4P4p4Q4q4R4r4S4s1R4T4t4U4u4V4v4wgaQfHahaIaiaRfJajaTfUfKakalaZbWfYfMama"
    "JgMgnaSgRgOaoapaqaYgHhraKhSasaTataUauaVhVavaYhwaxaYayaJiZazaLiMiGbgbHbhbTiIbibjbkbNbnbmbObobPbpbQbqbRbrb"
    "SbsbTbtbUbubVbvbWbwbXbxbYbybzbGcgcHchcIcicJcjcKckcLclcMcmcNcncOcocpcQcqcRcrcNaScscTctcUcucVcvcWcwcXcxcYc"
    "ycZczcGdgdHdhdIdidJdjdKdkdLdldMdmdNdndOdodPdpdQdqdRdrdRasdTdtdUdudVdvdWdwdXdxdYdydZdzdGegeHeheiejekeleme"
    "neOePepePaQereseVinfofpfqfrfsftfufvfwfxfyfzfgghgigjgkglgmgngogpgqgrgsgtgugvgwgxgygzgghhhihjhkhlhmhnhohph"
    "qhrhshthuhvhwhxhyhzhgihiiijikiliminioipiqirisitiuiviwixiyizigjhjijjjkjljmjnjojpjqjrjsjtjujvjwjxjyjzjgkhk"
    "ik6G6H6I6J7S7T7U5y6L7W6N6O6P6Q6R7X6T8W6V6W6X6Y6Z8I7H8Y7K7L8H7N7O7P7Q7R6g6h6i6j6k6l6m6n6o6p6q6r6s6t6u6v6w"
    "6x6y6z7g7h7i7j7k7l7m7n7o7p7q7r7s7t7u7w7x7Y7Z8G8h8i8j8k8L8l8M8m8N8n8O8o8P8p8Q8q8R8r8S8s8T8t8U8u8V8v8w8x8y"
    "8z9g9h9i9j9k9L9M9NS1T1U1V1W1X1Y1Z1G2H2I2J2K2L2M2N2G0H0I0J0K0L0M0N0O0P0Q0R0S0T0U0V0W0X0Y0Z0G1H1I1J1K1L1M1"
    "N1O1P1Q1R1g0h0i0j0k0l0m0n0o0p0q0r0s0t0u0v0w0x0y0z0g1h1i1j1k1l1m1n1o1p1q1r1s1t1u1v1w1x1y1z1g2h2i2j2k2l2m2"
    "n2O2o2P2p2Q2q2R2r2S2s2T2t2U2u2V2v2W2w2X2x2Y2y2Z2z2G3g3H3h3I3i3J3j3K3k3M3m3N3n3O3o3P3p3Q3q3R3r3S3s3T3t3U3"
    "u3V3v3W3w3X3x3Y3y3Z3z3G4g4H4h4I4i4J4j4K4k4L4l4M4m4N4n4O4o4P4p4Q4q4R4r4S4s4T4U4u4V4v4W4w4X4x4Y4y4Z4z4G5g5"
    "I5i5J5j5K5k5L5l5M5m5N5n5O5o5P5p5Q5q5R5r5S5s5T5t5U5u5V5v5W5w5X5x5Y5y5Z5z5G6g6H6h6I6i6P6p6Q6q6R6r6S6s6T6t6"
    "U6u6V6v6W6w6H7I7J7K7L7M7N7O7P7Q7R7S7T7U7V7W7X7Y7Z7G8H8I8J8K8L8M8N8O8P8Q8R8S8T8U8V8W8X8h7i7j7k7l7m7n7o7p7"
    "q7r7s7t7u7v7w7x7y7z7g8h8i8j8k8l8m8n8o8p8q8r8s8t8u8v8w8x8GlglHlhlIlilJljlKlklLlllMlmlNlnlOlolPlplQlqlRlrl"
    "SlslTltlUlulVlvlWlwlXlxlYlylZlzlGmgmHmhmImimJmjmKmkmLmlmMmmmNmnmOmomPmpmQmqmRmrmSmsmTmtmUmumVmvmWmwmXmxm"
    "YmymZmzmGngnHnhnIninJnjnKnknLnlnMnmnNnnnGponPnpnQnqnRnrnSnsnTntnUnunVnvnWnwnXnxnYnynZnznGogoHohoIoioJojo"
    "KokoLoloMomoNonoOoooPopoQoqoRoroSosoTotoUouovowoxoyozogpLplpMpmpNpnpOpopPpppQpqpRprpSpspTptpUpupVpvpWpwp"
    "XpxpYpypZpzpGqgqHqhqIqiqJqjqKqkqLqlqMqmqNqnqOqoqPqpqQqqqRqrqSqsqTqtqUquqVqvqWqwqXqxqYqyqZqzqGrgrHrhrIrir"
    "JrjrKrkrLrlrMrmrNrnrOrorPrprgshsisjskslsmsnsGsHsIsJsKsLsMsNsospsqsrssstsOsPsQsRsSsTsyszsgthtitjtktltYsZs"
    "GtHtItJtKtLtmtntotptqtrtstttMtNtOtPtQtRtStTtutvtwtxtytztUtVtWtXtYtZtkulumunuoupuquruLuNuPuRuwuxuyuzugvhv"
    "ivjvWuXuYuZuGvHvIvJvkvlvmvnvovpvqvrvsvtvuvvvwvxvgwhwiwjwkwlwmwnwGwHwIwJwKwLwMwNwowpwqwrwswtwuwvwOwPwQwRw"
    "SwTwUwVwwwxwywzwgxhxixjxWwXwYwZwGxHxIxJxkxlxmxnxoxqxrxKxLxKvLvNxsxtxuxwxxxMvNvOvPvTxyxzxgyhykylyYxZxQvRv"
    "nyoypyqyrysytyuyNyOyUvVvSyxyyyhzizSvTvWvXvYyG9H9I9J9K9L9M9N9O9P9Q9R9S9T9U9V9g9h9i9j9k9l9m9n9o9p9q9r9s9t9"
    "u9v9@A@B@C@D@E@F@G@H@I@J@K@L@M@N@O@P@Q@R@S@T@U@V@W@X@Y@Z@a@b@c@d@e@f@g@h@i@j@k@l@m@n@o@p@q@r@s@t@u@v@w@x"
    "@y@zA@B@C@D@E@F@G@H@I@J@K@L@M@N@O@P@Q@R@S@T@U@V@W@X@Y@Z@a@b@c@d@e@f@g@h@i@j@k@l@m@n@o@p@q@r@s@t@u@v@w@x@"
    "y@z@"
)
"""Two characters for each letter of `_RUNS`, in its order."""


def _letters() -> str:
    runs = (run.split("+") for run in _RUNS.split())
    return "".join(chr(int(first, 16) + offset) for first, count in runs for offset in range(int(count)))


_ENCODED = {letter: f"@{_CODES[2 * i : 2 * i + 2]}" for i, letter in enumerate(_letters())}
_DECODED = {code: letter for letter, code in _ENCODED.items()}
_TOKEN = re.compile(r"[0-9A-Za-z_]+|@[0-9a-f]{4}|@..", re.DOTALL)


def encode(identifier: str) -> str:
    """The folder or file name of *identifier*, which is of the Basic Multilingual Plane: the servers refuse others."""
    if identifier.startswith(RAW):
        return identifier.removeprefix(RAW)
    encoded = "".join(c if c in _PLAIN else _ENCODED.get(c) or f"@{ord(c):04x}" for c in identifier)
    return encoded + "@@@" if _DEVICE.fullmatch(encoded) else encoded


@lru_cache(maxsize=4096)
def decode(file_name: str) -> str:
    """The identifier whose folder or file is *file_name*."""
    stem = file_name.removesuffix("@@@")
    encoded = stem if _DEVICE.fullmatch(stem) else file_name
    tokens = _TOKEN.findall(encoded)
    parts = [_decode_token(token) for token in tokens]
    return RAW + file_name if "" in parts or "".join(tokens) != encoded else "".join(parts)


def _decode_token(token: str) -> str:
    """Empty for `@` and two characters that the table lacks."""
    if not token.startswith("@"):
        return token
    return chr(int(token[1:], 16)) if len(token) == 5 else _DECODED.get(token, "")
