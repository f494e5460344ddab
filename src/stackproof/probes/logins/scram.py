"""The client's half of SCRAM (RFC 5802, RFC 7677), as PostgreSQL and MongoDB speak it."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

LARGEST = 1_000_000  # rounds; a server may not have us work for hours


@dataclass
class Scram:
    """One exchange: `first`, then `final` with the server's answer, then `proves` with its last word."""

    user: str
    password: str = field(repr=False)
    digest: str = "sha256"
    nonce: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(18)).decode())
    _signature: bytes = field(default=b"", repr=False)

    @property
    def _bare(self) -> str:
        name = self.user.replace("=", "=3D").replace(",", "=2C")
        return f"n={name},r={self.nonce}"

    @property
    def first(self) -> bytes:
        """The client's first message, without channel binding."""
        return f"n,,{self._bare}".encode()

    def final(self, answer: bytes) -> bytes:
        """Return the proof.

        Raises ValueError for an answer that is none.
        """
        said = answer.decode()
        parts = dict(part.partition("=")[::2] for part in said.split(","))
        nonce, salt, rounds = parts.get("r", ""), parts.get("s", ""), int(parts.get("i", "0"))
        if not nonce.startswith(self.nonce) or not 0 < rounds <= LARGEST:
            msg = "its SCRAM challenge is none"
            raise ValueError(msg)
        salted = hashlib.pbkdf2_hmac(self.digest, self.password.encode(), base64.b64decode(salt), rounds)
        without = f"c=biws,r={nonce}"
        told = f"{self._bare},{said},{without}".encode()
        key = self._mac(salted, b"Client Key")
        signature = self._mac(hashlib.new(self.digest, key).digest(), told)
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True))).decode()
        self._signature = self._mac(self._mac(salted, b"Server Key"), told)
        return f"{without},p={proof}".encode()

    def proves(self, answer: bytes) -> bool:
        """Whether the server's last word shows that it knows the password too."""
        return answer.startswith(b"v=" + base64.b64encode(self._signature))

    def _mac(self, key: bytes, words: bytes) -> bytes:
        return hmac.new(key, words, self.digest).digest()
