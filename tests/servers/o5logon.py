"""How a password is proved to Oracle 12c and newer without being sent: verifier 0x4815, the server's side.

Both sides know a key derived from the password, exchange one random half each, encrypted with it, and derive the key of
the session from both halves. Facts: `messages/auth.pyx` of python-oracledb's published sources.
"""
import hashlib
import os
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

VERIFIER_12C = 0x4815
VERIFIER_10G = 0x939
"""Older than what thin mode can do."""
ROUNDS_OF_PASSWORD, ROUNDS_OF_SESSION = 4096, 3
BLOCK = 16


class Handshake:
    """One login attempt against *password*."""

    def __init__(self, password: str, verifier: int = VERIFIER_12C) -> None:
        self._password = password.encode()
        self._verifier = verifier
        self._salt, self._session_salt, self._half = os.urandom(16), os.urandom(16), os.urandom(32)
        derived = _derived(self._password, self._salt + b"AUTH_PBKDF2_SPEEDY_KEY", 64, ROUNDS_OF_PASSWORD)
        self._key = hashlib.sha512(derived + self._salt).digest()[:32]
        self._session_key = b""

    def challenge(self) -> list[tuple[str, str, int]]:
        return [
            ("AUTH_SESSKEY", _hex(_aes(self._key, self._half, encrypt=True)), 0),
            ("AUTH_VFR_DATA", _hex(self._salt), self._verifier),
            ("AUTH_PBKDF2_CSK_SALT", _hex(self._session_salt), 0),
            ("AUTH_PBKDF2_VGEN_COUNT", str(ROUNDS_OF_PASSWORD), 0),
            ("AUTH_PBKDF2_SDER_COUNT", str(ROUNDS_OF_SESSION), 0),
        ]

    def accepts(self, answer: Mapping[str, str]) -> bool:
        """Whether the client knows the password."""
        theirs = _aes(self._key, bytes.fromhex(answer["AUTH_SESSKEY"]), encrypt=False)
        self._session_key = _derived(_hex(theirs + self._half).encode(), self._session_salt, 32, ROUNDS_OF_SESSION)
        padded = _aes(self._session_key, bytes.fromhex(answer["AUTH_PASSWORD"]), encrypt=False)
        return padded[BLOCK : -padded[-1]] == self._password

    def proof(self) -> str:
        """That the server knows the password too."""
        plain = os.urandom(BLOCK) + b"SERVER_TO_CLIENT" + bytes([BLOCK]) * BLOCK
        return _hex(_aes(self._session_key, plain, encrypt=True))


def _hex(raw: bytes) -> str:
    return raw.hex().upper()


def _aes(key: bytes, data: bytes, *, encrypt: bool) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(BLOCK)))
    turn = cipher.encryptor() if encrypt else cipher.decryptor()
    return turn.update(data) + turn.finalize()


def _derived(key: bytes, salt: bytes, length: int, rounds: int) -> bytes:
    return PBKDF2HMAC(algorithm=hashes.SHA512(), salt=salt, length=length, iterations=rounds).derive(key)
