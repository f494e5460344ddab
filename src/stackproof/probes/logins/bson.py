"""As much of BSON as a login needs: what MongoDB answers beyond that is skipped by its length."""

import struct
from collections.abc import Mapping

Value = str | bytes | int | float | bool | None | Mapping[str, "Value"]
_FLOAT, _TEXT, _DOCUMENT, _ARRAY, _BINARY, _BOOL, _NULL, _INT32, _INT64 = 1, 2, 3, 4, 5, 8, 10, 16, 18
# Bytes of each kind that has always as many; object ids, dates, timestamps and decimals are skipped.
_FIXED = {
    _FLOAT: 8,
    _BOOL: 1,
    _NULL: 0,
    _INT32: 4,
    _INT64: 8,
    7: 12,
    9: 8,
    17: 8,
    19: 16,
    6: 0,
    127: 0,
    255: 0,
}


def encode(document: Mapping[str, Value]) -> bytes:
    """Return the bytes of a document."""
    body = b"".join(_element(name, value) for name, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _element(name: str, value: Value) -> bytes:
    kind, data = _typed(value)
    return bytes([kind]) + name.encode() + b"\0" + data


def _typed(value: Value) -> tuple[int, bytes]:
    if isinstance(value, bool):
        return _BOOL, bytes([value])
    if isinstance(value, int):
        return _INT32, struct.pack("<i", value)
    if isinstance(value, str):
        text = value.encode() + b"\0"
        return _TEXT, struct.pack("<i", len(text)) + text
    if isinstance(value, bytes):
        return _BINARY, struct.pack("<iB", len(value), 0) + value
    if isinstance(value, Mapping):
        return _DOCUMENT, encode(value)
    msg = f"no such value in a login: {value!r}"
    raise ValueError(msg)


def decode(data: bytes) -> dict[str, Value]:
    """Return a document; arrays come as documents.

    Raises ValueError, IndexError or struct.error for what is none.
    """
    length = int.from_bytes(data[:4], "little")
    found: dict[str, Value] = {}
    at, end = 4, length - 1
    while at < end:
        kind = data[at]
        stop = data.index(b"\0", at)
        name = data[at + 1 : stop].decode(errors="replace")
        value, at = _value(kind, data, stop + 1)
        found[name] = value
    return found


def _value(kind: int, data: bytes, at: int) -> tuple[Value, int]:
    """Return a value and where the next element begins."""
    if kind in _FIXED:
        size = _FIXED[kind]
        return _number(kind, data[at : at + size]), at + size
    length = int.from_bytes(data[at : at + 4], "little")
    if kind == _TEXT:
        return data[at + 4 : at + 3 + length].decode(errors="replace"), at + 4 + length
    if kind == _BINARY:
        return data[at + 5 : at + 5 + length], at + 5 + length
    if kind in (_DOCUMENT, _ARRAY):
        return decode(data[at : at + length]), at + length
    msg = f"BSON of kind {kind}"
    raise ValueError(msg)


def _number(kind: int, data: bytes) -> Value:
    if kind == _BOOL:
        return any(data)
    if kind in (_INT32, _INT64):
        return int.from_bytes(data, "little", signed=True)
    number: float | None = struct.unpack("<d", data)[0] if kind == _FLOAT else None
    return number
