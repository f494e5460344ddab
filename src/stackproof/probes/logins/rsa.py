"""RSA-OAEP (RFC 8017) of a short text with a server's public key, which is all that MySQL asks of it."""

import base64
import hashlib
import secrets
from itertools import count

_HASH = 20  # bytes of SHA-1, which MySQL pads with
_SEQUENCE, _INTEGER, _BITS = 0x30, 0x02, 0x03


def encrypt(text: bytes, pem: bytes) -> bytes:
    """Encrypt for the owner of a key.

    Raises ValueError for what is no public key in PEM, or too short a one.
    """
    modulus, exponent = _key(pem)
    size = (modulus.bit_length() + 7) // 8
    space = size - 2 * _HASH - 2 - len(text)
    if space < 0:
        msg = "its public key is too short"
        raise ValueError(msg)
    data = _sha1(b"") + bytes(space) + b"\1" + text
    seed = secrets.token_bytes(_HASH)
    masked = _xor(data, _mask(seed, len(data)))
    padded = b"\0" + _xor(seed, _mask(masked, _HASH)) + masked
    return pow(int.from_bytes(padded), exponent, modulus).to_bytes(size)


def _key(pem: bytes) -> tuple[int, int]:
    """Return modulus and exponent of a SubjectPublicKeyInfo."""
    lines = pem.strip().splitlines()
    if not lines or b"BEGIN PUBLIC KEY" not in lines[0]:
        msg = "it sent no public key"
        raise ValueError(msg)
    info, _rest = _part(base64.b64decode(b"".join(lines[1:-1])), _SEQUENCE)
    _algorithm, rest = _part(info, _SEQUENCE)
    bits, _rest = _part(rest, _BITS)
    pair, _rest = _part(bits[1:], _SEQUENCE)
    modulus, rest = _part(pair, _INTEGER)
    exponent, _rest = _part(rest, _INTEGER)
    return int.from_bytes(modulus), int.from_bytes(exponent)


def _part(der: bytes, tag: int) -> tuple[bytes, bytes]:
    """Split the first value of a kind from what follows it."""
    if der[:1] != bytes([tag]):
        msg = "its public key cannot be read"
        raise ValueError(msg)
    length, start = der[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(der[2:start])
    return der[start : start + length], der[start + length :]


def _mask(seed: bytes, length: int) -> bytes:
    blocks = b""
    for number in count():
        if len(blocks) >= length:
            break
        blocks += _sha1(seed + number.to_bytes(4))
    return blocks[:length]


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
