"""CQL's native protocol (version 4): STARTUP, and PLAIN where it is asked for."""

import struct

from stackproof.probes.logins.model import Account, Login, Reply, accounts, let_in, other, refused, unclear
from stackproof.probes.logins.stream import Reader, Stream

VERSION, ANSWER = 4, 0x80
ERROR, STARTUP, READY, AUTHENTICATE, AUTH_RESPONSE, AUTH_SUCCESS = 0x00, 0x01, 0x02, 0x03, 0x0F, 0x10
BAD_CREDENTIALS, UNAUTHORIZED = 0x0100, 0x2100


def _ask(stream: Stream, account: Account | None) -> Reply:
    reader = Reader(stream)
    _send(stream, STARTUP, struct.pack("!H", 1) + _text("CQL_VERSION") + _text("3.0.0"))
    kind, body = _read(reader)
    if kind == READY:
        return let_in("READY without a credential")
    if kind != AUTHENTICATE:
        return _error(kind, body)
    if account is None:
        return refused(f"asks for a credential ({body[2:].decode(errors='replace').rpartition('.')[2]})")
    token = f"\0{account.name}\0{account.password}".encode()
    _send(stream, AUTH_RESPONSE, struct.pack("!i", len(token)) + token)
    kind, body = _read(reader)
    return let_in("AUTH_SUCCESS") if kind == AUTH_SUCCESS else _error(kind, body)


def _error(kind: int, body: bytes) -> Reply:
    if kind != ERROR:
        return other(body)
    code = struct.unpack("!i", body[:4])[0]
    said = f"{code:#06x} {body[6:80].decode(errors='replace')}"
    return refused(said) if code in (BAD_CREDENTIALS, UNAUTHORIZED) else unclear(said)


def _send(stream: Stream, kind: int, body: bytes) -> None:
    stream.send(struct.pack("!BBhBi", VERSION, 0, 0, kind, len(body)) + body)


def _read(reader: Reader) -> tuple[int, bytes]:
    version, _flags, _stream, kind, length = struct.unpack("!BBhBi", reader.exactly(9))
    if not version & ANSWER:
        msg = f"answers {version:#x}"
        raise ValueError(msg)
    return kind, reader.exactly(length)


def _text(text: str) -> bytes:
    return struct.pack("!H", len(text)) + text.encode()


CASSANDRA = Login(protocol="CQL", ports=(9042,), ask=_ask, well_known=accounts(("cassandra", "cassandra")))
