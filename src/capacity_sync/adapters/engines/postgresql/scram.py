"""The client's half of SCRAM-SHA-256, without channel binding: https://www.rfc-editor.org/rfc/rfc5802, rfc7677."""
import base64
import hashlib
import hmac
import secrets
import unicodedata

from attrs import define, field

WITHOUT_BINDING = b"n,,"
MOST_ITERATIONS = 1_000_000
"""PostgreSQL's default is 4096; a hostile server could ask for a day of work."""


@define
class Scram:
    """One exchange: send `first()`, then `final(answer)`. The server's proof is not checked: its refusal is wanted."""

    METHOD = b"SCRAM-SHA-256"

    password: str = field(repr=False)
    _nonce: str = field(factory=lambda: secrets.token_urlsafe(18))

    def first(self) -> bytes:
        return WITHOUT_BINDING + self._bare()

    def _bare(self) -> bytes:
        return f"n=,r={self._nonce}".encode()  # the user's name is that of the start-up message

    def final(self, answer: bytes) -> bytes:
        """Raises: ValueError: the server's answer is malformed or another's."""
        said = dict(part.partition("=")[::2] for part in answer.decode().split(","))
        nonce, salt, iterations = said.get("r", ""), base64.b64decode(said.get("s", "")), int(said.get("i", "0"))
        if not nonce.startswith(self._nonce) or not 0 < iterations <= MOST_ITERATIONS:
            raise ValueError("no answer to our question")
        without_proof = f"c={base64.b64encode(WITHOUT_BINDING).decode()},r={nonce}".encode()
        signed = b",".join((self._bare(), answer, without_proof))
        proof = self._proof(salt, iterations, signed)
        return without_proof + b",p=" + base64.b64encode(proof)

    def _proof(self, salt: bytes, iterations: int, signed: bytes) -> bytes:
        prepared = unicodedata.normalize("NFKC", self.password).encode()
        salted = hashlib.pbkdf2_hmac("sha256", prepared, salt, iterations)
        key = hmac.digest(salted, b"Client Key", "sha256")
        signature = hmac.digest(hashlib.sha256(key).digest(), signed, "sha256")
        return bytes(a ^ b for a, b in zip(key, signature, strict=True))
